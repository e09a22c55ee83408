#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "sandbox/bodies.hpp"
#include "sandbox/later.hpp"
#include "sandbox/pausing.hpp"
#include "sandbox/world.hpp"

namespace sandbox {

/// Tells the product what happens, as Kapso does: signed, and again after 10, 40 and 90 s (by the
/// switch `retry_scale`) under the same key until it gets a 200 within 10 s. Webhooks leave in
/// their order, but none waits for another: on the way one may overtake another, as Kapso's ticks
/// may. Nothing goes out, nor is it made up for, while the webhook is switched off.
class Webhooks {
public:
    struct Target {
        std::string url, secret, line, phone;
    };
    Webhooks(World& world, Later& later, Target target);

    /// A customer wrote.
    void received(const Message& message);
    /// The message's last tick.
    void ticked(const Message& message);
    /// What becomes of a message that the business sent: its ticks, one after the other.
    void follow(const Message& message, bool fails);

    bool active() const { return pausing_.active(); }
    void set_active(bool active) { pausing_.set_active(active); }
    const Target& target() const { return target_; }

private:
    struct Parcel;
    using Shared = std::shared_ptr<const Parcel>;

    bodies::Line line() const;
    bodies::Entry entry(const Message& message) const;
    Parcel parcel_of(const Message& message, const std::string& event) const;
    Parcel signed_parcel(std::string event, const Json& body) const;
    void collect(const Message& message);
    void flush(const std::string& peer);
    void post(Parcel parcel);
    void attempt(const Shared& parcel, std::uint64_t delivery, int number);
    void finished(const Shared& parcel, std::uint64_t delivery, int number,
                  const net::Result& result);
    void give_up(const Parcel& parcel);

    World& world_;
    Later& later_;
    const Target target_;
    Pausing pausing_;
    std::mutex mutex_;
    std::map<std::string, std::vector<Message>>
        batches_;                          // by customer, while their window is open
    std::unique_ptr<net::Client> client_;  // last: its callbacks use all the others
};

}  // namespace sandbox
