#include <cstdint>
#include <cstdlib>

#include "kapso/history.hpp"

/// A page of the provider's list: nothing that a conversation would take lacks what it needs, all
/// of it is of a line, and what is no page says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    net::Response response{.status = 200, .headers = {}, .body = {}};
    response.body.assign(reinterpret_cast<const char*>(data), size);
    const auto page = kapso::page_of(response, "106540352242922");
    if (const auto* failed = std::get_if<kapso::History::Failed>(&page)) {
        if (failed->reason.empty()) std::abort();
        return 0;
    }
    const auto& list = std::get<kapso::MessageList>(page);
    if (list.cut_off) std::abort();
    for (const auto& item : list.items) {
        if (const auto* in = std::get_if<kapso::Inbound>(&item)) {
            const auto& who = in->contact;
            if (who.line.empty()) std::abort();
            if (who.phone.empty() && who.bsuid.empty() && who.group.empty()) std::abort();
            if (in->message.source == events::Source::webhook) std::abort();
        }
        if (const auto* out = std::get_if<kapso::Outbound>(&item)) {
            if (out->wamid.empty() || out->contact.line.empty()) std::abort();
        }
    }
    return 0;
}
