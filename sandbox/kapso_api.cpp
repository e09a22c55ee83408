#include "sandbox/kapso_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "crypto/hash.hpp"
#include "sandbox/bodies.hpp"
#include "sandbox/send_faults.hpp"

namespace sandbox {
namespace {

using http::Response;
using std::chrono::milliseconds;

constexpr std::size_t text_at_most = 4096;  // characters (Meta)
constexpr std::size_t mark_at_most = 512;   // characters of biz_opaque_callback_data (Meta)
constexpr std::int64_t window_seconds = std::int64_t{24} * 3600;

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string field(const Json& body, const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string digits_of(std::string text) {
    std::erase_if(text, [](unsigned char c) { return std::isdigit(c) == 0; });
    return text;
}

/// The recipient as a peer: `to` in digits, else the BSUID; empty where there is none.
std::string recipient(const Json& body) {
    const auto to = field(body, "to");
    if (to.empty()) return field(body, "recipient");
    return bodies::is_bsuid(digits_of(to)) || to.find('.') != to.npos ? to : digits_of(to);
}

Response invalid(const std::string& what) { return meta_error(400, 100, "(#100) " + what); }

std::optional<Response> objection_to(const Message& draft, const Json& body) {
    if (field(body, "messaging_product") != "whatsapp") {
        return invalid("The parameter messaging_product is required and must be whatsapp.");
    }
    if (draft.peer.empty()) return invalid("The parameter to is required.");
    if (!bodies::is_bsuid(draft.peer) && (draft.peer.size() < 7 || draft.peer.size() > 15)) {
        return meta_error(400, 400, "Invalid phone number format");
    }
    if (!body.contains(draft.kind) || body[draft.kind].is_null()) {
        return invalid("The parameter " + draft.kind + " is required.");
    }
    if (draft.kind == "text" && field(body["text"], "body").empty()) {
        return invalid("The parameter text['body'] is required.");
    }
    if (draft.kind == "text" && characters(draft.text) > text_at_most) {
        return invalid("Param text['body'] must be at most 4096 characters long.");
    }
    if (characters(draft.mark) > mark_at_most) {
        return invalid("Param biz_opaque_callback_data must be at most 512 characters long.");
    }
    return std::nullopt;
}

Message draft_of(const Json& body) {
    Message draft;
    draft.inbound = false;
    draft.peer = recipient(body);
    draft.kind = field(body, "type").empty() ? "text" : field(body, "type");
    const auto object = body.value(draft.kind, Json());
    draft.object = object.dump();
    draft.text = bodies::text_of(draft.kind, object);
    draft.mark = field(body, "biz_opaque_callback_data");
    draft.quotes = field(body.value("context", Json::object()), "message_id");
    return draft;
}

Response accepted(const Message& message) {
    Json contact{{"input", message.peer}};
    contact[bodies::is_bsuid(message.peer) ? "user_id" : "wa_id"] = message.peer;
    const Json body{
        {"messaging_product", "whatsapp"},
        {"contacts", Json::array({contact})},
        {"messages", Json::array({{{"id", message.wamid}, {"message_status", "accepted"}}})}};
    return http::json(body.dump());
}

}  // namespace

KapsoApi::KapsoApi(World& world, Later& later, Webhooks& webhooks, Account account)
    : world_(world), later_(later), webhooks_(webhooks), account_(std::move(account)) {}

std::optional<Response> KapsoApi::objection(const http::Request& request) const {
    constexpr std::string_view bearer = "Bearer ";
    auto key = request.header("x-api-key");
    const auto authorization = request.header("authorization");
    if (key.empty() && authorization.starts_with(bearer)) {
        key = authorization.substr(bearer.size());
    }
    if (!crypto::equal_in_constant_time(key, account_.api_key)) {
        return kapso_error(401, "Invalid or missing API key");
    }
    if (request.params.at("line") != account_.line) {
        return kapso_error(404, "WhatsApp phone number not found");
    }
    return std::nullopt;
}

std::variant<Response, http::Respond> KapsoApi::admit(const http::Request& request,
                                                      const http::Respond& respond) {
    if (const auto no = objection(request)) return *no;
    const auto minute = rate_limit_.call(world_.switches().minute_limit);
    if (!minute) return respond;
    if (minute->exceeded) return rate_limit_exceeded(minute->limit, minute->seconds_left);
    return http::Respond([respond, minute = *minute](Response response) {
        const auto is_told = [](const auto& header) { return header.first == "X-RateLimit-Limit"; };
        if (std::ranges::none_of(response.headers, is_told)) {
            response.headers.emplace_back("X-RateLimit-Limit", std::to_string(minute.limit));
            response.headers.emplace_back("X-RateLimit-Remaining",
                                          std::to_string(minute.remaining));
        }
        respond(std::move(response));
    });
}

void KapsoApi::send(const http::Request& request, const http::Respond& unlimited) {
    const auto admitted = admit(request, unlimited);
    if (const auto* no = std::get_if<Response>(&admitted)) return unlimited(*no);
    const auto& respond = std::get<http::Respond>(admitted);
    const auto body = read_json(request.body);
    if (!body.is_object()) return respond(invalid("The body must be a JSON object."));
    if (body.contains("status")) return respond(mark_read(body));
    const auto draft = draft_of(body);
    if (const auto no = objection_to(draft, body)) return respond(*no);
    accept(draft, respond);
}

Response KapsoApi::mark_read(const Json& body) {
    const bool typing = body.contains("typing_indicator");
    if (field(body, "status") != "read" ||
        !world_.business_read(field(body, "message_id"), typing)) {
        return invalid("There is no received message with this message_id.");
    }
    return http::json(R"({"success":true})");
}

bool KapsoApi::is_window_open(const std::string& peer) const {
    const auto last = world_.last_inbound(peer);
    if (!last) return world_.switches().strangers;
    return now_seconds() - *last < window_seconds;
}

void KapsoApi::accept(const Message& draft, const http::Respond& respond) {
    if (draft.kind != "template" && !is_window_open(draft.peer)) {
        return respond(meta_error(422, 131047,
                                  "Cannot send non-template messages outside the 24-hour window.",
                                  "MessageError"));
    }
    if (!world_.begin_send(draft.peer)) return respond(fault_answer("409"));
    if (world_.switches().pair_limit && !rate_limit_.message_to(draft.peer)) {
        world_.end_send(draft.peer);
        return respond(fault_answer("131056"));
    }
    settle(draft, world_.take_send_fault(), respond);
}

void KapsoApi::settle(const Message& draft, const std::string& fault,
                      const http::Respond& respond) {
    const auto behaviour = send_fault(fault);
    const auto switches = world_.switches();
    auto answer = fault_answer(fault);
    std::optional<Message> sent;
    if (behaviour.sends) sent = world_.add(draft);
    if (answer.status == 200 && sent) answer = accepted(*sent);
    answer.reset = behaviour.resets;
    const bool is_early = switches.status_order == "early";
    if (sent && is_early) webhooks_.follow(*sent, behaviour.fails);
    const milliseconds delay(behaviour.slow ? switches.slow : switches.send_latency);
    const bool waits = later_.after(delay, [=, this, peer = draft.peer] {
        world_.end_send(peer);
        respond(answer);
        if (sent && !is_early) webhooks_.follow(*sent, behaviour.fails);
    });
    if (!waits) world_.end_send(draft.peer);
}

}  // namespace sandbox
