#include "domain/evidence.hpp"

#include <algorithm>
#include <iterator>

#include "domain/next_step.hpp"

namespace domain::conversation {
namespace {

/// The provider tells whole seconds, by a clock of its own.
constexpr events::seconds clock_slack{5};

bool may_be(const Stranger& message, const Attempt& attempt) {
    return same_text(message.text, attempt.text) && message.at >= attempt.at - clock_slack;
}

std::vector<Stranger> candidates_for(const State& state, const Attempt& attempt) {
    std::vector<Stranger> found;
    for (const auto& message : state.strangers) {
        if (may_be(message, attempt)) found.push_back(message);
    }
    return found;
}

bool is_alone(const State& state, const Attempt& attempt) {
    return std::ranges::count_if(state.uncertain, [&](const Attempt& one) {
               return same_text(one.text, attempt.text);
           }) == 1;
}

}  // namespace

const Known* echo_of(const State& state, const Attempt& attempt) {
    const auto is_its = [&](const Known& one) {
        return one.attempt &&
               (*one.attempt == attempt.id ||
                std::ranges::find(attempt.doubted, *one.attempt) != attempt.doubted.end());
    };
    const auto known = std::ranges::find_if(state.known, is_its);
    return known == state.known.end() ? nullptr : &*known;
}

std::vector<Stranger> unlike_ours(const State& state) {
    const auto* next = next_send(state);
    const bool is_out = awaits_outcome(state);
    std::vector<Stranger> others;
    std::ranges::copy_if(state.strangers, std::back_inserter(others), [&](const Stranger& one) {
        const auto says_so = [&](const Attempt& attempt) {
            return same_text(one.text, attempt.text);
        };
        return !(is_out && says_so(*next)) && std::ranges::none_of(state.uncertain, says_so);
    });
    return others;
}

std::vector<Evidence> evidence_in(const State& state) {
    std::vector<Evidence> found;
    for (const auto& attempt : state.uncertain) {
        if (const auto* echo = echo_of(state, attempt)) {
            found.push_back({attempt.turn, attempt.id, echo->wamid, seen_key});
            continue;
        }
        if (awaits_outcome(state)) continue;
        const auto candidates = candidates_for(state, attempt);
        if (candidates.size() != 1 || !is_alone(state, attempt)) continue;
        found.push_back(
            {attempt.turn, attempt.id, candidates.front().wamid, "the only message that says so"});
    }
    return found;
}

std::vector<AttemptId> ambiguous_in(const State& state) {
    std::vector<AttemptId> found;
    if (awaits_outcome(state)) return found;
    for (const auto& attempt : state.uncertain) {
        if (attempt.settle_by == never || echo_of(state, attempt) != nullptr) continue;
        const auto candidates = candidates_for(state, attempt).size();
        if (candidates > 1 || (candidates == 1 && !is_alone(state, attempt))) {
            found.push_back(attempt.id);
        }
    }
    return found;
}

bool may_be_out(const State& state, const Attempt& attempt) {
    return echo_of(state, attempt) != nullptr || !candidates_for(state, attempt).empty();
}

bool is_something_untold(const State& state, const Attempt& attempt) {
    return std::ranges::any_of(
        state.untold, [&](const Untold& message) { return message.version > attempt.version; });
}

std::string_view doubt_of_absence(const State& state, const Attempt& attempt) {
    if (std::ranges::any_of(state.strangers, [&](const Stranger& message) {
            return same_text(message.text, attempt.text);
        })) {
        return "an earlier message says the same, and clocks differ";
    }
    if (std::ranges::any_of(state.known, [&](const Known& message) {
            return message.guess && message.guess->version > attempt.version &&
                   same_text(message.guess->text, attempt.text);
        })) {
        return "a person's verdict may have taken its message for another one's";
    }
    if (state.linked) return "the person has another conversation, which the list may speak to";
    if (!attempt.heard) return "no message of the customer's has a time of the provider's";
    return {};
}

std::string likeliest(const State& state, const Attempt& attempt) {
    const auto apart = [&](const Stranger& one) { return std::chrono::abs(one.at - attempt.at); };
    const Stranger* nearest = nullptr;
    for (const auto& message : state.strangers) {
        if (!same_text(message.text, attempt.text)) continue;
        if (nearest == nullptr || apart(message) < apart(*nearest)) nearest = &message;
    }
    return nearest == nullptr ? "" : nearest->wamid;
}

bool same_text(std::string_view a, std::string_view b) {
    const auto next = [](std::string_view& text) {
        while (!text.empty() &&
               std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
        }
        return text.empty() ? '\0' : text.front();
    };
    for (;;) {
        const auto one = next(a), other = next(b);
        if (one != other) return false;
        if (a.empty() || b.empty()) return a.empty() == b.empty();
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
}

}  // namespace domain::conversation
