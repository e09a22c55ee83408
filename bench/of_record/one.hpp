#pragma once

#include "db/store.hpp"

namespace bench {

/// How quickly one conversation of so many events is opened, with a snapshot and without, and shown
/// as it was; printed.
void measure_one(db::Store& store, std::int64_t events);

}  // namespace bench
