#include "sandbox/webhooks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "crypto/hash.hpp"
#include "crypto/uuid.hpp"
#include "kapso/signature.hpp"

namespace sandbox {
namespace {

using std::chrono::milliseconds;

constexpr std::array<int, 3> retry_delays{10'000, 40'000, 90'000};
constexpr milliseconds webhook_deadline{10'000};
constexpr std::size_t batch_at_most = 50;

milliseconds scaled(int delay_ms, double scale) {
    return milliseconds(std::llround(delay_ms * scale));
}

std::vector<std::string> ticks(const Switches& switches, bool fails) {
    std::vector<std::string> out{"sent"};
    out.emplace_back(fails ? "failed" : "delivered");
    if (switches.auto_read && !fails) out.emplace_back("read");
    if (switches.status_order == "reversed") std::ranges::reverse(out);
    return out;
}

std::string outcome_of(const net::Result& result) {
    if (const auto* response = std::get_if<net::Response>(&result)) {
        return std::to_string(response->status);
    }
    return "no answer: " + std::get<net::Failure>(result).reason;
}

}  // namespace

/// One webhook, ready to be sent as often as it takes.
struct Webhooks::Parcel {
    std::string event, key, body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<Message> received;  // what a 200 acknowledges
};

Webhooks::Webhooks(World& world, Later& later, Target target)
    : world_(world), later_(later), target_(std::move(target)), client_(net::make_client()) {}

bodies::Line Webhooks::line() const {
    return {target_.line, target_.phone, world_.switches().echo_key};
}

bodies::Entry Webhooks::entry(const Message& message) const {
    return {message, world_.count(message.peer)};
}

Webhooks::Parcel Webhooks::signed_parcel(std::string event, const Json& body) const {
    Parcel parcel;
    parcel.event = std::move(event);
    parcel.body = body.dump();
    const auto signature = kapso::signature_of(parcel.body, target_.secret);
    parcel.headers.emplace_back("Content-Type", "application/json");
    if (body.contains("object")) {  // Meta's own envelope has Meta's header
        parcel.key = crypto::hex(crypto::view(crypto::sha256(parcel.body)));
        parcel.headers.emplace_back("X-Hub-Signature-256", "sha256=" + signature);
    } else {
        parcel.key = crypto::random_uuid().text();
        parcel.headers.emplace_back("X-Webhook-Signature", signature);
        parcel.headers.emplace_back("X-Webhook-Event", parcel.event);
        const auto* version = body.contains("whatsapp_config") ? "v1" : "v2";
        parcel.headers.emplace_back("X-Webhook-Payload-Version", version);
    }
    parcel.headers.emplace_back("X-Idempotency-Key", parcel.key);
    return parcel;
}

Webhooks::Parcel Webhooks::parcel_of(const Message& message, const std::string& event) const {
    const auto shape = world_.switches().shape;
    const auto build = shape == "v1" ? bodies::v1 : shape == "meta" ? bodies::meta : bodies::v2;
    return signed_parcel("whatsapp.message." + event, build(entry(message), line()));
}

void Webhooks::received(const Message& message) {
    if (world_.switches().shape == "batch") return collect(message);
    auto parcel = parcel_of(message, "received");
    parcel.received = {message};
    post(std::move(parcel));
}

void Webhooks::ticked(const Message& message) {
    if (!world_.switches().statuses || message.history.empty()) return;
    post(parcel_of(message, message.history.back().first));
}

void Webhooks::follow(const Message& message, bool fails) {
    const auto switches = world_.switches();
    milliseconds delay{0};
    for (const auto& tick : ticks(switches, fails)) {
        delay += milliseconds(switches.status_delay);
        const int code = tick == "failed" ? switches.fail_code : 0;
        later_.after(delay, [this, wamid = message.wamid, tick, code] {
            if (const auto changed = world_.tick(wamid, tick, code)) ticked(*changed);
        });
    }
}

void Webhooks::collect(const Message& message) {
    bool is_first = false;
    bool is_full = false;
    {
        const std::lock_guard lock(mutex_);
        auto& batch = batches_[message.peer];
        is_first = batch.empty();
        batch.push_back(message);
        is_full = batch.size() >= batch_at_most;
    }
    const milliseconds window(world_.switches().batch_window);
    if (is_full) {
        flush(message.peer);
    } else if (is_first) {
        later_.after(window, [this, peer = message.peer] { flush(peer); });
    }
}

void Webhooks::flush(const std::string& peer) {
    std::vector<Message> messages;
    {
        const std::lock_guard lock(mutex_);
        const auto found = batches_.find(peer);
        if (found == batches_.end()) return;
        messages = std::move(found->second);
        batches_.erase(found);
    }
    std::vector<bodies::Entry> entries;
    for (const auto& message : messages) entries.push_back(entry(message));
    auto parcel = signed_parcel("whatsapp.message.received",
                                bodies::batch(entries, line(), world_.switches().batch_window));
    parcel.headers.emplace_back("X-Webhook-Batch", "true");
    parcel.headers.emplace_back("X-Batch-Size", std::to_string(messages.size()));
    parcel.received = std::move(messages);
    post(std::move(parcel));
}

void Webhooks::post(Parcel parcel) {
    const auto shared = std::make_shared<const Parcel>(std::move(parcel));
    const int copies = 1 + world_.switches().duplicates;
    for (int i = 0; i < copies; ++i) {
        attempt(shared, world_.note({0, shared->event, shared->key, 0, "on its way"}), 1);
    }
}

void Webhooks::attempt(const Shared& parcel, std::uint64_t delivery, int number) {
    if (!active()) {
        world_.note({delivery, parcel->event, parcel->key, number - 1, "the webhook is paused"});
        return;
    }
    net::Request request;
    request.url = target_.url;
    request.headers = parcel->headers;
    request.body = parcel->body;
    request.deadline = webhook_deadline;
    client_->send(std::move(request), [this, parcel, delivery, number](const net::Result& result) {
        finished(parcel, delivery, number, result);
    });
}

void Webhooks::finished(const Shared& parcel, std::uint64_t delivery, int number,
                        const net::Result& result) {
    const auto outcome = outcome_of(result);
    world_.note({delivery, parcel->event, parcel->key, number, outcome});
    if (world_.switches().pauses) pausing_.finished(outcome == "200");
    if (outcome == "200") {
        for (const auto& message : parcel->received) world_.acknowledge(message.wamid);
        return;
    }
    const auto tries = static_cast<std::size_t>(number);
    if (tries > retry_delays.size()) return give_up(*parcel);
    const auto delay = scaled(retry_delays[tries - 1], world_.switches().retry_scale);
    later_.after(delay,
                 [this, parcel, delivery, number] { attempt(parcel, delivery, number + 1); });
}

/// The messages of a batch that nobody took come one by one, under keys of their own.
void Webhooks::give_up(const Parcel& parcel) {
    const bool is_batch = std::ranges::count(parcel.headers, "X-Webhook-Batch",
                                             [](const auto& header) { return header.first; }) > 0;
    if (!is_batch) return;
    for (const auto& message : parcel.received) {
        auto single =
            signed_parcel("whatsapp.message.received", bodies::v2(entry(message), line()));
        single.received = {message};
        post(std::move(single));
    }
}

}  // namespace sandbox
