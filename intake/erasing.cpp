#include "intake/erasing.hpp"

#include <algorithm>

#include "domain/identity.hpp"
#include "intake/body.hpp"

namespace intake {
namespace {

using namespace events;

constexpr std::size_t page = 500;
constexpr std::size_t all_deliveries = 1'000'000;  // of 30 days

Time now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

NewEvent fact(const EventId& id, Event body) {
    return {id, std::move(body), now(), {}, {}, When::always};
}
/// Asked for twice, it is one event.
EventId erasure_of(const StreamId& stream) { return crypto::derived_uuid(stream, "erased"); }

bool is_there(Outcome outcome) {
    return outcome == Outcome::appended || outcome == Outcome::already_there;
}

}  // namespace

Erased Erasing::erase(const Whose& whose, const Asker& asker) {
    Append acts{operators_stream, {}, {}};
    for (const auto& stream : whose.streams) {
        OperatorActed act{.act = Act::erase, .stream = stream, .by = asker.by, .why = asker.why};
        act.from = asker.from;
        acts.events.push_back(fact(crypto::new_uuid(), SystemEvent(std::move(act))));
    }
    if (!is_there(append_now(log_, std::move(acts)).outcome)) {
        throw NotErased("the log is busy or away, and nothing was erased");
    }
    Erased erased;
    for (const auto& stream : whose.streams) close(stream, erased);
    erased.deliveries = remove_deliveries(whose.names);
    return erased;
}

Erased Erasing::go_on() {
    Erased erased;
    std::int32_t version = 0;
    for (;;) {
        const auto some = log_.read_stream(operators_stream, version, page);
        if (some.empty()) return erased;
        version = some.back().version;
        for (const auto& one : some) {
            const auto* event = std::get_if<SystemEvent>(&one.body);
            const auto* act = event == nullptr ? nullptr : std::get_if<OperatorActed>(event);
            const bool asked = act != nullptr && act->act == Act::erase;
            if (asked && !log_.stream_of(erasure_of(act->stream))) close(act->stream, erased);
        }
    }
}

void Erasing::close(const StreamId& stream, Erased& erased) {
    Append last{stream, {fact(erasure_of(stream), ConversationEvent(PersonErased{}))}, {}};
    const auto appended = append_now(log_, std::move(last));
    if (!is_there(appended.outcome)) {
        throw NotErased(
            "the log is busy or away; the erasure is begun, and goes on when it is asked "
            "for again");
    }
    erased.streams += appended.outcome == Outcome::appended ? 1 : 0;
    erased.position = std::max(erased.position, appended.position);
}

/// Those in which one of the names stands, as it was told or as digits alone.
std::size_t Erasing::remove_deliveries(const std::set<std::string>& names) {
    auto searched = names;
    for (const auto& name : names) {
        if (domain::is_phone(name)) searched.insert(domain::digits_of(name));
    }
    std::size_t removed = 0;
    for (const auto& one : deliveries_.list(all_deliveries)) {
        const auto packed = deliveries_.read(one.id);
        const auto stands = [&](const std::string& name) {
            return packed && packed->find(name) != std::string::npos;
        };
        if (std::ranges::any_of(searched, stands)) removed += deliveries_.remove(one.id) ? 1 : 0;
    }
    return removed;
}

}  // namespace intake
