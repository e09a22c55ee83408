#include "db/pg_store.hpp"

#include <unistd.h>

#include "db/verify.hpp"

namespace db::pg {
namespace {

constexpr std::size_t pool_size = 6;
// Advisory locks of their own: who migrates, and who decides.
constexpr std::int64_t migration_lock = log_lock + 1, decision_lock = log_lock + 2;
// How long a lost connection may go unnoticed by holds_decisions; the epoch fences meanwhile.
constexpr std::chrono::seconds between_questions{1};

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
      writer_(options.url) {
    prepare(options, master_key(options));
    sealer_.emplace(*keyring_);
    deliveries_.emplace(*keyring_, pool_, [this](const auto& job) { pool_.with(job); });
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
        make_special_keys(db, master);
        transaction.commit();
    }
    keyring_.emplace(master, special_keys(db));
}

std::optional<std::int64_t> Store::claim_decisions() {
    if (holds_decisions()) return epoch_;
    const std::lock_guard lock(deciding_);
    auto db = std::make_unique<Connection>(url_);
    const auto locked = db->query("select pg_try_advisory_lock($1)", decision_lock);
    if (locked.integer(0, 0) == 0) return std::nullopt;
    Transaction transaction(*db);
    db->query("select pg_advisory_xact_lock($1)", log_lock);
    const auto epoch = raise_epochs(*db, "process " + std::to_string(getpid()));
    transaction.commit();
    epoch_ = epoch;
    decider_ = std::move(db);
    return epoch_;
}

bool Store::holds_decisions() {
    const std::lock_guard lock(deciding_);
    if (!decider_) return false;
    const auto now = std::chrono::steady_clock::now();
    try {
        if (!decider_->alive()) throw std::runtime_error("lost");
        if (now - asked_ >= between_questions) decider_->query("select 1");
        asked_ = now;
        return true;
    } catch (const std::exception&) {
        decider_.reset();
        return false;
    }
}

std::optional<Defect> Store::verify() { return db::verify(reader_); }

}  // namespace db::pg
