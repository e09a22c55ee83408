#pragma once

#include <cstdint>

#include "db/store.hpp"

namespace bench {

/// Appends a log of about so many events, a hundred a conversation: customers write, and each
/// message is answered; the answer is taken, delivered and read. Blocks; throws where one is
/// refused.
void fill(events::Log& log, std::int64_t events);
/// The same as one conversation alone, whose stream is returned.
events::StreamId fill_one(events::Log& log, std::int64_t events);

}  // namespace bench
