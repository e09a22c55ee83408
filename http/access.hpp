#pragma once

#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace http {

/// Who may call a route.
enum class Access {
    open,     // anybody
    webhook,  // anybody who signs: the handler checks the signature over the raw body
    local,    // programs and pages of this machine
    admin,    // the holder of the admin token; without one, as `local`
};

/// The answer to a caller who may not: 401 without the right Bearer token where one is configured;
/// else, and for local routes, 403 for all but direct calls from this machine to a local name. The
/// Host and Origin checks keep foreign web pages out that reach the loopback address through a
/// person's browser.
std::optional<Response> refusal(Access access, const Request& request, std::string_view token);

/// Whether "host" or "host:port" is localhost, 127.0.0.0/8 or [::1].
bool is_local_host(std::string_view host);
/// Whether a peer's address is a loopback one.
bool is_loopback(std::string_view address);

}  // namespace http
