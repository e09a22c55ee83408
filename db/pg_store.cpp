#include "db/pg_store.hpp"

#include "db/verify.hpp"

namespace db::pg {
namespace {

constexpr std::size_t pool_size = 6;
// Twice the requests that may page through the log at a time (http::Limits::workers), so that
// intake and the conversations are left some.
constexpr std::size_t log_pool_size = 8;
// What waits for the log's rows is a webhook's intake or an actor: neither has a minute.
constexpr std::chrono::milliseconds log_deadline{5'000};
constexpr std::int64_t migration_lock = log_lock + 1;  // an advisory lock of its own

crypto::Key master_key(const Options& options) {
    if (!options.master_key_hex) {
        throw StoreError(
            "PostgreSQL needs HILO_MASTER_KEY, 64 hexadecimal digits (make one with: "
            "openssl rand -hex 32), or HILO_MASTER_KEY_FILE; keep a copy, for without "
            "it the log can't be read");
    }
    return Keyring::parse_master(*options.master_key_hex);
}

void check_schema(Connection& db) {
    std::vector<migrations::Applied> applied;
    const auto table = db.query("select to_regclass('migration') is not null");
    if (table.integer(0, 0) != 0) applied = applied_migrations(db);
    migrations::pending(migrations::pg, applied, false);
}

}  // namespace

Store::Store(const Options& options)
    : url_(options.url),
      pool_(pool_size, [url = options.url] { return std::make_unique<Connection>(url); }),
      log_pool_(
          log_pool_size,
          [url = options.url] {
              auto db = std::make_unique<Connection>(url);
              db->set_deadline(log_deadline);
              return db;
          },
          log_deadline),
      writer_(options.url) {
    prepare(options, master_key(options));
    sealer_.emplace(*keyring_);
    deliveries_.emplace(*keyring_, pool_, [this](const auto& job) { pool_.with(job); });
    marks_.emplace(pool_, [this](const auto& job) { pool_.with(job); });
    views_.emplace(pool_, [this](const auto& job) { pool_.with(job); });
    bell_.emplace(url_, reader_, listeners_);
    if (!options.read_only) {
        appender_.emplace(
            writer_, Batcher::Limits{},
            [this](const Request& request, const events::Appended& appended) {
                sealer_->stored(request, appended.stream);
            },
            [this](std::int64_t head) {
                listeners_.tell(head);
                bell_->ring(head);
            });
    }
    log_.emplace(*sealer_, reader_, appender_ ? &*appender_ : nullptr);
}

void Store::prepare(const Options& options, const crypto::Key& master) {
    Connection db(url_);
    if (options.read_only || !options.migrate) check_schema(db);
    if (!options.read_only) {
        Transaction transaction(db);
        db.query("select pg_advisory_xact_lock($1)", migration_lock);
        migrate(db, migrations::pg);
        keyring_.emplace(keyring_of(db, master));
        transaction.commit();
        warn_of_loss(db);
    } else {
        keyring_.emplace(master, special_keys(db));
    }
}

/// P1 rests on the server's own promise.
void Store::warn_of_loss(Connection& db) {
    for (const std::string name : {"fsync", "synchronous_commit"}) {
        const auto value = db.query("select current_setting($1)", name);
        if (value.bytes(0, 0) != "off") continue;
        notices_.push_back("PostgreSQL runs with " + name +
                           " = off: messages that were taken can be lost when it crashes; turn it "
                           "on");
    }
}

/// On connections of its own, for it may take long.
Verified Store::verify(const Verification& wanted) {
    Pool<Connection> pool(log_pool_size,
                          [url = url_] { return std::make_unique<Connection>(url); });
    LogReader<Connection> reader(pool);
    return db::verify(reader, wanted);
}

}  // namespace db::pg
