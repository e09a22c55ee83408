#pragma once

#include "tests/load/served.hpp"
#include "tests/support/postgres.hpp"
#include "tests/whole/tables.hpp"

namespace load {

/// A primary and a standby that has every commit before it is answered, with one database.
class Pair {
public:
    Pair() {
        primary_.command("create database hilo");
        primary_.command("alter system set synchronous_standby_names = '*'");
        primary_.command("select pg_reload_conf()");
        if (!eventually(30s, [&] { return finds("pg_stat_replication", "sync_state = 'sync'"); })) {
            throw std::runtime_error("the standby doesn't follow");
        }
    }
    /// Leads to whichever of the two takes writes.
    std::string url() const { return primary_.url_of_either("hilo", standby_); }

    /// Ends the primary for good, in the middle of an append that waits for the standby, which
    /// takes in nothing meanwhile. Whatever doesn't wait for it would be answered, and lost now.
    void lose_primary() {
        const auto found =
            tests::postgres_rows(standby_.url("postgres"), "select pid from pg_stat_wal_receiver");
        const pid_t receiver = std::stoi(found.at(0).at("pid"));
        ::kill(receiver, SIGSTOP);
        const bool waits = eventually(5s, [&] {
            return finds("pg_stat_activity", "wait_event = 'SyncRep' and query like '%append%'");
        });
        primary_.crash();
        ::kill(receiver, SIGCONT);
        if (!waits) throw std::runtime_error("no append waits for the standby");
    }
    void promote() const { standby_.command("select pg_promote()"); }

private:
    bool finds(const std::string& view, const std::string& condition) const {
        return !tests::postgres_rows(primary_.url("postgres"),
                                     "select from " + view + " where " + condition)
                    .empty();
    }

    support::Postgres primary_;
    const support::Postgres standby_{support::Postgres::Follows{primary_}};
};

}  // namespace load
