#include "tests/simulation/kapso.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace simulation {
namespace {

using namespace std::chrono_literals;
using domain::conversation::SendOutcome;

constexpr std::array<Span, 3> retries{10s, 40s, 90s};  // reference/kapso.md 3
constexpr Span webhook_patience = 10s;
constexpr Span batch_window = 2s;

std::int64_t unix_seconds(events::Time time) { return events::micros(time) / 1'000'000; }

net::Response response(int status, std::string body) {
    return {status, {{"content-type", "application/json"}}, std::move(body)};
}
net::Response accepted_response(const std::string& wamid) {
    return response(200,
                    R"({"messaging_product":"whatsapp","messages":[{"id":")" + wamid + "\"}]}");
}

}  // namespace

enum class Kapso::Fate {
    accepted,
    accepted_late,
    accepted_reset,
    accepted_gateway_error,
    accepted_without_id,
    accepted_never_answered,
    refused_busy,
    refused_pace,
    refused_for_good,
    reset_before,
    connection_refused,
    never
};

/// What the client sees; nothing where it waits in vain.
struct Kapso::Verdict {
    std::optional<SendOutcome> outcome;
    Span way;
};

Kapso::Fate Kapso::next_fate() {
    if (!env_.strikes(env_.plan.send_faults)) return Fate::accepted;
    return static_cast<Fate>(env_.random.between(1, static_cast<int>(Fate::never)));
}

void Kapso::turn(Host& host, const std::string& to, std::function<void(kapso::Turn)> have) {
    const bool paced = env_.strikes(5);
    host.after(env_.strikes(20) ? env_.random.span(0s, 20s) : 0s, [=, this, &host] {
        if (paced) {
            env_.tell([&] { return "a send to " + to + " has no turn"; });
            return have([this](const kapso::Outgoing&, const Done& done) {
                done(kapso::outcome_of(kapso::Pace::Refusal{"no turn", env_.random.span(1s, 60s)}));
            });
        }
        have([this, &host](const kapso::Outgoing& message, Done done) {
            send(host, message, std::move(done));
        });
    });
}

/// Directly before its first byte, for which it may have to connect, the sender is asked once more.
void Kapso::send(Host& host, const kapso::Outgoing& message, Done done) {
    host.after(env_.strikes(10) ? env_.random.span(0s, 20s) : 0s, [=, this, &host] {
        if (!message.may_start || message.may_start()) return leave(host, message, done);
        env_.tell([&] { return "a send to " + message.to + " may not start"; });
        done(domain::conversation::Rejected{"the lease ends", 0, true, {}});
    });
}

void Kapso::leave(Host& host, const kapso::Outgoing& message, const Done& done) {
    ++requests_;
    const auto fate = next_fate();
    env_.tell([&] {
        return "send to " + message.to + " \"" + message.text.substr(0, 40) + "\" mark " +
               message.mark.substr(0, 74) + ", fate " + std::to_string(static_cast<int>(fate));
    });
    const auto answered = std::make_shared<bool>(false);
    const auto once = [answered, done](const SendOutcome& outcome) {
        if (!std::exchange(*answered, true)) done(outcome);
    };
    const auto way = env_.random.span(5ms, fate == Fate::accepted ? 1s : 20s);
    const auto verdict = std::make_shared<Verdict>();
    env_.timeline.after(way, [=, this] { *verdict = arrive(fate, message); });
    host.after(way, [=, &host] {
        if (!verdict->outcome) return;
        host.after(verdict->way, [=] { once(*verdict->outcome); });
    });
    // The client's own deadline; now and then not even that comes back.
    if (env_.strikes(fate == Fate::never ? 50 : 0)) return;
    host.after(domain::conversation::send_deadline, [=] {
        once(kapso::outcome_of(net::Failure{true, "the deadline passed"}));
    });
}

Kapso::Verdict Kapso::arrive(Fate fate, const kapso::Outgoing& message) {
    const auto way = env_.random.span(5ms, 2s);
    const auto accepted = [&] { return accept(message.mark, message.to, message.text); };
    switch (fate) {
        case Fate::accepted:
            return {kapso::outcome_of(accepted_response(accepted())), way};
        case Fate::accepted_late:
            return {kapso::outcome_of(accepted_response(accepted())), way + 31s};
        case Fate::accepted_reset:
            accepted();
            return {kapso::outcome_of(net::Failure{true, "reset by peer"}), way};
        case Fate::accepted_gateway_error:
            accepted();
            return {kapso::outcome_of(response(504, "{}")), way};
        case Fate::accepted_without_id:
            accepted();
            return {kapso::outcome_of(response(200, "{}")), way};
        case Fate::accepted_never_answered:
            accepted();
            return {std::nullopt, way};
        case Fate::refused_busy:
            return {kapso::outcome_of(response(409, R"({"error":"in flight"})")), way};
        case Fate::refused_pace:
            return {kapso::outcome_of(response(429, R"({"error":"slow down"})")), way};
        case Fate::refused_for_good:
            return {kapso::outcome_of(response(400, R"({"error":{"code":131026}})")), way};
        case Fate::reset_before:
            return {kapso::outcome_of(net::Failure{true, "reset by peer"}), way};
        case Fate::connection_refused:
            return {kapso::outcome_of(net::Failure{false, "refused", true}), way};
        case Fate::never:
            break;
    }
    return {std::nullopt, way};
}

sandbox::Message& Kapso::add(const std::string& phone, const std::string& text) {
    sandbox::Message message;
    message.number = messages_.size() + 1;
    message.peer = phone;
    message.name = "Ana";
    // Two neighbours differ in case alone.
    message.wamid = (message.number % 2 == 0 ? "wamid.a" : "wamid.A") +
                    std::to_string((message.number + 1) / 2);
    message.kind = "text";
    message.text = text;
    message.object = nlohmann::json{{"body", text}}.dump();
    message.at = unix_seconds(env_.timeline.now());
    messages_.push_back(std::move(message));
    listed_.push_back(env_.timeline.now() + env_.random.span(10ms, 20s));
    return messages_.back();
}

std::string Kapso::accept(const std::string& mark, const std::string& to, const std::string& text) {
    auto& message = add(to, text);
    message.inbound = false;
    message.mark = mark;
    message.status = "accepted";
    env_.tell([&] { return "Kapso accepts " + message.wamid + " for " + mark; });
    if (!mark.empty()) {
        accepted_.push_back({mark, message.wamid, to, text, env_.timeline.now()});
    }
    report(messages_.size() - 1);
    return message.wamid;
}

/// Statuses come in any order, and now and then before the answer to the POST.
void Kapso::report(std::size_t number) {
    const bool fails = env_.strikes(10);
    for (const auto* status : {"sent", "delivered", "read", "failed"}) {
        const bool comes = std::string_view(status) == "failed" ? fails : !fails;
        if (!comes || env_.strikes(15)) continue;
        env_.timeline.after(env_.random.span(1ms, 60s), [=, this] { tick(number, status); });
    }
}

void Kapso::tick(std::size_t number, const std::string& status) {
    auto& message = messages_[number];
    message.history.emplace_back(status, unix_seconds(env_.timeline.now()));
    message.status = status;
    if (status == "failed") message.code = 131026;
    auto told = webhook_of(message, "whatsapp.message." + status);
    for (const auto& [past, at] : message.history) told.ticks.emplace_back(message.wamid, past);
    spread(told);
}

Webhook Kapso::webhook_of(const sandbox::Message& message, const std::string& event) const {
    const sandbox::bodies::Line line{"line", "34600000000", env_.plan.echo};
    return {sandbox::bodies::v2({message, 2}, line).dump(), {event, message.wamid + event, ""}};
}

void Kapso::customer_writes(const std::string& phone, const std::string& kind) {
    auto& message = add(phone, "m" + std::to_string(messages_.size() + 1));
    if (kind != "text") {
        message.kind = kind;
        message.object = kind == "reaction"
                             ? nlohmann::json{{"emoji", "x"}, {"message_id", "wamid.1"}}.dump()
                             : sandbox::bodies::object_of(kind, message.text).dump();
    }
    customers_[message.wamid] = false;
    env_.tell([&] { return "customer " + phone + " writes " + message.wamid + " (" + kind + ")"; });
    const auto number = messages_.size() - 1;
    if (!env_.random.chance(15) && !batching_.contains(phone)) {
        auto webhook = webhook_of(message, "whatsapp.message.received");
        webhook.inbound = {message.wamid};
        return spread(webhook);
    }
    batching_[phone].push_back(number);
    if (batching_[phone].size() > 1) return;
    env_.timeline.after(batch_window, [this, phone] {
        const sandbox::bodies::Line line{"line", "34600000000", env_.plan.echo};
        Webhook webhook{{}, {"whatsapp.message.received", "", "true"}};
        std::vector<sandbox::bodies::Entry> entries;
        for (const auto one : std::exchange(batching_[phone], {})) {
            entries.push_back({messages_[one], 2});
            webhook.inbound.push_back(messages_[one].wamid);
        }
        batching_.erase(phone);
        webhook.body = sandbox::bodies::batch(entries, line, 2'000).dump();
        webhook.headers.idempotency_key = "batch-" + webhook.inbound.front();
        spread(webhook);
    });
}

void Kapso::person_writes(const std::string& phone, const std::string& text) {
    env_.tell([&] { return "a person writes to " + phone + ": " + text; });
    accept("", phone, text);
}

void Kapso::somebody_forges(const std::string& phone, const std::string& mark) {
    sandbox::Message message;
    message.inbound = false;
    message.peer = phone;
    message.wamid = "wamid.unknown." + std::to_string(++forged_);
    message.kind = "text";
    message.object = R"({"body":"?"})";
    message.mark = mark + "forged";
    message.history = {
        {"delivered", env_.random.pick(std::vector<std::int64_t>{0, 1, 99'999'999'999})}};
    auto webhook = webhook_of(message, "whatsapp.message.delivered");
    webhook.ticks = {{message.wamid, "delivered"}};
    spread(webhook);
}

/// Delivered late, and perhaps twice.
void Kapso::spread(const Webhook& webhook) {
    const int times = env_.strikes(env_.plan.webhook_faults) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
        env_.timeline.after(env_.random.span(1ms, env_.quiet ? 100ms : 5s),
                            [=, this] { deliver(webhook, 0); });
    }
}

void Kapso::deliver(const Webhook& webhook, int attempt) {
    const auto over = std::make_shared<bool>(false);
    const auto again = [=, this] {
        if (static_cast<std::size_t>(attempt) == retries.size()) {
            return env_.tell(
                [&] { return "a webhook is lost: " + webhook.headers.idempotency_key; });
        }
        env_.timeline.after(retries[static_cast<std::size_t>(attempt)],
                            [=, this] { deliver(webhook, attempt + 1); });
    };
    const auto end = [=, this](bool ok) {
        if (std::exchange(*over, true)) return;
        if (!ok) return again();
        for (const auto& wamid : webhook.inbound) customers_[wamid] = true;
        told_.insert(told_.end(), webhook.ticks.begin(), webhook.ticks.end());
    };
    env_.timeline.after(webhook_patience, [=] { end(false); });
    post_(webhook, end);
}

std::string Kapso::list(const std::string& phone, events::Time since) const {
    const sandbox::bodies::Line line{"line", "34600000000", env_.plan.echo};
    auto data = nlohmann::json::array();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        const auto& one = messages_[i];
        if (!phone.empty() && one.peer != phone) continue;
        if (one.at < unix_seconds(since) || listed_[i] > env_.timeline.now()) continue;
        data.push_back(sandbox::bodies::listed(one, line));
    }
    return nlohmann::json{{"data", data}, {"paging", {{"cursors", {{"after", "x"}}}}}}.dump();
}

}  // namespace simulation
