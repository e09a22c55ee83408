#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "events/envelope.hpp"
#include "events/names.hpp"

/// What the folds take from an event's clear part, which an erasure leaves: with it alone, an
/// erased event still finds its row.
namespace projections {

/// Stands where an erased text stood.
inline constexpr std::string_view erased_text = "[erased]";

/// One of the counts that docs/events.md lists for the type; 0 where there is none.
std::int64_t count_at(const events::Recorded& recorded, std::size_t index);
/// The enumerator that a number of the clear part stands for. Throws std::invalid_argument where it
/// is none that this binary knows.
template <class Enum>
Enum enumerator(std::int64_t number) {
    const auto known = static_cast<std::int64_t>(events::Names<Enum>::all.size());
    if (number < 0 || number >= known) {
        throw std::invalid_argument("the clear part holds a number that stands for nothing: " +
                                    std::to_string(number));
    }
    return static_cast<Enum>(number);
}
/// The keyed reference of the wamid that the event is about: the count behind the type's own.
std::optional<std::int64_t> reference_of(const events::Recorded& recorded);
/// The turn of a turn's event. Throws std::invalid_argument where it has none.
events::TurnId turn_of(const events::Recorded& recorded);

/// The text, or what stands for it once it is erased.
std::string text_of(const events::Recorded& recorded, const std::string& text);
/// NULL for an empty text.
std::optional<std::string> filled(const std::string& text);

}  // namespace projections
