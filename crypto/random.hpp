#pragma once

#include <cstddef>

#include "crypto/bytes.hpp"

/// Randomness is an effect: the pure folders (events, domain, projections) may not include this.
namespace crypto {

/// Fills from the system's generator; throws where there is none.
void fill_random(void* bytes, std::size_t size);

template <std::size_t N>
Fixed<N> random() {
    Fixed<N> out;
    fill_random(out.data(), N);
    return out;
}

}  // namespace crypto
