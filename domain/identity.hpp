#pragma once

#include <string>
#include <string_view>

namespace domain {

/// The digits of a phone number as a provider wrote it ("+1 (555) 123-4567" -> "15551234567").
std::string digits_of(std::string_view phone);

/// Whether a recipient's name is a phone as people write them, and not a business-scoped id
/// ("US.1349...").
bool is_phone(std::string_view name);

/// One number for all national spellings of it, in digits, for matching only; what is sent to
/// stays as the provider wrote it. Mexico's 521 -> 52, Argentina's 549 -> 54, and Brazil's ninth
/// digit is left out (reference: product.md pain 19). Landlines and other countries are unchanged.
std::string canonical_phone(std::string_view phone);

}  // namespace domain
