#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace domain {

/// WhatsApp's limit for one text, in characters (Meta, "text messages").
inline constexpr std::size_t text_limit = 4096;

/// The text in parts of at most `limit` Unicode characters, cut at the last paragraph, line,
/// sentence or word that fits; a longer word is cut within. No part is blank, and nothing but
/// white space at the cuts is lost. An empty or blank text has no parts.
std::vector<std::string> split_text(std::string_view text, std::size_t limit = text_limit);

/// Unicode characters of valid UTF-8.
std::size_t characters(std::string_view text);

}  // namespace domain
