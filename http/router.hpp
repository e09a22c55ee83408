#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/access.hpp"
#include "http/message.hpp"

namespace http {

/// Answers through `respond`, at once or later; what it throws becomes 500.
using Handler = std::function<void(Request request, Respond respond)>;

/// One row of the table of what can be called.
struct Route {
    std::string method;
    std::string pattern;  // "/api/conversations/{id}": a {name} stands for one segment, not empty
    Access access = Access::admin;
    Handler handler;
    /// The handler waits for something (a disk, a database): it runs on the worker pool, not on the
    /// thread that serves every connection.
    bool blocks = false;
    /// How long the caller waits, where that is less than the server's own limit; then 503, for it
    /// sends the same again.
    std::optional<std::chrono::milliseconds> patience{};
};

/// Finds the row for a request. Patterns are tried in order; HEAD goes to the row for GET.
class Router {
public:
    struct Match {
        const Route* route;
        std::map<std::string, std::string> params;
    };

    explicit Router(std::vector<Route> routes);
    /// `path` with its percent-encoding. Else the answer: 404, or 405 with Allow.
    std::variant<Match, Response> find(std::string_view method, std::string_view path) const;

private:
    struct Row {
        Route route;
        std::vector<std::string> segments;
    };
    std::vector<Row> rows_;
};

}  // namespace http
