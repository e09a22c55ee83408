#include "db/sqlite_append.hpp"

#include <algorithm>

#include "db/embedded_sql.hpp"
#include "db/log_reader.hpp"
#include "db/one_append.hpp"
#include "db/schema.hpp"

namespace db::sqlite {
namespace {

/// One transaction's work.
class Pass {
public:
    explicit Pass(Connection& db) : db_(db) {
        db_.each(sql::head, [&](const auto& row) {
            head_ = row.integer(0);
            tip_ = row.blob(1);
            recorded_ = std::max(wall_clock(), events::from_micros(row.integer(2)));
        });
        first_ = head_ + 1;
    }

    void seal();
    std::int64_t head() const { return head_; }

    // What an append asks of its shelf (one_append.hpp).
    std::vector<KnownAlias> known_of(const Aliases& aliases) {
        return LogReader<Connection>::known_of(db_, aliases);
    }
    Standing standing_of(const events::StreamId& stream);
    std::optional<Found> find(const Row& row);
    std::int64_t epoch_of(const events::StreamId& stream);
    void learn(const Aliases& aliases, const events::StreamId& stream);
    void keep(const StreamKey& key, const events::StreamId& stream);
    std::int64_t insert(const Row& row, const events::StreamId& stream, const Standing& standing);

private:
    Connection& db_;
    std::int64_t head_ = 0, first_ = 0;
    std::string tip_;
    events::Time recorded_;
    std::vector<events::Sealed> batch_;
};

void Pass::keep(const StreamKey& key, const events::StreamId& stream) {
    db_.run(
        "insert into stream_key (key, stream, month, wrapped) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        key.id, stream, key.month, Blob{key.wrapped});
}

std::int64_t Pass::insert(const Row& row, const events::StreamId& stream,
                          const Standing& standing) {
    ++head_;
    db_.run(
        "insert into event values"
        " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        head_, stream, standing.version, standing.gate, row.clear.id, row.clear.type,
        row.clear.schema, events::micros(recorded_), events::micros(row.clear.occurred),
        row.clear.correlation, row.clear.causation, row.clear.code,
        Blob{events::pack(row.clear.counts)}, row.clear.key, Blob{crypto::view(row.clear.print)},
        Blob{crypto::view(row.digest)}, Blob{row.sealed});
    batch_.push_back({stream, standing.version, row.digest});
    if (!row.message) return head_;
    db_.run(
        "insert into message_ref (ref, stream, attempt) values ($1, $2, $3)"
        " on conflict do nothing",
        Blob{crypto::view(row.message->ref)}, stream, row.message->attempt);
    return head_;
}

void Pass::learn(const Aliases& aliases, const events::StreamId& stream) {
    const auto add = [&](AliasKind kind, const std::optional<crypto::ShortMac>& mac) {
        if (!mac) return;
        db_.run(
            "insert into alias (alias, kind, stream, since) values ($1, $2, $3, $4)"
            " on conflict do nothing",
            Blob{crypto::view(*mac)}, static_cast<int>(kind), stream, first_);
    };
    add(aliases.kind, aliases.name);
    add(AliasKind::phone, aliases.phone);
    add(AliasKind::phone, aliases.phone2);
}

Standing Pass::standing_of(const events::StreamId& stream) {
    Standing standing;
    db_.each(
        "select version, gate from event where stream = $1 order by version desc limit 1",
        [&](const auto& row) {
            standing = {static_cast<std::int32_t>(row.integer(0)),
                        static_cast<std::int32_t>(row.integer(1))};
        },
        stream);
    return standing;
}

std::optional<Found> Pass::find(const Row& row) {
    std::optional<Found> found;
    db_.each(
        "select position, stream, print from event where id = $1",
        [&](const auto& known) {
            found = Found{known.integer(0), known.uuid(1),
                          known.blob(2) == crypto::view(row.clear.print)};
        },
        row.clear.id);
    return found;
}

std::int64_t Pass::epoch_of(const events::StreamId& stream) {
    std::int64_t epoch = 0;
    db_.each(
        "select epoch from lease where slice = $1",
        [&](const auto& row) { epoch = row.integer(0); }, events::slice_of(stream));
    return epoch;
}

void Pass::seal() {
    if (batch_.empty()) return;
    const auto seal = events::seal_of(tip_, first_, recorded_, batch_);
    db_.run("insert into seal values ($1, $2, $3, $4)", first_, head_ - first_ + 1,
            events::micros(recorded_), Blob{crypto::view(seal)});
}

}  // namespace

BatchWriter::Written Writer::append(const Batch& batch) {
    Written written;
    bool committing = false;
    try {
        Transaction transaction(db_);
        Pass pass(db_);
        for (const auto* request : batch) written.answers.push_back(OneAppend(pass, *request)());
        pass.seal();
        written.head = pass.head();
        committing = true;
        transaction.commit();
    } catch (const Error& error) {
        if (committing) throw;
        throw NotWritten(error.what());
    }
    return written;
}

}  // namespace db::sqlite
