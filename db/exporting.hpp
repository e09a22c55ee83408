#pragma once

#include "db/keyring.hpp"
#include "db/stored.hpp"
#include "events/export.hpp"

namespace db {

/// These streams with all that shows them to whoever has one of the checkpoints' public key.
/// `checkpoints` are in the order of their positions. Blocks; throws where the database is away,
/// and std::runtime_error for an event that is not as it was written.
events::Export export_of(Rows& rows, const Keyring& keys,
                         const std::vector<events::StreamId>& streams,
                         const std::vector<events::SignedCheckpoint>& checkpoints);

}  // namespace db
