#pragma once

#include <set>
#include <string>

#include "http/message.hpp"
#include "sandbox/json.hpp"
#include "sandbox/later.hpp"
#include "sandbox/world.hpp"

namespace sandbox {

/// The chat models of OpenAI, DeepSeek and Anthropic, as far as their callers can tell.
class ModelApi {
public:
    /// `keys`: those that are served; empty: any that is not empty.
    ModelApi(World& world, Later& later, std::set<std::string> keys);

    /// POST /chat/completions, of OpenAI and DeepSeek.
    void complete(const http::Request& request, const http::Respond& respond);
    /// POST /v1/messages, of Anthropic.
    void message(const http::Request& request, const http::Respond& respond);

private:
    bool serves(std::string_view key) const;
    void answer_later(http::Response response, const std::string& fault,
                      const http::Respond& respond);

    World& world_;
    Later& later_;
    const std::set<std::string> keys_;
};

/// A friendly text that quotes the question between “ and ”, in Spanish where that is its language,
/// else in English. The same question gets the same text.
std::string friendly_answer(const std::string& question);

}  // namespace sandbox
