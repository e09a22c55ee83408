#pragma once

#include <cstdint>
#include <vector>

#include "crypto/uuid.hpp"
#include "events/time.hpp"

namespace simulation {

/// Chance from a seed: the same on every machine, which the standard library's distributions are
/// not (splitmix64, Steele and others, 2014).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// Both ends included.
    std::int64_t between(std::int64_t from, std::int64_t to) {
        return from + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(to - from + 1));
    }
    bool chance(int percent) { return between(0, 99) < percent; }
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    template <class T>
    T pick(const std::vector<T>& some) {
        return some[below(some.size())];
    }
    /// Mostly near `from`, now and then near `to`.
    std::chrono::microseconds span(std::chrono::microseconds from, std::chrono::microseconds to) {
        const auto end = chance(80) ? from + (to - from) / 10 : to;
        return std::chrono::microseconds(between(from.count(), end.count()));
    }
    crypto::Uuid timed(events::Time time) {
        crypto::Fixed<10> bits{};
        for (auto& byte : bits) byte = static_cast<std::uint8_t>(next());
        return crypto::timed_uuid(events::micros(time) / 1000, bits);
    }
    crypto::Uuid uuid() { return timed(events::from_micros(between(0, 1LL << 52))); }

private:
    std::uint64_t state_;
};

}  // namespace simulation
