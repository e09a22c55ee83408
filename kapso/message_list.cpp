#include "kapso/message_list.hpp"

#include <nlohmann/json.hpp>

#include "events/overloaded.hpp"
#include "kapso/json.hpp"

namespace kapso {
namespace {

void complete(Contact& contact, const std::string& line) {
    if (contact.line.empty()) contact.line = line;
}

std::string cursor_of(std::string_view body) {
    try {
        const auto json = parse_json(body);
        return at(json, "paging", "next").is_null() ? "" : text(json, "paging", "cursors", "after");
    } catch (const Malformed&) {
        return {};  // the items say so
    }
}

}  // namespace

MessageList read_message_list(std::string_view body, const std::string& line) {
    MessageList list{read_payload(body, {}), cursor_of(body)};
    for (auto& item : list.items) {
        std::visit(events::Overloaded{
                       [&](Inbound& inbound) {
                           complete(inbound.contact, line);
                           if (inbound.message.source == events::Source::webhook) {
                               inbound.message.source = events::Source::backfill;
                           }
                       },
                       [&](Outbound& outbound) { complete(outbound.contact, line); },
                       [&](Status& status) { complete(status.contact, line); },
                       [](Ignored&) {},
                       [](Unclear&) {},
                   },
                   item);
    }
    return list;
}

}  // namespace kapso
