#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "ai/models.hpp"

namespace ai {

/// Why a try gave no answer.
struct Problem {
    std::string error;                              // one short line; may quote half a key
    bool may_pass = false;                          // the same request may succeed in a moment
    std::optional<std::chrono::milliseconds> wait;  // what the provider asks for
};

/// What a provider's response says: one text, or why there is none. Pure; `took_ms` is the
/// caller's to fill in.
std::variant<domain::conversation::Answer, Problem> answer_of(const Call& call,
                                                              const net::Response& response);
/// A failed exchange may always pass: asking a model twice does no harm.
Problem problem_of(const net::Failure& failure);

}  // namespace ai
