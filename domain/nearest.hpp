#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace domain {

/// The fewest single-character edits between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Whether a name has the whole word in it, whatever the case: who types "debounce" means
/// "debounceSeconds". Words of one or two letters stand in too many names.
bool contains_word(std::string_view name, std::string_view word);

/// The known name that a mistyped word means most likely; for "did you mean". `known` isn't empty.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace domain
