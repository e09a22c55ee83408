#include "db/sqlite_append.hpp"

#include <algorithm>

#include "db/embedded_sql.hpp"
#include "db/log_reader.hpp"
#include "db/schema.hpp"

namespace db::sqlite {
namespace {

using events::Appended;
using events::Outcome;
using events::When;

/// Where a stream stands.
struct Standing {
    std::int32_t version = 0, gate = 0;
};

/// An event of a request that is in the log already.
struct Found {
    std::int64_t position = 0;
    events::StreamId stream;
    bool same = false;
};

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

    Appended add(const Request& request);
    void seal();
    std::int64_t head() const { return head_; }

private:
    Outcome judge(const Request& request, const Appended& so_far, bool is_new);
    void insert(const Request& request, Appended& answer, Standing standing, bool learns);
    void insert(const Row& row, const events::StreamId& stream, const Standing& standing);
    void learn(const Request& request, const events::StreamId& stream);
    Standing standing_of(const events::StreamId& stream);
    std::vector<std::optional<Found>> look_up(const Request& request);
    std::int64_t epoch_of(const events::StreamId& stream);

    Connection& db_;
    std::int64_t head_ = 0, first_ = 0;
    std::string tip_;
    events::Time recorded_;
    std::vector<events::Sealed> batch_;
    std::vector<std::optional<Found>> found_;  // per event of the present request
};

Appended Pass::add(const Request& request) {
    Resolution who{request.stream, std::nullopt, false};
    if (request.aliases) {
        who = resolve(*request.aliases, LogReader<Connection>::known_of(db_, *request.aliases));
    }
    found_ = look_up(request);
    Appended answer;
    answer.stream = who.stream.value_or(request.stream);
    answer.other = who.other;
    const auto standing = standing_of(answer.stream);
    answer.gate = standing.gate;
    const bool is_new = standing.version == 0;
    answer.outcome = judge(request, answer, is_new);
    if (answer.outcome == Outcome::appended) {
        if (request.aliases && who.new_alias) learn(request, answer.stream);
        insert(request, answer, standing, !is_new && who.new_alias);
        return answer;
    }
    const auto last = std::ranges::find_if(found_.rbegin(), found_.rend(),
                                           [](const auto& one) { return one.has_value(); });
    if (last == found_.rend()) return answer;
    answer.position = (*last)->position;
    const bool there =
        answer.outcome == Outcome::already_there || answer.outcome == Outcome::other_content;
    if (there && (*last)->stream != answer.stream) {
        // What is there already stands where it was put, whatever these aliases say.
        answer.stream = (*last)->stream;
        answer.other.reset();
        answer.gate = standing_of(answer.stream).gate;
    }
    return answer;
}

Outcome Pass::judge(const Request& request, const Appended& so_far, bool is_new) {
    bool added = false;
    for (std::size_t i = 0; i < found_.size(); ++i) {
        if (found_[i] && !found_[i]->same) return Outcome::other_content;
        added = added || (!found_[i] && request.rows[i].when == When::always);
    }
    if (!added) return Outcome::already_there;
    if (is_new && !request.may_open) return Outcome::unroutable;
    if (!request.expect) return Outcome::appended;
    const auto& expect = *request.expect;
    if (expect.epoch > 0 && epoch_of(so_far.stream) != expect.epoch) return Outcome::fenced;
    if (expect.gate != so_far.gate) return Outcome::conflict;
    if (expect.settings && standing_of(events::settings_stream).version != *expect.settings) {
        return Outcome::other_settings;
    }
    return Outcome::appended;
}

void Pass::insert(const Request& request, Appended& answer, Standing standing, bool learns) {
    const bool is_new = standing.version == 0;
    for (std::size_t i = 0; i < request.rows.size(); ++i) {
        const auto& row = request.rows[i];
        if (found_[i]) {
            answer.position = found_[i]->position;
            continue;
        }
        const bool wanted = row.when == When::always ||
                            (row.when == When::stream_is_new && is_new) ||
                            (row.when == When::alias_is_new && learns);
        if (!wanted) continue;
        ++standing.version;
        if (row.gating) standing.gate = standing.version;
        insert(row, answer.stream, standing);
        answer.position = head_;
    }
    answer.gate = standing.gate;
    if (request.key.wrapped.empty()) return;
    db_.run(
        "insert into stream_key (key, stream, month, wrapped) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        request.key.id, answer.stream, request.key.month, Blob{request.key.wrapped});
}

void Pass::insert(const Row& row, const events::StreamId& stream, const Standing& standing) {
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
    if (!row.message) return;
    db_.run(
        "insert into message_ref (ref, stream, attempt) values ($1, $2, $3)"
        " on conflict do nothing",
        Blob{crypto::view(row.message->ref)}, stream, row.message->attempt);
}

void Pass::learn(const Request& request, const events::StreamId& stream) {
    const auto add = [&](AliasKind kind, const std::optional<crypto::ShortMac>& mac) {
        if (!mac) return;
        db_.run(
            "insert into alias (alias, kind, stream, since) values ($1, $2, $3, $4)"
            " on conflict do nothing",
            Blob{crypto::view(*mac)}, static_cast<int>(kind), stream, first_);
    };
    add(request.aliases->kind, request.aliases->name);
    add(AliasKind::phone, request.aliases->phone);
    add(AliasKind::phone, request.aliases->phone2);
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

std::vector<std::optional<Found>> Pass::look_up(const Request& request) {
    std::vector<std::optional<Found>> found(request.rows.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& clear = request.rows[i].clear;
        db_.each(
            "select position, stream, print from event where id = $1",
            [&](const auto& row) {
                found[i] =
                    Found{row.integer(0), row.uuid(1), row.blob(2) == crypto::view(clear.print)};
            },
            clear.id);
    }
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
        for (const auto* request : batch) written.answers.push_back(pass.add(*request));
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
