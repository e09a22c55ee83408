#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Webhook requests to try a server with, in each of the shapes that Hilo takes.
namespace cli {

struct CustomerText {
    std::string from;  // a phone number, or a BSUID ("US.123")
    std::string text;
    std::string wamid;
    std::string line;     // phone_number_id of the business
    std::int64_t at = 0;  // Unix seconds
};

/// v2, v1, batch, meta, seed1 and seed2.
const std::vector<std::string>& webhook_shapes();

struct SignedWebhook {
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};
/// The request that tells of this message; unsigned where `secret` is empty.
SignedWebhook webhook_of(const std::string& shape, const CustomerText& message,
                         std::string_view secret);

}  // namespace cli
