#pragma once

#include "db/store.hpp"
#include "db/stored.hpp"

namespace db {

/// Recomputes the digest of every event, the seal of every batch, the order of positions and
/// versions, and the gates, in ranges of some thousand events by as many threads as there are
/// processors. Needs no key.
Verified verify(Rows& rows, const Verification& wanted);

}  // namespace db
