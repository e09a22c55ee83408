#include "bench/of_record/filled.hpp"

#include <atomic>
#include <semaphore>
#include <stdexcept>

#include "crypto/uuid.hpp"

namespace bench {
namespace {

using events::ConversationEvent;

constexpr int events_each = 100, events_of_turn = 5;
constexpr auto line = "100000000000001";

events::Time now() {
    return std::chrono::floor<events::Time::duration>(std::chrono::system_clock::now());
}

/// One conversation as it grows.
class Conversation {
public:
    explicit Conversation(std::int64_t number) : name_(std::to_string(number)) {
        append_.to =
            events::Person{line, "", {"34" + std::to_string(600'000'000 + number)}, "", true};
        add(events::ConversationOpened{line, "", "", "", "A customer"});
        while (turns_ < events_each / events_of_turn - 1) turn(++turns_);
    }
    events::Append take() { return std::move(append_); }
    /// What comes next in it.
    events::Append more() {
        append_.events.clear();
        for (int i = 0; i < events_each / events_of_turn; ++i) turn(++turns_);
        return append_;
    }

private:
    events::EventId add(ConversationEvent event, std::optional<events::TurnId> turn = {},
                        std::optional<events::AttemptId> attempt = {},
                        std::optional<events::EventId> id = {}) {
        append_.events.push_back({id.value_or(crypto::new_uuid()), std::move(event), now(), turn,
                                  attempt, events::When::always});
        return append_.events.back().id;
    }
    void turn(int number) {
        const auto wamid = "wamid." + name_ + "." + std::to_string(number);
        events::MessageReceived message;
        message.wamid = wamid;
        message.text = "What does it cost, and when does it arrive?";
        message.raw = R"({"id":"...","type":"text","text":{"body":"..."}})";
        const auto question = add(std::move(message));
        const auto turn = crypto::new_uuid(), attempt = crypto::new_uuid();
        events::SendRequested send;
        send.attempt = attempt;
        send.turn = turn;
        send.part = send.parts = send.try_number = 1;
        send.answers = {question};
        send.to = "34600000000";
        send.text = "It costs ten euros, and arrives within two days, wherever you are.";
        send.author = "ai";
        add(std::move(send), turn, {}, attempt);
        add(events::SendAccepted{turn, attempt, wamid + ".out"}, turn, attempt);
        events::MessageDelivered delivered;
        delivered.wamid = wamid + ".out";
        delivered.attempt = attempt;
        add(std::move(delivered), {}, attempt);
        events::MessageRead read;
        read.wamid = wamid + ".out";
        read.attempt = attempt;
        add(std::move(read), {}, attempt);
    }

    std::string name_;
    int turns_ = 0;
    events::Append append_;
};

}  // namespace

void fill(events::Log& log, std::int64_t events) {
    constexpr int at_once = 64;
    std::counting_semaphore<at_once> room(at_once);
    std::atomic<int> refused = 0;
    for (std::int64_t i = 0; i < events / events_each; ++i) {
        room.acquire();
        log.append(Conversation(i).take(), [&](const events::Appended& appended) {
            refused += appended.outcome != events::Outcome::appended;
            room.release();
        });
    }
    for (int i = 0; i < at_once; ++i) room.acquire();
    if (refused > 0) throw std::runtime_error("the log refused what it was filled with");
}

events::StreamId fill_one(events::Log& log, std::int64_t events) {
    Conversation one(299'999'999);  // nobody that `fill` has
    auto appended = events::append_now(log, one.take());
    for (std::int64_t count = events_each; count < events; count += events_each) {
        appended = events::append_now(log, one.more());
        if (appended.outcome != events::Outcome::appended) {
            throw std::runtime_error("the log refused what it was filled with");
        }
    }
    return appended.stream;
}

}  // namespace bench
