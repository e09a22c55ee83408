#include <nlohmann/json.hpp>

#include "events/codec.hpp"
#include "events/names.hpp"
#include "events/overloaded.hpp"

/// What a type puts into the clear part of its envelope, and what its fingerprint is made from.
namespace events {
namespace {

using Json = nlohmann::json;

}  // namespace

std::optional<std::int32_t> code_of(const Event& event) {
    std::optional<std::int32_t> code;
    visit_event(event, Overloaded{[&](const SendRejected& e) { code = e.code; },
                                  [&](const MessageFailed& e) { code = e.code; },
                                  [&](const ReplySuppressed& e) {
                                      code = static_cast<std::int32_t>(e.reason);
                                  },
                                  [](const auto&) {}});
    return code;
}

std::vector<std::int64_t> counts_of(const Event& event) {
    const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
    std::vector<std::int64_t> counts;
    visit_event(event,
                Overloaded{[&](const MessageReceived& e) {
                               counts = {static_cast<int>(e.source), static_cast<int>(e.kind)};
                           },
                           [&](const ReplyRequested& e) {
                               counts = {size(e.asks), e.settings_version};
                           },
                           [&](const ReplyGenerated& e) {
                               counts = {e.input_tokens, e.output_tokens, e.took_ms};
                           },
                           [&](const GenerationFailed& e) { counts = {size(e.attempts)}; },
                           [&](const ReplySuppressed& e) { counts = {size(e.answers)}; },
                           [&](const SendRequested& e) {
                               counts = {e.part, e.parts, e.try_number, size(e.answers)};
                           },
                           [&](const SendRejected& e) { counts = {e.retry_at ? 1 : 0}; },
                           [&](const SendSettled& e) {
                               counts = {e.sent ? 1 : e.retry_at ? 2 : 0};
                           },
                           [&](const MessageSent& e) { counts = {e.text.empty() ? 0 : 1}; },
                           [](const auto&) {}});
    return counts;
}

std::string_view name_of_code(const Clear& clear) {
    const auto* type = type_with(clear.type);
    if (type == nullptr || type->name != "ReplySuppressed" || !clear.code) return {};
    const auto& names = Names<Silence>::all;
    const auto reason = static_cast<std::size_t>(*clear.code);
    return *clear.code >= 0 && reason < names.size() ? names[reason] : std::string_view();
}

std::string_view wamid_of(const Event& event) {
    std::string_view wamid;
    visit_event(event, [&](const auto& e) {
        if constexpr (requires { e.wamid; }) wamid = e.wamid;
    });
    return wamid;
}

std::string normalised(const Event& event, Time occurred) {
    const auto& type = type_of(event);
    const auto when = std::chrono::floor<seconds>(occurred).time_since_epoch().count();
    auto out = Json::array({type.code});
    visit_event(
        event,
        Overloaded{
            [&](const MessageReceived& e) {
                out.insert(out.end(), {name_of(e.kind), e.typed.value_or(e.text), when});
            },
            [&](const ConversationOpened&) {},
            [&](const AliasLearned&) {},
            // Whose it is may be known when it is told again.
            [&](const MessageSent&) {},
            [&](const MessageDelivered&) {},
            [&](const MessageRead&) {},
            [&](const MessagePlayed&) {},
            [&](const MessageFailed& e) { out.push_back(e.code); },
            // A reply that is asked for again is the same one, whoever then lives to send it.
            [&](const PersonWrote& e) {
                out.insert(out.end(), {e.typed.value_or(e.text), e.turn ? 0 : when});
            },
            [&](const SendRequested& e) {
                out.insert(out.end(), {e.turn.text(), e.part, e.try_number, e.text});
            },
            [&](const auto&) { out.push_back(encode(event)); },
        });
    return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace events
