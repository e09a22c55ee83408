#pragma once

#include <string>

#include "http/message.hpp"

namespace sandbox {

/// What a fault of the send API does.
struct SendFault {
    bool sends = false;   // the message goes out all the same
    bool resets = false;  // the connection breaks instead of an answer
    bool slow = false;    // the answer comes late
    bool fails = false;   // the message fails after it was accepted
};

/// "none" and unknown names: sends.
SendFault send_fault(const std::string& name);
/// The answer where the fault has one of its own; status 200 where it has none.
http::Response fault_answer(const std::string& name);

/// Kapso's 429: more than `limit` calls in this minute, of which `seconds` are left.
http::Response rate_limit_exceeded(int limit, int seconds);
/// Meta's form of an error: {"error":{"message","type","code",...}}.
http::Response meta_error(int status, int code, const std::string& message,
                          const std::string& type = "OAuthException");
/// Kapso's own form: {"error":"..."}.
http::Response kapso_error(int status, const std::string& message);

}  // namespace sandbox
