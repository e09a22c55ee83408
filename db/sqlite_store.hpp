#pragma once

#include "db/file_lock.hpp"
#include "db/listeners.hpp"
#include "db/log_reader.hpp"
#include "db/sqlite_append.hpp"
#include "db/store.hpp"
#include "db/stored_deliveries.hpp"
#include "db/stored_log.hpp"
#include "db/stored_marks.hpp"
#include "db/stored_views.hpp"

namespace db::sqlite {

/// One file, one process that writes it, one connection and thread that do.
class Store final : public db::Store {
public:
    /// `path` of the file; throws StoreError.
    Store(const std::string& path, const Options& options);

    events::Log& log() override { return *log_; }
    const events::Keys& keys() const override { return *keyring_; }
    Deliveries& deliveries() override { return *deliveries_; }
    Marks& marks() override { return *marks_; }
    projections::Views& views() override { return *views_; }
    void on_commit(std::function<void(std::int64_t head)> heard) override {
        listeners_.add(std::move(heard));
    }
    Leases renew_leases(const std::vector<int>& give_back) override;
    void end_leases() override { decides_ = false; }
    using db::Store::verify;
    Verified verify(const Verification& wanted) override;
    events::SealedHead sealed_head() override { return db::sealed_head(reader_); }
    const std::vector<std::string>& notices() const override { return notices_; }

    /// Runs a job on the writing thread, between the log's batches, and waits for it; throws what
    /// it throws. The job makes its own transaction, and keeps it under ten milliseconds. Throws
    /// std::logic_error in a read-only store.
    void run(const std::function<void(Connection&)>& job);

private:
    bool holds_all_slices();
    void open_for_writing(const Options& options);
    crypto::Key master_key(const Options& options, bool new_log);

    const std::string path_;
    std::vector<std::string> notices_;
    std::optional<FileLock> lock_;
    std::optional<Connection> connection_;    // of the writing thread, once that runs
    Pool<Connection> readers_, log_readers_;  // apart, as on PostgreSQL
    std::optional<Keyring> keyring_;
    std::optional<Sealer> sealer_;
    LogReader<Connection> reader_{log_readers_};
    Listeners listeners_;
    std::optional<Writer> writer_;
    std::optional<StoredDeliveries<Connection>> deliveries_;
    std::optional<StoredMarks<Connection>> marks_;
    std::optional<StoredViews<Connection, Transaction>> views_;
    bool decides_ = false;
    std::int64_t epoch_ = 0;            // of every slice
    std::optional<Appender> appender_;  // last, so that its threads end first
    std::optional<StoredLog> log_;
};

}  // namespace db::sqlite
