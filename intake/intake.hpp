#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/deliveries.hpp"
#include "events/keys.hpp"
#include "events/log.hpp"
#include "kapso/payload.hpp"

namespace intake {

struct Context;
class Progress;

/// What became of the items of one body.
struct Receipt {
    std::size_t appended = 0;  // new facts
    std::size_t repeated = 0;  // facts that the log had
    std::size_t kept = 0;      // deliveries: not understood, not routable, or other content
    std::size_t ignored = 0;   // nothing that a conversation needs
    /// False where something could not be stored: the sender must try again.
    bool stored = true;
    /// Streams that a fact was not put into though one of its person's names leads there: another
    /// name led to another stream, or it had come under another name before.
    std::vector<events::StreamId> passed_by{};
};

/// Bytes -> facts -> log (DESIGN 1). Serves webhooks, backfill and replay alike.
class Intake {
public:
    struct Options {
        std::string default_line;
        events::Source source = events::Source::webhook;
        /// DEBUG_WEBHOOK: says what every body was taken for.
        bool debug = false;
        /// Runs blocking work soon, on a thread that may block; false where it can't.
        std::function<bool(std::function<void()>)> run = {};
    };
    Intake(events::Log& log, const events::Keys& keys, db::Deliveries& deliveries, Options options);

    using Clock = std::chrono::steady_clock;
    /// Takes one body whose signature was checked. Blocks for look-ups, not for the commit; `done`
    /// comes exactly once, on any thread, when all of it is durable or can't be. What the body has
    /// waited since it `arrived` counts against what it may wait for the log.
    void take(std::string body, kapso::Headers headers, std::function<void(Receipt)> done,
              Clock::time_point arrived = Clock::now());
    /// The same, waiting for the answer.
    Receipt take_now(std::string body, kapso::Headers headers);
    /// Takes what the provider lists, in this order, as facts of the source backfill; blocks until
    /// all of it is durable or can't be. The list is read again and again: what the log has is
    /// looked up, and not appended again in front of webhooks; what it can't place is counted and
    /// no more; and entries without an id are passed over, for nothing would tell them from those
    /// of the last reading.
    Receipt take_listed(const std::vector<kapso::Item>& items);

    /// A webhook named a message by an id of Kapso's own (its old payload version 1 does), which
    /// the list doesn't show: that message would be taken for another one there.
    bool knows_foreign_ids() const { return foreign_ids_; }
    /// The same, found out from what the log holds.
    void note_foreign_ids() { foreign_ids_ = true; }

    /// How often something was seen since the start, by name ("ignored account_update").
    std::map<std::string, std::uint64_t> counts() const;

private:
    class Body;
    using Read = std::function<std::vector<kapso::Item>()>;
    Receipt take_now(const std::shared_ptr<Body>& body, const Read& read);
    std::vector<kapso::Item> read(const Body& body) const;
    void submit(const std::shared_ptr<Body>& body, const Read& read);
    void place_all(const std::shared_ptr<Body>& body, const std::vector<kapso::Item>& items);
    void place(const std::shared_ptr<Body>& body, const Context& context, const kapso::Item& item,
               std::size_t index);
    bool stands_where_it_belongs(const events::Append& append) const;
    std::optional<events::StreamId> only_stream_of(const events::Person& person) const;
    bool is_passed_over(const Body& body, const std::string& message_id);
    void put_aside(Body& body, std::size_t index, const std::string& reason,
                   const std::string& raw);
    void settle(Body& body);
    bool keep_whole(Body& body, const std::string& reason);
    bool keep(Body& body, const std::string& reason, const std::string& raw);
    void link(const Body& body, const events::StreamId& one, const events::StreamId& other);
    static std::chrono::milliseconds waited(const Body& body);
    events::Appended append_now(const Body& body, events::StreamId stream, events::NewEvent event);
    void count(const std::string& name);

    events::Log& log_;
    const events::Keys& keys_;
    db::Deliveries& deliveries_;
    Options options_;
    const std::shared_ptr<Progress> progress_;
    std::atomic<bool> foreign_ids_ = false;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> counts_;
};

/// Whether a message's id is a UUID, as Kapso's own are; WhatsApp's begin with "wamid.".
bool is_foreign_id(std::string_view message_id);

/// A kept delivery is the body with the headers that say what it is; read back for a replay.
std::string pack_delivery(const kapso::Headers& headers, std::string_view body);
struct Unpacked {
    kapso::Headers headers;
    std::string body;
};
Unpacked unpack_delivery(std::string_view packed);

}  // namespace intake
