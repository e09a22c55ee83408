#pragma once

#include <cstdint>
#include <string>

/// The customers of the benchmark: signed v2 webhooks of about a kilobyte.
namespace bench {

inline constexpr int persons = 10'000;
inline constexpr auto secret = "the secret of the benchmark";
inline constexpr auto line = "100000000000001";

/// A text that no other message has, and that comes back in the model's request.
std::string text_of(std::uint64_t message);

/// The whole HTTP request that delivers a message of person `message % persons`.
std::string request_for(std::uint64_t message);

}  // namespace bench
