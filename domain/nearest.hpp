#pragma once

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>

namespace domain {

/// The fewest single-character edits between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Whether a name has the whole word in it, whatever the case: who types "debounce" means
/// "debounceSeconds". Words of one or two letters stand in too many names.
bool contains_word(std::string_view name, std::string_view word);

/// The known name that a mistyped word means most likely; for "did you mean". `known` isn't empty.
std::string nearest(std::string_view word, const std::ranges::forward_range auto& known) {
    return std::string(std::ranges::min(known, {}, [&](std::string_view name) {
        return std::tuple(!contains_word(name, word), edit_distance(word, name));
    }));
}

}  // namespace domain
