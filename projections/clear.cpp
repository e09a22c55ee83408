#include "projections/clear.hpp"

#include <stdexcept>

#include "events/codec.hpp"

namespace projections {

std::int64_t count_at(const events::Recorded& recorded, std::size_t index) {
    const auto& counts = recorded.clear.counts;
    return index < counts.size() ? counts[index] : 0;
}

std::optional<std::int64_t> reference_of(const events::Recorded& recorded) {
    const auto& counts = recorded.clear.counts;
    const auto own = events::counts_of(recorded.body).size();
    return counts.size() > own ? std::optional(counts.back()) : std::nullopt;
}

events::TurnId turn_of(const events::Recorded& recorded) {
    if (recorded.clear.correlation) return *recorded.clear.correlation;
    throw std::invalid_argument("the event at " + std::to_string(recorded.position) +
                                " belongs to no turn");
}

std::string text_of(const events::Recorded& recorded, const std::string& text) {
    return recorded.redacted ? std::string(erased_text) : text;
}

std::optional<std::string> filled(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace projections
