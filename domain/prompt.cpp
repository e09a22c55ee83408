#include "domain/prompt.hpp"

#include <algorithm>
#include <utility>

#include "crypto/hash.hpp"

namespace domain {
namespace {

bool same_session(const Line& before, const Line& after, const Settings& settings) {
    return after.at - before.at <= std::chrono::minutes(settings.session_timeout_minutes);
}

}  // namespace

Prompt prompt_of(const std::vector<Line>& said, int upto, const Settings& settings,
                 std::size_t asked) {
    std::vector<Line> shown;
    for (auto line = said.rbegin(); line != said.rend(); ++line) {
        if (line->version > upto) continue;
        if (shown.size() >= asked) {
            if (std::cmp_greater_equal(shown.size(), settings.history_limit)) break;
            if (!shown.empty() && !same_session(*line, shown.back(), settings)) break;
        }
        shown.push_back(*line);
    }
    std::ranges::reverse(shown);
    Prompt prompt{settings.system_prompt, {}};
    for (auto& line : shown) {
        if (prompt.lines.empty() && line.speaker == Speaker::business) continue;
        if (!prompt.lines.empty() && prompt.lines.back().speaker == line.speaker) {
            prompt.lines.back().text += "\n" + line.text;
        } else {
            prompt.lines.push_back(std::move(line));
        }
    }
    return prompt;
}

std::string sha256_of(const Prompt& prompt) {
    crypto::Writer out;
    out.variable(prompt.system);
    for (const auto& line : prompt.lines) {
        out.integer(static_cast<std::uint8_t>(line.speaker)).variable(line.text);
    }
    return crypto::hex(crypto::view(crypto::sha256(out.bytes())));
}

}  // namespace domain
