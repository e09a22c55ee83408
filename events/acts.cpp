#include "events/acts.hpp"

namespace events {

const OperatorActed* act_for(const Recorded& recorded, std::string_view consumer) {
    if (!recorded.defect.empty()) return nullptr;
    const auto* event = std::get_if<SystemEvent>(&recorded.body);
    const auto* act = event == nullptr ? nullptr : std::get_if<OperatorActed>(event);
    return act != nullptr && act->consumer == consumer ? act : nullptr;
}

std::set<std::int64_t> skips_of(Log& log, std::string_view consumer) {
    constexpr std::size_t page = 500;
    std::set<std::int64_t> positions;
    std::int32_t after = 0;
    for (bool more = true; more;) {
        const auto acts = read_as_it_is(log, operators_stream, after, page);
        for (const auto& one : acts) {
            const auto* act = act_for(one, consumer);
            if (act != nullptr && act->act == Act::skip) positions.insert(act->position);
        }
        more = !acts.empty();
        if (more) after = acts.back().version;
    }
    return positions;
}

}  // namespace events
