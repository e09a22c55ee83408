#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kapso {

/// Whether `header` is the HMAC-SHA256 of the raw body under one of the secrets: 64 hexadecimal
/// digits of either case, with or without "sha256=". Constant time; false for anything malformed.
bool signature_fits(std::string_view header, std::string_view body,
                    const std::vector<std::string>& secrets);

/// The header's value for a body: 64 lower-case digits.
std::string signature_of(std::string_view body, std::string_view secret);

}  // namespace kapso
