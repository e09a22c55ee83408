#pragma once

#include "db/store.hpp"
#include "db/stored.hpp"

namespace db {

/// Recomputes the digest of every event, the seal of every batch, and the order of positions and
/// versions. Returns the first defect; std::nullopt where all is as it was written. Needs no key.
std::optional<Defect> verify(Rows& rows);

}  // namespace db
