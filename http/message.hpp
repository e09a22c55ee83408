#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

/// One request, read whole. Names and values of the query and of path segments are decoded.
struct Request {
    std::string method;                         // "GET"; HEAD stays HEAD
    std::string path;                           // as sent, percent-encoding kept
    std::map<std::string, std::string> query;   // the last value where a name comes twice
    std::map<std::string, std::string> params;  // the {name} segments of the route's pattern
    std::map<std::string, std::string>
        headers;  // names in lower case; repeated ones joined by ", "
    std::string body;
    std::string peer;  // the caller's address without its port, "127.0.0.1" or "::1"
    /// When its first byte came.
    std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();

    /// A header's value, named in lower case; empty where there is none.
    std::string_view header(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // For the sandbox, which plays a bad network.
    bool reset = false;       // nothing is sent, and the connection breaks
    std::size_t missing = 0;  // so many bytes of the end are never sent, and the connection breaks
    bool drips = false;       // a byte every tenth of a second
};

/// `body` is JSON already.
Response json(std::string body, int status = 200);
/// Plain text in UTF-8.
Response text(std::string body, int status = 200);
/// {"error":{"code":...,"message":...}}; `code` is for programs, `message` says how to mend it.
Response error(int status, std::string_view code, std::string_view message);

/// Answers one request, from any thread, at once or later. The first call counts; where all copies
/// are gone without one, the caller gets 500, so that no request is left waiting.
class Respond {
public:
    explicit Respond(std::function<void(Response)> send);
    void operator()(Response response) const;

private:
    struct Once;
    std::shared_ptr<Once> once_;
};

/// Splits a request's target ("/a/b?c=d", or a whole URL) into path and query; false where it is
/// malformed.
bool read_target(std::string_view target, Request& request);

}  // namespace http
