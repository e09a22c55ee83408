#pragma once

#include <algorithm>

#include "events/envelope.hpp"

namespace domain {

/// When a part that surely wasn't sent is tried again: as it was said, but no longer after that was
/// recorded than its process meant to wait, whose clock may have been an hour ahead.
inline events::Time credible_retry(const events::Recorded& recorded, events::Time said) {
    return std::min(said, recorded.recorded + (said - recorded.clear.occurred));
}

}  // namespace domain
