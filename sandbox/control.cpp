#include "sandbox/control.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "sandbox/json.hpp"

namespace sandbox {
namespace {

constexpr std::size_t from_at_most = 131;  // a BSUID
constexpr std::size_t text_at_most = std::size_t{64} << 10;

std::string field(const Json& body, const char* name) {
    const auto found = body.is_object() ? body.find(name) : body.end();
    return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

http::Response bad(std::string_view message) { return http::error(400, "bad_request", message); }

/// "+34 600 100 200" as digits; a BSUID, which has letters, as it is.
std::string peer_of(const std::string& from) {
    const bool has_letter =
        std::ranges::any_of(from, [](unsigned char c) { return std::isalpha(c) != 0; });
    if (has_letter) return from;
    std::string digits;
    std::ranges::copy_if(from, std::back_inserter(digits),
                         [](unsigned char c) { return std::isdigit(c) != 0; });
    return digits;
}

Message draft_of(const Json& body) {
    Message draft;
    draft.peer = peer_of(field(body, "from"));
    draft.name = field(body, "name").empty() ? "Customer" : field(body, "name");
    draft.kind = field(body, "kind").empty() ? "text" : field(body, "kind");
    draft.text = field(body, "text");
    const auto at = body.is_object() ? body.find("at") : body.end();
    if (at != body.end() && at->is_number_integer()) draft.at = at->get<std::int64_t>();
    return draft;
}

/// A reaction is about a message; every other kind stands for itself.
Json object_for(const Message& draft, const Json& body) {
    if (draft.kind != "reaction") return bodies::object_of(draft.kind, draft.text);
    return {{"message_id", field(body, "message_id")}, {"emoji", draft.text}};
}

Json shown(const Message& message) {
    return {{"number", message.number},   {"direction", message.inbound ? "inbound" : "outbound"},
            {"peer", message.peer},       {"name", message.name},
            {"wamid", message.wamid},     {"kind", message.kind},
            {"text", message.text},       {"mark", message.mark},
            {"quotes", message.quotes},   {"at", message.at},
            {"status", message.status},   {"code", message.code},
            {"answers", message.answers}, {"acknowledged", message.acknowledged}};
}

Json shown(const Delivery& delivery) {
    return {{"number", delivery.number},
            {"event", delivery.event},
            {"key", delivery.key},
            {"attempts", delivery.attempts},
            {"outcome", delivery.outcome}};
}

template <class T>
Json shown(const std::vector<T>& values) {
    auto out = Json::array();
    for (const auto& value : values) out.push_back(shown(value));
    return out;
}

}  // namespace

http::Response Control::customer(const http::Request& request) {
    const auto body = read_json(request.body);
    auto draft = draft_of(body);
    if (draft.peer.empty() || draft.peer.size() > from_at_most) {
        return bad("from must be a phone number or a business-scoped user id");
    }
    if (draft.text.size() > text_at_most) return bad("text must be at most 65,536 bytes");
    if (draft.kind == "text" && draft.text.empty()) return bad("text must not be empty");
    const auto object = object_for(draft, body);
    if (object.is_null()) return bad("there is no kind " + draft.kind);
    draft.object = object.dump();
    if (draft.text.empty()) draft.text = bodies::text_of(draft.kind, object);
    const auto message = world_.add(std::move(draft));
    webhooks_.received(message);
    return http::json(Json{{"wamid", message.wamid}, {"number", message.number}}.dump(), 201);
}

http::Response Control::read(const http::Request& request) {
    const auto peer = peer_of(field(read_json(request.body), "from"));
    if (peer.empty()) return bad("from must be a phone number or a business-scoped user id");
    const auto wamids = world_.unread(peer);
    for (const auto& wamid : wamids) {
        if (const auto message = world_.tick(wamid, "read")) webhooks_.ticked(*message);
    }
    return http::json(Json{{"read", wamids.size()}}.dump());
}

http::Response Control::messages(const http::Request& request) const {
    std::uint64_t version = 0;
    if (const auto since = request.query.find("since"); since != request.query.end()) {
        const auto& text = since->second;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
        if (error != std::errc() || end != text.data() + text.size()) {
            return bad("since must be the version of an earlier answer");
        }
    }
    const auto news = world_.since(version);
    const Json out{{"version", news.version},
                   {"messages", shown(news.messages)},
                   {"deliveries", shown(news.deliveries)},
                   {"typing", news.typing}};
    return http::json(out.dump());
}

http::Response Control::counts() const {
    auto out = Json::object();
    std::map<std::array<std::string, 3>, int> sends;
    for (const auto& message : world_.all()) {
        if (!message.inbound) {
            ++sends[{message.peer, message.text, message.mark}];
            continue;
        }
        out[message.wamid] = {{"peer", message.peer},
                              {"kind", message.kind},
                              {"acknowledged", message.acknowledged},
                              {"answers", message.answers}};
    }
    auto outbound = Json::array();
    for (const auto& [what, count] : sends) {
        const auto& [to, text, mark] = what;
        outbound.push_back({{"to", to}, {"text", text}, {"mark", mark}, {"sends", count}});
    }
    return http::json(Json{{"inbound", out}, {"outbound", outbound}}.dump());
}

http::Response Control::switches() const {
    const Json out{{"switches", Json::parse(written(world_.switches()))},
                   {"choices", Json::parse(choices())},
                   {"about", Json::parse(about())}};
    return http::json(out.dump());
}

http::Response Control::change(const http::Request& request) {
    if (const auto wrong = world_.change_switches(request.body); !wrong.empty()) return bad(wrong);
    return switches();
}

}  // namespace sandbox
