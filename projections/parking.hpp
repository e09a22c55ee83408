#pragma once

#include <optional>
#include <set>

#include "projections/views.hpp"

namespace projections {

/// Folds one event more; where that can't be read or taken, tells where its stream is to stop, and
/// the fold is of no more use. Throws std::bad_alloc, which is no fault of the event's.
std::optional<Parked> fold_one(Fold& fold, const events::Recorded& recorded);

/// An event that a person had skipped, or of a stream that has stopped before it.
bool is_passed_over(const events::Recorded& recorded, const std::vector<Parked>& parked,
                    const std::set<std::int64_t>& skipped);

}  // namespace projections
