#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/switches.hpp"

namespace sandbox {

/// One message on the customers' phones.
struct Message {
    std::uint64_t number = 0;   // 1, 2, ...
    std::uint64_t version = 0;  // of its last change; no two changes have the same
    bool inbound = true;        // from a customer
    std::string peer;           // the customer: a phone in digits, or a BSUID ("US.123")
    std::string name;
    std::string wamid;
    std::string kind;                                           // text, image, ...
    std::string text;                                           // as a person would read it
    std::string object;                                         // the kind's object, as JSON
    std::string mark;                                           // biz_opaque_callback_data
    std::string quotes;                                         // the wamid that it quotes
    std::int64_t at = 0;                                        // Unix seconds
    std::string status;                                         // the furthest tick
    int code = 0;                                               // why it failed
    std::vector<std::pair<std::string, std::int64_t>> history;  // every tick, with its time
    int answers = 0;                                            // inbound: how many answers came
    bool acknowledged = false;  // inbound: its webhook was answered 200
};

/// One webhook on its way.
struct Delivery {
    std::uint64_t number = 0;
    std::string event, key;
    int attempts = 0;
    std::string outcome;  // "200", "503", "no answer: ..."
};

/// Whatever has changed after a version.
struct News {
    std::uint64_t version = 0;
    std::vector<Message> messages;
    std::vector<Delivery> deliveries;  // the last ones
    std::vector<std::string> typing;   // who sees "typing..."
};

/// What customers and business have told each other, and how the outside behaves. Bounded: the
/// oldest of so many messages make room. Any thread may call.
class World {
public:
    World(Switches switches, std::size_t messages_at_most)
        : switches_(std::move(switches)), messages_at_most_(messages_at_most) {}

    Switches switches() const;
    /// What is wrong with the JSON; empty where it was taken.
    std::string change_switches(std::string_view json);
    /// The fault for this send, model call or list, counted down.
    std::string take_send_fault();
    std::string take_model_fault();
    std::string take_list_fault();

    /// Number, version and wamid are filled in. A reply is attributed to what it answers.
    Message add(Message message);
    /// A tick for a message of the business; std::nullopt for unknown ones.
    std::optional<Message> tick(const std::string& wamid, const std::string& status, int code = 0);
    void acknowledge(const std::string& wamid);
    /// False where no customer wrote such a message. With `typing`, for 25 s.
    bool business_read(const std::string& wamid, bool typing);

    std::optional<Message> find(const std::string& wamid) const;
    /// The messages of the business that this customer has got and not read.
    std::vector<std::string> unread(const std::string& peer) const;
    /// Unix seconds of the customer's last message.
    std::optional<std::int64_t> last_inbound(const std::string& peer) const;
    /// How many messages this customer and the business have exchanged.
    std::size_t count(const std::string& peer) const;
    News since(std::uint64_t version) const;
    std::vector<Message> all() const;
    /// Of the messages with lower numbers those that fit, the newest first, `most` at most.
    std::vector<Message> before(std::uint64_t number, std::size_t most,
                                const std::function<bool(const Message&)>& fits) const;

    /// One send per recipient at a time: false where another is in progress.
    bool begin_send(const std::string& peer);
    void end_send(const std::string& peer);

    /// Number 0 for a new one; returns its number.
    std::uint64_t note(Delivery delivery);

private:
    Message* at(const std::string& wamid);
    const Message* at(const std::string& wamid) const;
    void attribute(const Message& answer);
    void touch(Message& message) { message.version = ++version_; }
    void forget_oldest();

    mutable std::mutex mutex_;
    Switches switches_;
    const std::size_t messages_at_most_;
    std::uint64_t version_ = 0;
    std::uint64_t first_ = 1;  // the number of messages_.front()
    std::deque<Message> messages_;
    std::map<std::string, std::uint64_t> by_wamid_;
    std::map<std::string, std::deque<std::uint64_t>> by_peer_;
    std::map<std::string, std::int64_t> typing_until_;
    std::set<std::string> sending_;
    std::deque<Delivery> deliveries_;
    std::uint64_t delivery_ = 0;
};

/// Unix seconds, from the machine's clock.
std::int64_t now_seconds();

}  // namespace sandbox
