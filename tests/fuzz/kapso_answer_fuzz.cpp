#include <cstdint>
#include <cstdlib>

#include "kapso/sender.hpp"
#include "kapso/webhook_watch.hpp"
#include "tests/fuzz/first_lines.hpp"

/// The first line is the status, the second the header that asks to wait, the third what is left of
/// the budget; the rest is the body. Taken for sent is only what has an id, for not sent only what
/// Kapso refused, and no answer stops the pace.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace conv = domain::conversation;
    FirstLines input(data, size);
    net::Response response;
    response.status = input.status();
    response.headers = {{"retry-after", input.line()}, {"x-ratelimit-remaining", input.line()}};
    response.body = input.rest();
    const bool taken = response.status >= 200 && response.status <= 299;
    const bool refused = response.status >= 300 && response.status <= 499;
    const auto outcome = kapso::outcome_of(response);
    if (const auto* accepted = std::get_if<conv::Accepted>(&outcome)) {
        if (!taken || accepted->wamid.empty()) std::abort();
    } else if (const auto* rejected = std::get_if<conv::Rejected>(&outcome)) {
        if (!refused || rejected->reason.empty()) std::abort();
        if (rejected->retry_after.value_or(events::seconds(0)).count() < 0) std::abort();
    } else if (std::get<conv::Uncertain>(outcome).reason.empty()) {
        std::abort();
    }
    const auto heard = kapso::heard_in(response);
    if (taken != (heard.kind == kapso::Heard::Kind::fine)) std::abort();
    if (heard.wait && heard.wait->count() < 0) std::abort();
    const auto webhooks = kapso::webhooks_of(response);
    const auto* why_not = std::get_if<std::string>(&webhooks);
    if (why_not != nullptr && why_not->empty()) std::abort();
    return 0;
}
