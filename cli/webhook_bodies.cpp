#include "cli/webhook_bodies.hpp"

#include <nlohmann/json.hpp>

#include "crypto/uuid.hpp"
#include "kapso/signature.hpp"
#include "sandbox/bodies.hpp"

namespace cli {
namespace {

constexpr auto received = "whatsapp.message.received";

sandbox::bodies::Entry entry_of(const CustomerText& from) {
    sandbox::Message message;
    message.number = 1;
    message.peer = from.from;
    message.name = "Test";
    message.wamid = from.wamid;
    message.kind = "text";
    message.text = from.text;
    message.object = sandbox::bodies::object_of("text", from.text).dump();
    message.at = from.at;
    message.status = "received";
    return {message, 1};
}

/// The first set-up guide's: a bare list, which names no line.
sandbox::Json seed1(const CustomerText& from) {
    return {{"messages", sandbox::Json::array({{{"from", from.from},
                                                {"text", {{"body", from.text}}},
                                                {"id", from.wamid},
                                                {"timestamp", std::to_string(from.at)}}})}};
}

/// The second one's: an envelope around the message.
sandbox::Json seed2(const CustomerText& from) {
    return {{"event_type", received},
            {"conversation_id", sandbox::bodies::conversation_id(from.line, from.from)},
            {"message_id", from.wamid},
            {"phone_number_id", from.line},
            {"payload", {{"content", from.text}, {"from", from.from}}}};
}

sandbox::Json body_of(const std::string& shape, const CustomerText& from) {
    if (shape == "seed1") return seed1(from);
    if (shape == "seed2") return seed2(from);
    const sandbox::bodies::Line line{from.line, "15550000000", false};
    if (shape == "v1") return sandbox::bodies::v1(entry_of(from), line);
    if (shape == "meta") return sandbox::bodies::meta(entry_of(from), line);
    if (shape == "batch") return sandbox::bodies::batch({entry_of(from)}, line, 0);
    return sandbox::bodies::v2(entry_of(from), line);
}

}  // namespace

const std::vector<std::string>& webhook_shapes() {
    static const std::vector<std::string> all{"v2", "v1", "batch", "meta", "seed1", "seed2"};
    return all;
}

SignedWebhook webhook_of(const std::string& shape, const CustomerText& message,
                         std::string_view secret) {
    SignedWebhook out;
    out.body =
        body_of(shape, message).dump(-1, ' ', false, sandbox::Json::error_handler_t::replace);
    out.headers.emplace_back("Content-Type", "application/json");
    const bool meta = shape == "meta";
    if (!meta && shape != "seed1") out.headers.emplace_back("X-Webhook-Event", received);
    if (shape == "batch") {
        out.headers.emplace_back("X-Webhook-Batch", "true");
        out.headers.emplace_back("X-Batch-Size", "1");
    }
    out.headers.emplace_back("X-Idempotency-Key", crypto::random_uuid().text());
    if (secret.empty()) return out;
    const auto signature = kapso::signature_of(out.body, secret);
    out.headers.emplace_back(meta ? "X-Hub-Signature-256" : "X-Webhook-Signature",
                             meta ? "sha256=" + signature : signature);
    return out;
}

}  // namespace cli
