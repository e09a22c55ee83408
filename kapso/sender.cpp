#include "kapso/sender.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "domain/identity.hpp"
#include "kapso/errors.hpp"
#include "net/error_body.hpp"
#include "net/retry_after.hpp"
#include "net/target.hpp"

namespace kapso {
namespace {

using Json = nlohmann::json;
using domain::conversation::Accepted;
using domain::conversation::Rejected;
using domain::conversation::SendOutcome;
using domain::conversation::Uncertain;

/// The id of the accepted message; empty where the body holds none.
std::string accepted_id(const std::string& body) {
    const auto json = Json::parse(body, nullptr, false);
    const Json::json_pointer place("/messages/0/id");
    if (!json.is_object() || !json.contains(place)) return {};
    const auto& id = json.at(place);
    return id.is_string() ? id.get<std::string>() : std::string();
}

SendOutcome answered(const net::Response& response) {
    auto id = accepted_id(response.body);
    if (!id.empty()) return Accepted{std::move(id)};
    return Uncertain{std::to_string(response.status) + " without the message's id"};
}

/// Kapso refuses before it sends with 409 (another send to this person is in flight) and 429.
Remedy remedy_of(int status, const ErrorRow* row) {
    if (row != nullptr) return row->remedy;
    if (status == 408) return Remedy::unknown;  // proxies say so too after they passed it on
    return status == 409 || status == 429 ? Remedy::later : Remedy::never;
}

SendOutcome refused(const net::Response& response) {
    const auto error = net::error_body(response.body);
    const auto* row = error.code ? error_row(*error.code) : nullptr;
    auto reason = net::describe(response.status, error);
    if (row != nullptr) reason += " (" + std::string(row->meaning) + ")";
    const auto remedy = remedy_of(response.status, row);
    if (remedy == Remedy::unknown) return Uncertain{std::move(reason)};
    Rejected out{std::move(reason), error.code.value_or(response.status), remedy == Remedy::later,
                 std::nullopt};
    if (const auto wait = net::retry_after(response); wait && out.may_retry) {
        out.retry_after = std::chrono::ceil<events::seconds>(*wait);
    }
    return out;
}

/// A pass that is given back where it isn't used.
class Held {
public:
    explicit Held(Turnstile::Pass pass) : pass_(std::move(pass)) {}
    ~Held() {
        if (!taken_) pass_.give_back();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    const Turnstile::Pass& take() {
        if (taken_.exchange(true)) throw std::logic_error("a turn is for one send");
        return pass_;
    }

private:
    Turnstile::Pass pass_;
    std::atomic<bool> taken_ = false;
};

}  // namespace

net::Request request_of(const Outgoing& message, std::string_view base_url,
                        const std::string& api_key) {
    Json body{{"messaging_product", "whatsapp"},
              {"recipient_type", "individual"},
              {"type", "text"},
              {"text", {{"body", message.text}}}};
    if (domain::is_phone(message.to)) {
        body["to"] = domain::digits_of(message.to);
    } else {
        body["recipient"] = message.to;
    }
    if (!message.mark.empty()) body["biz_opaque_callback_data"] = message.mark;
    while (base_url.ends_with('/')) base_url.remove_suffix(1);
    net::Request request;
    request.url = std::string(base_url) + "/" + net::segment(message.line) + "/messages";
    request.headers = {{"X-API-Key", api_key}, {"Content-Type", "application/json"}};
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.deadline = domain::conversation::send_deadline;
    request.once = true;
    request.may_start = message.may_start;
    return request;
}

SendOutcome outcome_of(const net::Response& response) {
    if (response.status >= 200 && response.status <= 299) return answered(response);
    if (response.status >= 300 && response.status <= 499) return refused(response);
    return Uncertain{net::describe(response.status, net::error_body(response.body))};
}

SendOutcome outcome_of(const net::Failure& failure) {
    if (failure.sent) return Uncertain{failure.reason};
    // Whoever holds the lease when this one has run out (10 s, DESIGN 3) tries again.
    if (failure.not_started) return Rejected{failure.reason, 0, true, events::seconds(10)};
    return Rejected{failure.reason, 0, true, std::nullopt};
}

Pair pair_of(const std::string& line, const std::string& to) {
    return {line, domain::is_phone(to) ? domain::canonical_phone(to) : to};
}

Rejected outcome_of(const Pace::Refusal& refusal) {
    return {"paced: " + refusal.why, events::held_back, true,
            std::chrono::ceil<events::seconds>(refusal.wait)};
}

Sender::Sender(net::Client& client, Turnstile& turnstile, std::string base_url, std::string api_key)
    : client_(client),
      turnstile_(turnstile),
      base_url_(std::move(base_url)),
      api_key_(std::move(api_key)) {}

void Sender::turn(const std::string& line, const std::string& to, std::size_t bytes,
                  std::function<void(Turn)> have) const {
    const auto shared = std::make_shared<const std::function<void(Turn)>>(std::move(have));
    auto go = [this_one = *this, shared](const Turnstile::Pass& pass) {
        (*shared)([this_one, held = std::make_shared<Held>(pass)](
                      const Outgoing& message, std::function<void(SendOutcome)> done) {
            this_one.send(message, held->take(), std::move(done));
        });
    };
    auto refuse = [shared](const Pace::Refusal& refusal) {
        (*shared)(
            [outcome = outcome_of(refusal)](
                const Outgoing&, const std::function<void(SendOutcome)>& done) { done(outcome); });
    };
    turnstile_.send(pair_of(line, to), bytes, std::move(go), std::move(refuse));
}

void Sender::send(const Outgoing& message, const Turnstile::Pass& pass,
                  std::function<void(SendOutcome)> done) const {
    client_.send(request_of(message, base_url_, api_key_), [done = std::move(done),
                                                            pass](const net::Result& result) {
        const auto wait = std::chrono::ceil<events::seconds>(pass.answered(result));
        auto outcome = std::visit([](const auto& r) { return outcome_of(r); }, result);
        auto* rejected = std::get_if<Rejected>(&outcome);
        if (rejected != nullptr && rejected->may_retry && wait.count() > 0) {
            rejected->retry_after = std::max(rejected->retry_after.value_or(wait), wait);
        }
        done(std::move(outcome));
    });
}

}  // namespace kapso
