#pragma once

#include "events/envelope.hpp"

namespace domain {

/// When a part that surely wasn't sent is tried again: as it was said, but no longer after that was
/// recorded than its process meant to wait, where its clock was too far ahead to be believed.
inline events::Time credible_retry(const events::Recorded& recorded, events::Time said) {
    return said + (credible_time(recorded) - recorded.clear.occurred);
}

}  // namespace domain
