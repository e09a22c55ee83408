#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace net {

/// What a JSON API says about an error.
struct ErrorBody {
    bool json = false;  // the body is a JSON object
    std::optional<int> code;
    std::string name;  // a code that is a word, else the error's type
    std::string message;
};

/// Understands `{"error": {"message", "code", "type"}}`, `{"error": "text"}` and
/// `{"message": "text"}`, each with or without a `code` beside it. Never throws.
ErrorBody error_body(std::string_view body);

/// One line for people and the log: `429 rate_limit_exceeded: Slow down`, at most 200 bytes.
std::string describe(int status, const ErrorBody& error);

}  // namespace net
