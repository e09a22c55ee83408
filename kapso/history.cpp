#include "kapso/history.hpp"

#include <nlohmann/json.hpp>

#include "kapso/json.hpp"
#include "net/error_body.hpp"
#include "net/http_date.hpp"
#include "net/target.hpp"

namespace kapso {
namespace {

/// Another server's answer, or a proxy's page, must not pass for an empty list.
bool is_list(const std::string& body) {
    try {
        return at(parse_json(body), "data").is_array();
    } catch (const Malformed&) {
        return false;
    }
}

/// Entries that tell nothing (a message that isn't sent yet) leave a page that does; a webhook's
/// body of that kind would be kept, and a page is read again.
void leave_out_pages(std::vector<Item>& items, const std::string& body) {
    std::erase_if(items, [&](const Item& item) {
        const auto* unclear = std::get_if<Unclear>(&item);
        return unclear != nullptr && unclear->raw == body;
    });
}

/// Whole seconds, rounded so that nothing is left out.
std::string since_text(events::Time time) {
    return events::iso8601(std::chrono::floor<std::chrono::seconds>(time));
}
std::string until_text(events::Time time) {
    return events::iso8601(std::chrono::ceil<std::chrono::seconds>(time));
}

}  // namespace

net::Request list_request(const Listing& listing, const std::string& after,
                          std::string_view base_url, const std::string& api_key) {
    while (base_url.ends_with('/')) base_url.remove_suffix(1);
    net::Request request;
    request.method = "GET";
    request.url = std::string(base_url) + "/" + net::segment(listing.line) +
                  "/messages?limit=" + std::to_string(History::page_size) +
                  "&fields=kapso(default)&since=" + net::segment(since_text(listing.since));
    if (listing.until) request.url += "&until=" + net::segment(until_text(*listing.until));
    if (listing.way == Way::inbound) request.url += "&direction=inbound";
    if (listing.way == Way::outbound) request.url += "&direction=outbound";
    if (!after.empty()) request.url += "&after=" + net::segment(after);
    request.headers = {{"X-API-Key", api_key}};
    request.deadline = History::deadline;
    return request;
}

History::Page page_of(const net::Result& result, const std::string& line) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) {
        return History::Failed{failure->reason, false, failure->too_large};
    }
    const auto& response = std::get<net::Response>(result);
    if (response.status != 200) {
        return History::Failed{net::describe(response.status, net::error_body(response.body))};
    }
    if (!is_list(response.body))
        return History::Failed{"the answer is no list of messages", false, true};
    auto list = read_message_list(response.body, line);
    if (list.cut_off) return History::Failed{"the list goes on, and no cursor says where"};
    leave_out_pages(list.items, response.body);
    list.at = net::parse_http_date(response.header("date"));
    return list;
}

History::History(net::Client& client, Turnstile& turnstile, std::string base_url,
                 std::string api_key)
    : client_(client),
      turnstile_(turnstile),
      base_url_(std::move(base_url)),
      api_key_(std::move(api_key)) {}

History::Page History::read(const Listing& listing, const std::string& after,
                            const std::stop_token& stop) const {
    const auto result =
        call_in_turn(client_, turnstile_, list_request(listing, after, base_url_, api_key_), stop);
    if (!result) return Failed{"shut down", true};
    return page_of(*result, listing.line);
}

}  // namespace kapso
