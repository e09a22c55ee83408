#include "kapso/message_list.hpp"

#include <nlohmann/json.hpp>

#include "events/overloaded.hpp"
#include "kapso/json.hpp"

namespace kapso {
namespace {

void complete(Contact& contact, const std::string& line) {
    if (contact.line.empty()) contact.line = line;
}

void read_paging(std::string_view body, MessageList& list) {
    try {
        const auto json = parse_json(body);
        if (at(json, "paging", "next").is_null()) return;
        list.after = text(json, "paging", "cursors", "after");
        list.cut_off = list.after.empty();
    } catch (const Malformed&) {
        return;  // the items say so
    }
}

/// A webhook's name tells whose message it brings; in a list only the entry itself does.
bool names_no_direction(const Item& item) {
    const auto* inbound = std::get_if<Inbound>(&item);
    if (inbound == nullptr) return false;
    try {
        return text(parse_json(inbound->message.raw), "kapso", "direction").empty();
    } catch (const Malformed&) {
        return true;
    }
}

}  // namespace

MessageList read_message_list(std::string_view body, const std::string& line) {
    MessageList list{read_payload(body, {})};
    read_paging(body, list);
    for (auto& item : list.items) {
        if (names_no_direction(item)) {
            item = Unclear{"an entry that says of nobody who wrote it: kapso.direction is missing",
                           std::get<Inbound>(item).message.raw};
        }
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
