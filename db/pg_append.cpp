#include "db/pg_append.hpp"

#include <array>
#include <map>

#include "db/embedded_sql.hpp"

namespace db::pg {
namespace {

template <class T>
using List = std::vector<T>;
template <class T>
using Maybe = std::vector<std::optional<T>>;

constexpr std::string_view query_canceled = "57014";
// Longer than the lock_timeout below, which ends before the grace of what is being written (so that
// a log that others hold is `full`, not in doubt); shorter than a request's patience.
constexpr std::chrono::milliseconds answer_deadline{4'000};

std::optional<Blob> blob(const std::optional<crypto::ShortMac>& mac) {
    if (!mac) return std::nullopt;
    return Blob{crypto::view(*mac)};
}

/// The batch's distinct addressees: s_... of the procedure.
class Slots {
public:
    /// The request's place, from 1.
    std::int32_t of(const Request& request) {
        const auto next = static_cast<std::int32_t>(id_.size()) + 1;
        const auto aliases = request.aliases.value_or(Aliases{});
        // Without aliases a request is its stream's: two persons of whom nothing is known differ.
        const auto stream = aliases.none() ? request.stream : events::StreamId{};
        const auto [place, is_new] = places_.emplace(std::pair(aliases, stream), next);
        if (is_new) add(request.stream, place->first.first);
        return place->second;
    }
    void put_into(Values& values) const {
        values.add(id_);
        values.add(kind_);
        values.add(name_);
        values.add(phone_);
        values.add(phone2_);
    }

private:
    void add(const events::StreamId& stream, const Aliases& aliases) {
        id_.push_back(stream);
        kind_.push_back(static_cast<std::int16_t>(aliases.kind));
        name_.push_back(blob(aliases.name));
        phone_.push_back(blob(aliases.phone));
        phone2_.push_back(blob(aliases.phone2));
    }

    std::map<std::pair<Aliases, events::StreamId>, std::int32_t> places_;
    List<crypto::Uuid> id_;
    List<std::int16_t> kind_;
    Maybe<Blob> name_, phone_, phone2_;
};

/// The requests: r_... of the procedure.
class Requests {
public:
    void add(const Request& request, std::int32_t slot, std::size_t last) {
        slot_.push_back(slot);
        last_.push_back(static_cast<std::int32_t>(last));
        open_.push_back(request.may_open);
        decisions_ = decisions_ || request.expect;
        const auto expect = request.expect.value_or(events::Expectation{-1, 0, std::nullopt});
        expect_.push_back(expect.gate);
        epoch_.push_back(expect.epoch);
        settings_.push_back(expect.settings.value_or(-1));
        const auto& key = request.key;
        const bool offered = !key.wrapped.empty();
        offers_ = offers_ || offered;
        key_.push_back(key.id);
        month_.push_back(key.month);
        wrapped_.push_back(offered ? std::optional(Blob{key.wrapped}) : std::nullopt);
    }
    void put_into(Values& values) const {
        values.add(slot_);
        values.add(last_);
        values.add(open_);
        values.add(decisions_ ? std::optional(expect_) : std::nullopt);
        values.add(decisions_ ? std::optional(epoch_) : std::nullopt);
        values.add(decisions_ ? std::optional(settings_) : std::nullopt);
        values.add(key_);
        values.add(month_);
        values.add(offers_ ? std::optional(wrapped_) : std::nullopt);
    }

private:
    List<std::int32_t> slot_, last_;
    List<bool> open_;
    bool decisions_ = false, offers_ = false;
    List<std::int32_t> expect_, settings_, month_;
    List<std::int64_t> epoch_;
    List<crypto::Uuid> key_;
    Maybe<Blob> wrapped_;
};

/// The events: e_... and m_... of the procedure.
class Events {
public:
    std::size_t size() const { return id_.size(); }
    void add(const Row& row) {
        id_.push_back(row.clear.id);
        type_.push_back(row.clear.type);
        schema_.push_back(row.clear.schema);
        gating_.push_back(row.gating);
        when_.push_back(static_cast<std::int16_t>(row.when));
        occurred_.push_back(events::micros(row.clear.occurred));
        correlation_.push_back(row.clear.correlation);
        causation_.push_back(row.clear.causation);
        code_.push_back(row.clear.code);
        counts_.push_back(events::pack(row.clear.counts));
        key_.push_back(row.clear.key);
        print_.push_back(Blob{crypto::view(row.clear.print)});
        digest_.push_back(Blob{crypto::view(row.digest)});
        sealed_.push_back(Blob{row.sealed});
        if (!row.message) return;
        m_event_.push_back(static_cast<std::int32_t>(id_.size()));
        m_ref_.push_back(Blob{crypto::view(row.message->ref)});
        m_attempt_.push_back(row.message->attempt);
    }
    void put_into(Values& values) const {
        values.add(id_);
        values.add(type_);
        values.add(schema_);
        values.add(gating_);
        values.add(when_);
        values.add(occurred_);
        values.add(correlation_);
        values.add(causation_);
        values.add(code_);
        List<Blob> counts;
        for (const auto& one : counts_) counts.push_back(Blob{one});
        values.add(counts);
        values.add(key_);
        values.add(print_);
        values.add(digest_);
        values.add(sealed_);
        values.add(m_event_);
        values.add(m_ref_);
        values.add(m_attempt_);
    }

private:
    List<crypto::Uuid> id_, m_attempt_;
    List<std::int16_t> type_, schema_, when_;
    List<bool> gating_;
    List<std::int64_t> occurred_;
    Maybe<crypto::Uuid> correlation_, causation_, key_;
    Maybe<std::int32_t> code_;
    List<std::string> counts_;
    List<Blob> print_, digest_, sealed_, m_ref_;
    List<std::int32_t> m_event_;
};

Values arguments(const BatchWriter::Batch& batch) {
    Slots slots;
    Requests requests;
    Events events;
    for (const auto* request : batch) {
        for (const auto& row : request->rows) events.add(row);
        requests.add(*request, slots.of(*request), events.size());
    }
    Values values;
    slots.put_into(values);
    requests.put_into(values);
    events.put_into(values);
    return values;
}

/// The procedure's numbers for what became of a request; by so much more where what is there
/// already is in another stream than the request was for.
constexpr std::int64_t elsewhere = 6;
events::Outcome outcome_of(std::int64_t status) {
    using enum events::Outcome;
    constexpr std::array outcomes{appended, already_there,  other_content, conflict,
                                  fenced,   other_settings, unroutable};
    return outcomes.at(static_cast<std::size_t>(status));
}

BatchWriter::Written answers(const Result& result) {
    const auto streams = read_uuids(result.bytes(0, 0)), others = read_uuids(result.bytes(0, 1));
    const auto status = read_integers(result.bytes(0, 2)),
               gates = read_integers(result.bytes(0, 3)),
               positions = read_integers(result.bytes(0, 4));
    BatchWriter::Written written;
    for (std::size_t i = 0; i < status.size(); ++i) {
        events::Appended one;
        const bool passed_by = status[i] > elsewhere;
        one.outcome = outcome_of(passed_by ? status[i] - elsewhere : status[i]);
        one.stream = streams[i].value_or(events::StreamId{});
        one.position = positions[i];
        one.gate = static_cast<std::int32_t>(gates[i]);
        (passed_by ? one.passed_by : one.other) = others[i];
        written.answers.push_back(one);
    }
    written.head = result.integer(0, 5);
    return written;
}

}  // namespace

BatchWriter::Written Writer::append(const Batch& batch) {
    auto& db = connection();
    try {
        return answers(db.query_with(sql::pg_append, arguments(batch)));
    } catch (const Error& error) {
        if (error.lost) {
            connection_.reset();
            throw;
        }
        // A statement that was cancelled may have been so after the commit inside.
        if (error.sqlstate == query_canceled) throw;
        throw NotWritten(error.what());
    }
}

// In-batch look-ups in the procedure are array subscripts, and its tables are read by index: with
// the default plans a batch of one is planned anew each time (reference: append.md, plan traps).
Connection& Writer::connection() {
    if (connection_ && connection_->alive()) return *connection_;
    try {
        connection_ = std::make_unique<Connection>(
            url_,
            "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off "
            "-c enable_mergejoin=off -c jit=off -c work_mem=32MB -c lock_timeout=1s");
    } catch (const Error& error) {
        throw NotWritten(error.what());
    }
    connection_->set_deadline(answer_deadline);
    return *connection_;
}

}  // namespace db::pg
