#include "intake/talk.hpp"

#include <spdlog/spdlog.h>

#include <atomic>

#include "domain/reply_text.hpp"
#include "events/conversation_events.hpp"

namespace intake::talk {
namespace {

std::atomic<bool> content_shown = false;

constexpr std::string_view prefix = "[WHATSAPP_WEBHOOK]";

std::string shown_phone(std::string_view phone) {
    return content_shown ? std::string(phone) : masked(phone);
}
std::string shown_text(std::string_view text) {
    return content_shown ? "\"" + std::string(text) + "\"" : summary(text);
}

}  // namespace

void show_content(bool yes) { content_shown = yes; }

std::string masked(std::string_view phone) {
    if (phone.size() < 8) return "****";
    return std::string(phone.substr(0, 2)) + "****" + std::string(phone.substr(phone.size() - 2));
}

std::string summary(std::string_view text) {
    return std::to_string(domain::characters(text)) + " characters";
}

void received_message(std::string_view from) {
    spdlog::info("{} Received message from {}", prefix, shown_phone(from));
}
void created_conversation(std::string_view from) {
    spdlog::info("{} Created new conversation for {}", prefix, shown_phone(from));
}
void stored_message() { spdlog::info("{} Stored incoming message", prefix); }
void generating(std::string_view provider) {
    spdlog::info("{} Generating AI response with {}", prefix, provider);
}
void stored_reply(std::string_view text) {
    spdlog::info("{} Stored AI response: {}", prefix, shown_text(text));
}
void sending(std::string_view to) {
    spdlog::info("{} Sending message to {}", prefix, shown_phone(to));
}
void sent(std::string_view wamid) {
    // A wamid begins with the customer's number, in base64.
    spdlog::info("{} Message sent successfully: {}", prefix,
                 content_shown ? std::string(wamid) : masked(wamid));
}
void no_answer(std::string_view provider, std::size_t tries) {
    spdlog::warn("{} No AI response from {} in {} tries (hilo decisions tells why)", prefix,
                 provider, tries);
}
void not_sent(std::string_view to, int code, bool comes_again) {
    const auto why = code == 0                   ? "nothing reached Kapso"
                     : code == events::held_back ? "a limit of Kapso's or WhatsApp's is reached"
                                                 : std::to_string(code);
    spdlog::warn("{} Message to {} was not sent: {}{}", prefix, shown_phone(to), why,
                 comes_again ? "; it may be tried again" : " (hilo conv ID -o json tells why)");
}
void may_be_sent(std::string_view to) {
    spdlog::warn(
        "{} Message to {} may or may not have been sent; it is looked for, and never "
        "sent again unseen",
        prefix, shown_phone(to));
}
void note(std::string_view what) { spdlog::info("{} {}", prefix, what); }
void warn(std::string_view what) { spdlog::warn("{} {}", prefix, what); }

}  // namespace intake::talk
