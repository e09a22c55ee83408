#pragma once

#include "actors/slice_share.hpp"
#include "intake/backfill.hpp"
#include "tests/simulation/crew.hpp"
#include "tests/simulation/kapso.hpp"
#include "tests/simulation/model.hpp"
#include "tests/simulation/requests.hpp"
#include "tests/simulation/views.hpp"

namespace simulation {

using domain::conversation::Listed;

/// What bodies that have no place are kept in; part of the database.
class KeptBodies final : public db::Deliveries {
public:
    explicit KeptBodies(Env& env) : env_(env) {}
    bool keep(const crypto::Uuid& id, std::string_view reason, std::string_view body) override;
    std::vector<db::Delivery> list(std::size_t) override { return {}; }
    std::optional<std::string> read(const crypto::Uuid& id) override;
    bool mark_replayed(const crypto::Uuid& id) override { return bodies.contains(id); }
    std::int64_t remove_before(events::Time) override { return 0; }

    std::map<crypto::Uuid, std::string> bodies;

private:
    Env& env_;
};

/// What the processes share: the database, and the world outside.
struct Surround {
    Env& env;
    Database& database;
    Tables& tables;
    KeptBodies& kept;
    Kapso& kapso;
    Model& model;
    std::function<void()> committed;  // every process is told, sooner or later
};

/// One life of one process, from its start to its end: `hilo serve` without its sockets.
class Life {
public:
    Life(Surround around, int number);
    ~Life();
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    /// A webhook whose signature was checked.
    void take(const Webhook& webhook, std::function<void(bool stored)> answer);
    /// Everything that the provider lists, as a backfill takes it in.
    void backfill();
    /// A person's; answered by whoever decides for the stream.
    void command(const events::StreamId& stream, domain::conversation::Command command);
    /// The database's head has moved, or may have.
    void news();
    Host& host() { return host_; }
    Crew* crew() { return crew_.get(); }

private:
    actors::Ports ports();
    events::Time now();
    void reach(events::Time recorded);
    intake::Backfill backfill_of(const std::string& phone);
    void look_up(const actors::ListQuery& query, std::function<void(Listed)> done);
    void tend();
    void start_crew();
    void renew();
    void renewed(const std::vector<int>& given_back, const db::Leases& leases,
                 std::chrono::nanoseconds asked);
    void leave_surplus();
    void left(const std::vector<int>& slices);
    void sweep_when_folded();
    void follow();

    Surround around_;
    int number_;
    Host host_;
    PlainKeys keys_;
    ProcessLog log_;
    actors::SettingsBook settings_;
    intake::Intake intake_;
    actors::Clock clock_;
    actors::HeldLeases leases_;
    actors::SliceShare share_{Database::slices};
    events::Time renew_at_{}, sweep_at_{};
    std::optional<std::int64_t> fold_to_;  // whom to wake is known once it is folded up to there
    std::unique_ptr<Crew> crew_;
    bool following_ = false;
    std::map<events::AttemptId, events::Time> first_asked_;  // as in cli/lookups
};

}  // namespace simulation
