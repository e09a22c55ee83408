#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "crypto/hash.hpp"
#include "events/codec.hpp"
#include "events/log.hpp"

/// Logs in memory, for the folds: envelopes as the real log makes them, without keys and stores.
namespace testing_projections {

using namespace events;
using namespace std::chrono_literals;

inline Uuid id(std::uint64_t number) {
    Uuid uuid;
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.bytes[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
    }
    return uuid;
}

inline const Time start = *parse_iso8601("2026-11-20T10:00:00Z");

/// Any mark will do that is the same for the same message id.
inline std::int64_t mark(std::string_view wamid) {
    std::int64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = value << 8 | crypto::sha256(wamid)[static_cast<std::size_t>(i)];
    return value;
}

/// What the clear part says besides: the turn, the attempt, the provider's time.
struct About {
    std::optional<Uuid> turn = {};
    std::optional<Uuid> cause = {};
    std::optional<Time> occurred = {};
};

struct History {
    std::vector<Recorded> events;
    Time now = start;

    Recorded& add(const StreamId& stream, Event body, About about = {}) {
        now += 1s;
        Recorded one;
        one.position = static_cast<std::int64_t>(events.size()) + 1;
        one.stream = stream;
        one.version = ++versions_[stream];
        one.recorded = now;
        one.body = std::move(body);
        fill(one.clear, one.body, about);
        one.clear.id = id(1'000'000 + static_cast<std::uint64_t>(one.position));
        one.clear.occurred = about.occurred.value_or(now);
        events.push_back(std::move(one));
        return events.back();
    }

    Recorded& open(const StreamId& stream) {
        return add(stream, ConversationOpened{"line", "5215551234567", "", "", "Ana"});
    }
    EventId received(const StreamId& stream, const std::string& text,
                     Source source = Source::webhook, Kind kind = Kind::text) {
        const auto wamid = "in-" + std::to_string(events.size());
        return add(stream,
                   MessageReceived{.source = source, .kind = kind, .wamid = wamid, .text = text})
            .clear.id;
    }
    /// The intent's id is the attempt's.
    AttemptId intend(const StreamId& stream, const TurnId& turn, std::vector<EventId> answers = {},
                     int part = 1, int parts = 1, int try_number = 1) {
        auto& event = add(stream,
                          SendRequested{.turn = turn,
                                        .part = part,
                                        .parts = parts,
                                        .try_number = try_number,
                                        .answers = std::move(answers),
                                        .to = "5215551234567",
                                        .text = "Hi!",
                                        .author = "ai"},
                          {turn});
        auto& body = std::get<SendRequested>(std::get<ConversationEvent>(event.body));
        body.attempt = event.clear.id;
        return body.attempt;
    }
    void accept(const StreamId& stream, const TurnId& turn, const AttemptId& attempt,
                const std::string& wamid) {
        add(stream, SendAccepted{turn, attempt, wamid}, {turn, attempt});
    }
    template <class Status>
    void report(const StreamId& stream, const std::string& wamid,
                std::optional<AttemptId> attempt = {}, Time occurred = start) {
        Status status;
        status.wamid = wamid;
        status.attempt = attempt;
        add(stream, status, {{}, attempt, occurred});
    }

    /// What is left of an event when its key is destroyed.
    static void redact(Recorded& one) {
        one.redacted = true;
        one.body = blank(one.clear.type);
    }

private:
    static void fill(Clear& clear, const Event& body, const About& about) {
        clear.type = type_of(body).code;
        clear.correlation = about.turn;
        clear.causation = about.cause;
        clear.code = code_of(body);
        clear.counts = counts_of(body);
        if (const auto wamid = wamid_of(body); !wamid.empty()) clear.counts.push_back(mark(wamid));
    }

    std::map<StreamId, std::int32_t> versions_;
};

/// Reads what a history holds; nothing can be appended.
class MemoryLog final : public Log {
public:
    explicit MemoryLog(const std::vector<Recorded>& events) : events_(events) {}

    /// As if the later events had not happened yet.
    void stop_at(std::size_t count) { count_ = count; }

    void append(Append, std::function<void(Appended)> done) override { done({Outcome::full}); }
    std::vector<Recorded> read_stream(const StreamId& stream, std::int32_t after,
                                      std::size_t limit) override {
        std::vector<Recorded> page;
        for (std::size_t i = 0; i < size() && page.size() < limit; ++i) {
            const auto& one = events_[i];
            if (one.stream != stream || one.version <= after) continue;
            if (!one.defect.empty()) throw Unreadable(one);
            page.push_back(one);
        }
        return page;
    }
    std::vector<Recorded> read_all(std::int64_t after, std::size_t limit) override {
        const auto from = std::min(static_cast<std::size_t>(after), size());
        const auto to = std::min(from + limit, size());
        return {events_.begin() + static_cast<std::ptrdiff_t>(from),
                events_.begin() + static_cast<std::ptrdiff_t>(to)};
    }
    std::vector<Step> read_steps(std::int64_t, std::size_t) override { return {}; }
    std::int64_t head() override { return static_cast<std::int64_t>(size()); }
    std::optional<StreamId> stream_of(const EventId&) override { return std::nullopt; }
    std::optional<StreamId> find(const Person&) override { return std::nullopt; }
    std::optional<Reference> find_message(std::string_view) override { return std::nullopt; }

private:
    std::size_t size() const { return std::min(count_, events_.size()); }

    const std::vector<Recorded>& events_;
    std::size_t count_ = SIZE_MAX;
};

}  // namespace testing_projections
