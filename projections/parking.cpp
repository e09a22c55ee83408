#include "projections/parking.hpp"

#include <algorithm>
#include <stdexcept>

namespace projections {
namespace {

/// What a store takes as a text, whatever an error quotes, and no more than a line or two of it.
std::string plain(std::string words) {
    constexpr std::size_t longest = 300;
    words.resize(std::min(words.size(), longest));
    for (char& c : words) {
        if (c < ' ' || c > '~') c = '?';
    }
    return words;
}

}  // namespace

std::optional<Parked> fold_one(Fold& fold, const events::Recorded& recorded) {
    try {
        if (!recorded.defect.empty()) throw std::runtime_error(recorded.defect);
        fold.fold(recorded);
        return std::nullopt;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return Parked{recorded.stream,   recorded.position,    plain(error.what()),
                      recorded.recorded, recorded.version - 1, false};
    }
}

bool is_passed_over(const events::Recorded& recorded, const std::vector<Parked>& parked,
                    const std::set<std::int64_t>& skipped) {
    const auto stop = std::ranges::find(parked, recorded.stream, &Parked::stream);
    return (stop != parked.end() && recorded.position >= stop->position) ||
           skipped.contains(recorded.position);
}

}  // namespace projections
