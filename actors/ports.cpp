#include "actors/ports.hpp"

namespace actors {

events::Time steady_now() {
    using std::chrono::steady_clock;
    static const auto wall = std::chrono::system_clock::now();
    static const auto start = steady_clock::now();
    return std::chrono::floor<std::chrono::microseconds>(wall + (steady_clock::now() - start));
}

}  // namespace actors
