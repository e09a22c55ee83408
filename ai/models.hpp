#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>

#include "domain/conversation.hpp"
#include "net/client.hpp"

namespace ai {

struct Provider {
    std::string key;       // empty: not configured
    std::string base_url;  // empty: the provider's own
};

/// Those that have a key.
std::set<std::string> with_key(const std::map<std::string, Provider>& providers);

struct Call {
    std::string provider, model;
    domain::Prompt prompt;
    std::int64_t max_output_tokens = 500;
    std::chrono::milliseconds deadline{
        domain::conversation::ask_deadline};  // for all tries together
};

struct Failed {
    std::vector<events::FailedCall> attempts;
};
using Result = std::variant<domain::conversation::Answer, Failed>;

/// The chat models of OpenAI, DeepSeek and Anthropic.
class Models {
public:
    /// So many questions are asked at a time; the others wait their turn, in order, and their
    /// deadline begins with it. Who has waited for longer, or comes when too many wait, has failed.
    static constexpr std::size_t at_a_time = 48;
    static constexpr std::chrono::milliseconds longest_wait{10 * 60'000};
    struct Waiting {
        std::size_t questions = 10'000;
        std::size_t bytes = 64 << 20;  // of their prompts
    };

    /// `providers` by name: openai, deepseek, anthropic. `client` must outlive this.
    Models(net::Client& client, std::map<std::string, Provider> providers)
        : Models(client, std::move(providers), Waiting()) {}
    Models(net::Client& client, std::map<std::string, Provider> providers, Waiting limit);
    /// Never blocks; `done` is called exactly once, on the client's thread, or at once where the
    /// provider is unknown or has no key. One text, or why not: an empty text, a refusal and a
    /// truncated one without text count as failures. A failure that may pass is tried once more
    /// where the deadline leaves time for it; each try is an entry in Failed, without the key.
    void ask(Call call, std::function<void(Result)> done) const;
    std::set<std::string> with_key() const { return ai::with_key(providers_); }

private:
    class Queue;

    std::map<std::string, Provider> providers_;
    std::shared_ptr<Queue> queue_;
};

}  // namespace ai
