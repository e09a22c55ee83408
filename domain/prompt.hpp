#pragma once

#include <string>
#include <vector>

#include "domain/settings.hpp"
#include "events/time.hpp"

namespace domain {

enum class Speaker { customer, business };

/// One thing that was said in a conversation.
struct Line {
    Speaker speaker = Speaker::customer;
    std::string text;
    events::Time at;
    int version = 0;  // where it stands in the stream
    bool operator==(const Line&) const = default;
};

/// What a model is asked, whoever the provider is: lines alternate and the first is a customer's.
struct Prompt {
    std::string system;
    std::vector<Line> lines;
    bool operator==(const Prompt&) const = default;
};

/// The last `historyLimit` lines up to a version, cut where a pause was longer than the session
/// time-out; neighbours of one speaker become one line. The last `asked` lines are what is to be
/// answered: neither cut takes them away.
Prompt prompt_of(const std::vector<Line>& said, int upto, const Settings& settings,
                 std::size_t asked = 0);

/// Hexadecimal SHA-256 over the prompt as it is shown to the model.
std::string sha256_of(const Prompt& prompt);

}  // namespace domain
