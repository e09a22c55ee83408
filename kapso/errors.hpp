#pragma once

#include <span>
#include <string_view>

namespace kapso {

enum class Remedy {
    later,        // surely not sent; the same send may succeed in a while
    never,        // surely not sent, and the same send will fail again
    credentials,  // as `never`, for every send until a person mends the key or the account
    unknown,      // nobody can tell whether it was sent
};

/// What one of WhatsApp's error codes (or a span of them) means for a send.
struct ErrorRow {
    int first, last;  // both included
    Remedy remedy;
    std::string_view meaning;
    std::string_view advice;  // what a person can do
};

/// Every code that is known, in ascending order (Meta "Cloud API error codes", Kapso's API page).
std::span<const ErrorRow> error_rows();
/// The row of a code, of a rejected send or of a `failed` status; null for an unknown one.
const ErrorRow* error_row(int code);

}  // namespace kapso
