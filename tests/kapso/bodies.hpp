#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "describe.hpp"

/// Bodies to read, and short ways to look at what they say.
namespace bodies {

inline std::vector<kapso::Item> read(const std::string& body, const std::string& event = {}) {
    return kapso::read_payload(body, {.event = event, .idempotency_key = {}, .batch = {}});
}
template <class T>
T only(const std::vector<kapso::Item>& items) {
    if (items.size() != 1 || !std::holds_alternative<T>(items[0])) {
        ADD_FAILURE() << "not one item of this kind, but "
                      << testing::PrintToString(describe(items));
        return {};
    }
    return std::get<T>(items[0]);
}
inline std::string reason(const std::string& body, const std::string& event = {}) {
    return only<kapso::Unclear>(read(body, event)).reason;
}

inline const std::string received = "whatsapp.message.received";

/// A v2 event of a message; `message` holds further members, each with a comma before it.
inline std::string v2(const std::string& message,
                      const std::string& kapso = R"("direction":"inbound")") {
    return R"({"message":{"id":"wamid.1","timestamp":"1730092800","type":"text",)"
           R"("text":{"body":"Hi"},"kapso":{)" +
           kapso + "}" + message +
           R"(},"conversation":{"phone_number":"+15551234567","phone_number_id":"222",)"
           R"("kapso":{"contact_name":"Ann"}},"phone_number_id":"111"})";
}
/// A v2 event of our own message.
inline std::string ours(const std::string& statuses, const std::string& origin = "cloud_api") {
    return v2(
        "", R"("direction":"outbound","origin":")" + origin + R"(","statuses":[)" + statuses + "]");
}
/// Meta's envelope of one change; `value` holds its members.
inline std::string meta(const std::string& value, const std::string& field = "messages") {
    return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":")" +
           field +
           R"(","value":{"metadata":{"display_phone_number":"15550783881",)"
           R"("phone_number_id":"111"},)" +
           value + "}}]}]}";
}

}  // namespace bodies
