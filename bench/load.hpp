#pragma once

#include <cstdint>
#include <vector>

#include "bench/sample.hpp"

namespace bench {

struct Load {
    double seconds = 0;                // from the first request to the last answer
    std::vector<double> milliseconds;  // POST to 200, of each that was accepted
    std::uint64_t refused = 0;         // any other status
};

/// Posts webhooks with the numbers from `first` on, over so many keep-alive connections, each with
/// one request out at a time. Throws where a connection breaks.
Load post_for(std::chrono::seconds time, int connections, std::uint16_t port, std::uint64_t first);

}  // namespace bench
