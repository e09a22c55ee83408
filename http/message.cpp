#include "http/message.hpp"

#include <atomic>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <nlohmann/json.hpp>

namespace http {

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

Response json(std::string body, int status) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Response text(std::string body, int status) {
    auto response = json(std::move(body), status);
    response.content_type = "text/plain; charset=utf-8";
    return response;
}

Response error(int status, std::string_view code, std::string_view message) {
    const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
    // What a caller sent may be quoted in the message, and need not be valid UTF-8.
    return json(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), status);
}

struct Respond::Once {
    explicit Once(std::function<void(Response)> send_response) : send(std::move(send_response)) {}
    Once(const Once&) = delete;
    ~Once() {
        if (!done) send(error(500, "no_answer", "the request was dropped without an answer"));
    }
    std::function<void(Response)> send;
    std::atomic<bool> done = false;
};

Respond::Respond(std::function<void(Response)> send)
    : once_(std::make_shared<Once>(std::move(send))) {}

void Respond::operator()(Response response) const {
    if (!once_->done.exchange(true)) once_->send(std::move(response));
}

bool read_target(std::string_view target, Request& request) {
    const auto parsed = target.starts_with('/') ? boost::urls::parse_origin_form(target)
                                                : boost::urls::parse_uri(target);
    if (!parsed) return false;
    request.path = std::string(parsed->encoded_path());
    for (const auto& param : parsed->params()) request.query[param.key] = param.value;
    return true;
}

}  // namespace http
