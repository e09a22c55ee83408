#pragma once

#include <string>
#include <string_view>

/// The sentences that the first seed's users look for, each behind [WHATSAPP_WEBHOOK]; people's
/// numbers and words are masked unless LOG_CONTENT is set.
namespace intake::talk {

/// LOG_CONTENT=true. Set once, before the first sentence.
void show_content(bool yes);

/// "528334430060" -> "52****60"; short ones become "****".
std::string masked(std::string_view phone);
/// "23 characters": a hash of a short text would give it away.
std::string summary(std::string_view text);

void received_message(std::string_view from);
void created_conversation(std::string_view from);
void stored_message();
void generating(std::string_view provider);
void stored_reply(std::string_view text);
void sending(std::string_view to);
void sent(std::string_view wamid);
/// What the provider said is left out, for it may quote what people wrote.
void no_answer(std::string_view provider, std::size_t tries);
void not_sent(std::string_view to, int code, bool comes_again);
void may_be_sent(std::string_view to);
/// Anything else worth a line behind the prefix; holds no personal text.
void note(std::string_view what);
void warn(std::string_view what);

}  // namespace intake::talk
