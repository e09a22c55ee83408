#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "events/names.hpp"
#include "events/overloaded.hpp"
#include "kapso/payload.hpp"

/// An item in a few words, e.g. "inbound text", "status failed 131047", "ignored account_update".
inline std::string describe(const kapso::Item& item) {
    using namespace std::string_literals;
    constexpr const char* statuses[] = {"sent", "delivered", "read", "played", "failed"};
    return std::visit(
        events::Overloaded{
            [](const kapso::Inbound& in) {
                const auto source = in.message.source == events::Source::webhook
                                        ? ""s
                                        : std::string(events::name_of(in.message.source)) + " ";
                const auto group = in.contact.group.empty() ? ""s : "group "s;
                return "inbound " + source + group + std::string(events::name_of(in.message.kind));
            },
            [](const kapso::Outbound& out) {
                return "outbound"s + (out.via ? " " + std::string(events::name_of(*out.via)) : "") +
                       (out.history ? " history" : "");
            },
            [&](const kapso::Status& status) {
                return "status "s + statuses[static_cast<int>(status.kind)] +
                       (status.code ? " " + std::to_string(status.code) : "");
            },
            [](const kapso::Ignored& ignored) { return "ignored " + ignored.name; },
            [](const kapso::Unclear&) { return "unclear"s; }},
        item);
}

inline std::vector<std::string> describe(const std::vector<kapso::Item>& items) {
    std::vector<std::string> out;
    for (const auto& item : items) out.push_back(describe(item));
    return out;
}
