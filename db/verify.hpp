#pragma once

#include "db/store.hpp"
#include "db/stored.hpp"

namespace db {

/// Recomputes the digest of every event, the seal of every batch, the order of positions and
/// versions, and the gates. Returns the first defect; std::nullopt where all is as it was written.
/// Needs no key.
std::optional<Defect> verify(Rows& rows);

}  // namespace db
