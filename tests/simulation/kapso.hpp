#pragma once

#include <map>

#include "kapso/payload.hpp"
#include "kapso/sender.hpp"
#include "sandbox/bodies.hpp"
#include "tests/simulation/env.hpp"

namespace simulation {

/// A webhook as it is posted, and what it tells, for the oracle.
struct Webhook {
    std::string body;
    kapso::Headers headers;
    std::vector<std::string> inbound;                        // wamids of customers' messages
    std::vector<std::pair<std::string, std::string>> ticks;  // wamid and status
};

/// The simulated provider: keeps count of what it accepted, and tells of it late, twice and in any
/// order. Webhooks are repeated after 10, 40 and 90 s and then lost, as Kapso has it
/// (reference/kapso.md); its list of messages is complete, if late.
class Kapso {
public:
    /// `post` hands a webhook to the business; `answered` is told whether it said 200 in time.
    using Post = std::function<void(const Webhook&, std::function<void(bool)> answered)>;
    using Done = std::function<void(domain::conversation::SendOutcome)>;

    Kapso(Env& env, Post post) : env_(env), post_(std::move(post)) {}

    void customer_writes(const std::string& phone, const std::string& kind);
    /// A person answers in Kapso's inbox.
    void person_writes(const std::string& phone, const std::string& text);
    /// A status of a message that nobody sent, at an impossible time, with a key that isn't ours.
    void somebody_forges(const std::string& phone, const std::string& mark);
    /// The turn of a send by a process that may end before the answer: at once, later or not in
    /// time.
    void turn(Host& host, const std::string& to, std::function<void(kapso::Turn)> have);
    /// One page that holds all messages with this person (everybody's where it is empty) that are
    /// listed by now.
    std::string list(const std::string& phone, events::Time since) const;

    struct Sent {
        std::string mark, wamid, to, text;
        events::Time at;
    };
    /// Every send through the API that was accepted, in order.
    const std::vector<Sent>& accepted() const { return accepted_; }
    /// Wamids of customers' messages, and whether some webhook with it was answered 200.
    const std::map<std::string, bool>& customers() const { return customers_; }
    /// Statuses whose webhook was answered 200.
    const std::vector<std::pair<std::string, std::string>>& told_ticks() const { return told_; }
    int requests() const { return requests_; }

private:
    enum class Fate;
    struct Verdict;
    Fate next_fate();
    void send(Host& host, const kapso::Outgoing& message, Done done);
    void leave(Host& host, const kapso::Outgoing& message, const Done& done);
    Verdict arrive(Fate fate, const kapso::Outgoing& message);
    std::string accept(const std::string& mark, const std::string& to, const std::string& text);
    void report(std::size_t number);
    void tick(std::size_t number, const std::string& status);
    void deliver(const Webhook& webhook, int attempt);
    void spread(const Webhook& webhook);
    sandbox::Message& add(const std::string& phone, const std::string& text);
    Webhook webhook_of(const sandbox::Message& message, const std::string& event) const;

    Env& env_;
    Post post_;
    std::vector<sandbox::Message> messages_;
    std::map<std::string, std::vector<std::size_t>> batching_;  // by person, until the window ends
    std::vector<events::Time> listed_;                          // when each message is listed
    std::vector<Sent> accepted_;
    std::map<std::string, bool> customers_;
    std::vector<std::pair<std::string, std::string>> told_;
    int requests_ = 0, forged_ = 0;
};

}  // namespace simulation
