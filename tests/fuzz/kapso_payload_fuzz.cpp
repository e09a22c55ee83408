#include <cstdint>
#include <cstdlib>

#include "kapso/payload.hpp"
#include "tests/fuzz/first_lines.hpp"

/// The first line is the event's name in the header, the rest the body. Whatever comes in, there
/// is no exception, something becomes of it, and nothing that a conversation would take lacks what
/// it needs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FirstLines input(data, size);
    const kapso::Headers headers{.event = input.line(), .idempotency_key = {}, .batch = {}};
    const auto body = input.rest();
    const auto items = kapso::read_payload(body, headers);
    if (items.empty()) std::abort();
    for (const auto& item : items) {
        if (const auto* in = std::get_if<kapso::Inbound>(&item)) {
            const auto& who = in->contact;
            if (who.phone.empty() && who.bsuid.empty() && who.group.empty()) std::abort();
            if (in->message.text.empty() || in->message.raw.empty()) std::abort();
        }
        if (const auto* out = std::get_if<kapso::Outbound>(&item); out && out->wamid.empty()) {
            std::abort();
        }
    }
    return 0;
}
