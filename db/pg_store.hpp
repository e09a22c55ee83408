#pragma once

#include "db/log_reader.hpp"
#include "db/pg_append.hpp"
#include "db/pg_bell.hpp"
#include "db/pg_leases.hpp"
#include "db/store.hpp"
#include "db/stored_deliveries.hpp"
#include "db/stored_log.hpp"
#include "db/stored_marks.hpp"
#include "db/stored_views.hpp"

namespace db::pg {

/// A PostgreSQL database that several processes may share. One connection appends.
class Store final : public db::Store {
public:
    /// Throws StoreError and Error.
    explicit Store(const Options& options);

    events::Log& log() override { return *log_; }
    const events::Keys& keys() const override { return *keyring_; }
    Deliveries& deliveries() override { return *deliveries_; }
    Marks& marks() override { return *marks_; }
    projections::Views& views() override { return *views_; }
    void on_commit(std::function<void(std::int64_t head)> heard) override {
        listeners_.add(std::move(heard));
    }
    Leases renew_leases(const std::vector<int>& give_back) override {
        return lease_book_.renew(give_back);
    }
    void end_leases() override { lease_book_.end(); }
    using db::Store::verify;
    Verified verify(const Verification& wanted) override;
    events::SealedHead sealed_head() override { return db::sealed_head(reader_); }
    const std::vector<std::string>& notices() const override { return notices_; }

    /// Connections for anything but the log, for any thread.
    Pool<Connection>& pool() { return pool_; }
    /// For a connection that one keeps (bulk copies, locks of a session).
    const std::string& url() const { return url_; }

private:
    void prepare(const Options& options, const crypto::Key& master);
    void warn_of_loss(Connection& db);

    const std::string url_;
    std::vector<std::string> notices_;
    Pool<Connection> pool_, log_pool_;  // apart, so that no page of a table holds up intake
    std::optional<Keyring> keyring_;
    std::optional<Sealer> sealer_;
    LogReader<Connection> reader_{log_pool_};
    Listeners listeners_;
    std::optional<StoredDeliveries<Connection>> deliveries_;
    std::optional<StoredMarks<Connection>> marks_;
    std::optional<StoredViews<Connection, Transaction>> views_;

    LeaseBook lease_book_{url_};

    Writer writer_;
    std::optional<Bell> bell_;
    std::optional<Appender> appender_;  // last, so that its threads end first
    std::optional<StoredLog> log_;
};

}  // namespace db::pg
