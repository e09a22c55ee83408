#pragma once

#include <memory>

#include "cli/config.hpp"
#include "db/store.hpp"

namespace cli {

/// The database of the configuration, for reading: beside a running server or without one. Throws
/// db::StoreError, which says how to go on.
std::unique_ptr<db::Store> open_for_reading(const Config& config);

}  // namespace cli
