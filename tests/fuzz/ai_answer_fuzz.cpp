#include <cstdint>
#include <cstdlib>

#include "ai/answers.hpp"
#include "tests/fuzz/first_lines.hpp"

/// The first line is the status, the second a Retry-After, the rest the body, of each provider in
/// turn. Whatever one answers is a text for the customer, or why there is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FirstLines input(data, size);
    net::Response response;
    response.status = input.status();
    response.headers = {{"retry-after", input.line()}};
    response.body = input.rest();
    for (const auto* provider : {"openai", "deepseek", "anthropic"}) {
        const ai::Call call{.provider = provider, .model = "the one asked", .prompt = {}};
        const auto said = ai::answer_of(call, response);
        if (const auto* problem = std::get_if<ai::Problem>(&said)) {
            if (problem->error.empty() || problem->error.find('\n') != std::string::npos) {
                std::abort();
            }
            if (problem->wait && problem->wait->count() < 0) std::abort();
            continue;
        }
        const auto& answer = std::get<domain::conversation::Answer>(said);
        if (answer.text.empty() || answer.model.empty()) std::abort();
        if (answer.input_tokens < 0 || answer.output_tokens < 0) std::abort();
        if (response.status < 200 || response.status > 299) std::abort();
    }
    return 0;
}
