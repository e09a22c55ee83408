#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "sandbox/bodies.hpp"
#include "sandbox/kapso_api.hpp"
#include "sandbox/send_faults.hpp"

namespace sandbox {
namespace {

using http::Response;

constexpr std::size_t usual_limit = 20;
constexpr std::size_t greatest_limit = 100;

std::string param(const http::Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? "" : found->second;
}

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Unix seconds, or ISO 8601 with Z, an offset, or nothing for UTC.
std::optional<std::int64_t> time_of(const std::string& text) {
    if (const auto seconds = number(text)) return seconds;
    std::tm parts{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
    std::tm zone{};
    if (*rest != '\0' && strptime(rest, "%z", &zone) == nullptr) return std::nullopt;
    return timegm(&parts) - zone.tm_gmtoff;
}

/// What a list may be narrowed to. The cursors are numbers of messages.
struct Filter {
    std::string direction, status, conversation;
    std::int64_t since = 0, until = INT64_MAX;
    std::uint64_t before = UINT64_MAX, after = 0;
    std::size_t limit = usual_limit;
};

/// False where the text is there and no time.
bool read_time(const std::string& text, std::int64_t& into) {
    if (text.empty()) return true;
    const auto time = time_of(text);
    if (time) into = *time;
    return time.has_value();
}

std::optional<Filter> filter_of(const http::Request& request) {
    Filter filter;
    filter.direction = param(request, "direction");
    filter.status = param(request, "status");
    filter.conversation = param(request, "conversation_id");
    if (!read_time(param(request, "since"), filter.since)) return std::nullopt;
    if (!read_time(param(request, "until"), filter.until)) return std::nullopt;
    const auto limit = number(param(request, "limit")).value_or(usual_limit);
    filter.limit = static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, greatest_limit));
    // The list goes from new to old: what comes "after" a cursor is older.
    if (const auto cursor = number(param(request, "after"))) {
        filter.before = static_cast<std::uint64_t>(*cursor);
    }
    if (const auto cursor = number(param(request, "before"))) {
        filter.after = static_cast<std::uint64_t>(*cursor);
    }
    return filter;
}

bool fits(const Filter& filter, const Message& message, const std::string& line) {
    const std::string_view direction = message.inbound ? "inbound" : "outbound";
    return (filter.direction.empty() || filter.direction == direction) &&
           (filter.status.empty() || filter.status == message.status) &&
           (filter.conversation.empty() ||
            filter.conversation == bodies::conversation_id(line, message.peer)) &&
           message.at >= filter.since && message.at <= filter.until &&
           message.number > filter.after;
}

Json cursor(const std::vector<Message>& page, bool is_there, bool last) {
    if (!is_there || page.empty()) return nullptr;
    return std::to_string(last ? page.back().number : page.front().number);
}

}  // namespace

Response KapsoApi::page(const http::Request& request) const {
    const auto filter = filter_of(request);
    if (!filter) return http::json(R"({"error":"since and until must be times"})", 400);
    auto found = world_.before(filter->before, filter->limit + 1, [&](const Message& one) {
        return fits(*filter, one, account_.line);
    });
    const bool has_more = found.size() > filter->limit;
    if (has_more) found.resize(filter->limit);
    const bodies::Line line{account_.line, account_.phone, world_.switches().echo_key};
    auto data = Json::array();
    for (const auto& message : found) data.push_back(bodies::listed(message, line));
    const Json after = cursor(found, has_more, true);
    const Json before = cursor(found, filter->before != UINT64_MAX, false);
    const Json paging{
        {"cursors", {{"before", before}, {"after", after}}},
        {"next",
         after.is_null() ? after : Json(request.path + "?after=" + after.get<std::string>())},
        {"previous", nullptr}};
    return http::json(Json{{"data", std::move(data)}, {"paging", paging}}.dump());
}

/// False where the list is told as it is.
bool KapsoApi::answer_with_fault(const http::Respond& respond) {
    const auto fault = world_.take_list_fault();
    if (fault == "none" || fault == "slow") return false;
    auto answer = fault_answer(fault);
    if (fault == "empty") answer = http::json(R"({"data":[],"paging":{"cursors":{}}})");
    if (fault == "no_list") answer = http::json(R"({"status":"ok"})");
    answer.reset = fault == "reset";
    respond(answer);
    return true;
}

void KapsoApi::list(const http::Request& request, const http::Respond& unlimited) {
    const auto admitted = admit(request, unlimited);
    if (const auto* no = std::get_if<Response>(&admitted)) return unlimited(*no);
    const auto& respond = std::get<http::Respond>(admitted);
    const bool slow = world_.switches().list_fault == "slow";
    if (answer_with_fault(respond)) return;
    auto answer = page(request);
    if (!slow) return respond(std::move(answer));
    const std::chrono::milliseconds delay(world_.switches().slow);
    later_.after(delay, [respond, answer = std::move(answer)] { respond(answer); });
}

}  // namespace sandbox
