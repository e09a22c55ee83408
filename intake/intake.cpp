#include "intake/intake.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

#include "intake/backfill.hpp"
#include "intake/body.hpp"
#include "intake/facts.hpp"
#include "intake/progress.hpp"
#include "intake/talk.hpp"

namespace intake {
namespace {

constexpr std::size_t appends_out = 500;     // of one body at a time
constexpr std::chrono::seconds patience{7};  // of Kapso's ten (DESIGN 7, Limits)
constexpr std::size_t names_counted = 500;   // event names come from outside
// Of one body's entries, each two writes for which a thread waits; with more it is kept whole.
constexpr std::size_t kept_apart = 8;

std::string sha256_hex(std::string_view text) {
    return crypto::hex(crypto::view(crypto::sha256(text)));
}

/// A stream's second event right after its opening: the conversation is new.
bool opened(const events::Appended& appended) {
    return appended.outcome == events::Outcome::appended && appended.gate == 2;
}

/// What is listed was mostly told before, and then is no news.
void say_stored(const std::string& phone, const events::Appended& appended, bool listed) {
    if (appended.outcome != events::Outcome::appended) return;
    if (listed) talk::received_message(phone);
    if (opened(appended)) talk::created_conversation(phone);
    talk::stored_message();
}

}  // namespace

Intake::Intake(events::Log& log, const events::Keys& keys, db::Deliveries& deliveries,
               Options options)
    : log_(log),
      keys_(keys),
      deliveries_(deliveries),
      options_(std::move(options)),
      progress_(std::make_shared<Progress>()) {}

/// Nobody waits for the answer to what is listed.
std::chrono::milliseconds Intake::waited(const Body& body) {
    if (body.listed()) return {};
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - body.arrived);
}

void Intake::take(std::string text, kapso::Headers headers, std::function<void(Receipt)> done,
                  Clock::time_point arrived) {
    const auto body = std::make_shared<Body>(std::move(text), std::move(headers), arrived,
                                             options_.source, progress_);
    submit(body, [&] { return read(*body); });
    // An answer of the log may outlive this object; it then finds `run` closed.
    body->submitted([this, body, run = options_.run, done = std::move(done)] {
        const auto finish = [this, body, done] {
            settle(*body);
            done(body->end());
        };
        if (body->leftovers().empty()) {
            done(body->end());
        } else if (!run || !run(finish)) {
            body->not_stored();
            done(body->end());
        }
    });
}

Receipt Intake::take_now(std::string text, kapso::Headers headers) {
    const auto body = std::make_shared<Body>(std::move(text), std::move(headers), Clock::now(),
                                             options_.source, progress_);
    return take_now(body, [&] { return read(*body); });
}

Receipt Intake::take_listed(const std::vector<kapso::Item>& items) {
    const auto body = std::make_shared<Body>(std::string(), kapso::Headers{}, Clock::now(),
                                             events::Source::backfill, progress_);
    return take_now(body, [&] { return items; });
}

Receipt Intake::take_now(const std::shared_ptr<Body>& body, const Read& read) {
    submit(body, read);
    std::promise<void> all_back;
    body->submitted([&] { all_back.set_value(); });
    all_back.get_future().wait();
    settle(*body);
    return body->end();
}

std::vector<kapso::Item> Intake::read(const Body& body) const {
    auto items = kapso::read_payload(body.text, body.headers);
    if (options_.debug) {
        spdlog::info("[WEBHOOK_DEBUG] {} ({} bytes): {} items", body.headers.event,
                     body.text.size(), items.size());
    }
    return items;
}

/// Where the database is away before anything is asked of the log, the body is not stored either.
void Intake::submit(const std::shared_ptr<Body>& body, const Read& read) {
    try {
        place_all(body, read());
    } catch (const std::exception& error) {
        talk::warn(std::string("a body could not be stored: ") + error.what());
        body->not_stored();
    }
}

void Intake::place_all(const std::shared_ptr<Body>& body, const std::vector<kapso::Item>& items) {
    const Context context{
        keys_,        log_,        options_.default_line, body->headers.idempotency_key,
        body->sha256, body->source};
    std::size_t index = 0;
    for (const auto& item : items) {
        // The rest would be sent again in any case, and must not hold up other bodies.
        if (!body->is_whole()) return;
        if (!body->is_stored(index)) place(body, context, item, index);
        ++index;
    }
}

void Intake::place(const std::shared_ptr<Body>& body, const Context& context,
                   const kapso::Item& item, std::size_t index) {
    if (const auto* ignored = std::get_if<kapso::Ignored>(&item)) {
        count("ignored " + ignored->name);
        return body->ignored();
    }
    if (const auto* unclear = std::get_if<kapso::Unclear>(&item)) {
        return put_aside(*body, index, unclear->reason, unclear->raw);
    }
    std::variant<events::Append, Unplaced> fact;
    std::string phone;  // of a customer who wrote
    if (const auto* inbound = std::get_if<kapso::Inbound>(&item)) {
        phone = inbound->contact.phone.empty() ? inbound->contact.bsuid : inbound->contact.phone;
        if (is_passed_over(*body, inbound->message.wamid)) return body->ignored();
        if (!body->listed()) talk::received_message(phone);
        fact = fact_of(*inbound, context, index);
    } else if (const auto* outbound = std::get_if<kapso::Outbound>(&item)) {
        fact = fact_of(*outbound, context);
    } else {
        fact = fact_of(std::get<kapso::Status>(item), context);
    }
    if (const auto* unplaced = std::get_if<Unplaced>(&fact)) {
        return put_aside(*body, index, unplaced->reason, unplaced->raw);
    }
    auto append = std::get<events::Append>(std::move(fact));
    if (body->listed() && stands_where_it_belongs(append)) return body->repeated();
    append.waited = waited(*body);
    body->leave_for_log(appends_out);
    try {
        log_.append(std::move(append), [body, index, phone](const events::Appended& appended) {
            if (!phone.empty()) say_stored(phone, appended, body->listed());
            body->back_from_log(index, appended);
        });
    } catch (...) {
        events::Appended nothing;
        nothing.outcome = events::Outcome::full;
        body->back_from_log(index, nothing);
        throw;
    }
}

/// The log has it already, in the one stream to which all that it names of its person leads: an
/// append would say no more. By the fact itself; what goes with it is appended with it or never.
bool Intake::stands_where_it_belongs(const events::Append& append) const {
    const auto* person = std::get_if<events::Person>(&append.to);
    const auto stream =
        person != nullptr ? only_stream_of(*person) : std::get<events::StreamId>(append.to);
    return stream && std::ranges::all_of(append.events, [&](const events::NewEvent& event) {
               return event.when != events::When::always || log_.stream_of(event.id) == stream;
           });
}

/// std::nullopt where a person's names lead to several streams, or to none.
std::optional<events::StreamId> Intake::only_stream_of(const events::Person& person) const {
    const auto stream = log_.find(person);
    auto names = person.phones;
    if (!person.bsuid.empty()) names.push_back(person.bsuid);
    const bool one = stream && (names.size() < 2 || lead_to(log_, person.line, names, *stream));
    return one ? stream : std::nullopt;
}

/// Notes what the ids of a webhook's messages tell of its version, too.
bool Intake::is_passed_over(const Body& body, const std::string& message_id) {
    if (!body.listed() && is_foreign_id(message_id)) note_foreign_ids();
    const bool nameless = body.listed() && message_id.empty();
    if (nameless) count("listed without an id");
    return nameless;
}

void Intake::settle(Body& body) {
    const auto keep_body = [&](const std::string& reason) {
        if (body.listed()) return count("listed: " + reason);
        body.kept(keep_whole(body, reason));
    };
    for (const auto& leftover : body.leftovers()) {
        if (leftover.outcome == events::Outcome::unroutable) {
            keep_body("a status for a conversation that isn't known");
        } else if (leftover.outcome == events::Outcome::other_content) {
            keep_body("the log has this message with other content");
        }
        if (leftover.other) link(body, leftover.stream, *leftover.other);
    }
}

/// A delivery of its own; of what is listed only where there is anything to keep.
void Intake::put_aside(Body& body, std::size_t index, const std::string& reason,
                       const std::string& raw) {
    if (body.listed() && raw.empty()) {
        count("listed: " + reason);
        return body.ignored();
    }
    if (!body.listed() && body.kept() >= kept_apart) return body.kept(keep_whole(body, reason));
    body.kept(keep(body, reason, raw), index);
}

/// The body is one delivery, however much of it has no place.
bool Intake::keep_whole(Body& body, const std::string& reason) {
    return body.kept_whole([&] { return keep(body, reason, body.text); });
}

/// Keeps what can't be appended, once, and says so in the log. False where it couldn't be stored.
bool Intake::keep(Body& body, const std::string& reason, const std::string& raw) {
    const auto& kept = raw.empty() ? body.text : raw;
    const auto sha256 = sha256_hex(kept);
    const auto id = crypto::derived_uuid(events::hilo_name_space, "delivery/" + sha256);
    count("kept " + reason);
    if (waited(body) > patience) return false;  // its sender will send it again
    try {
        deliveries_.keep(id, reason, pack_delivery(body.headers, kept));
        const events::NewEvent event{crypto::derived_uuid(id, "DeliveryKept"),
                                     events::SystemEvent(events::DeliveryKept{id, sha256, reason}),
                                     {},
                                     {},
                                     {},
                                     events::When::always};
        const auto appended = append_now(body, events::deliveries_stream, event);
        return appended.outcome != events::Outcome::full &&
               appended.outcome != events::Outcome::in_doubt;
    } catch (const std::exception& error) {
        talk::warn(std::string("a delivery could not be kept: ") + error.what());
        return false;
    }
}

/// The two streams are one person: everything new goes to the older one (docs/decisions/0002).
void Intake::link(const Body& body, const events::StreamId& one, const events::StreamId& other) {
    try {
        const auto first = log_.read_stream(one, 0, 1), second = log_.read_stream(other, 0, 1);
        if (first.empty() || second.empty()) return;
        const bool one_is_older = first[0].position < second[0].position;
        const auto& older = one_is_older ? one : other;
        const auto& younger = one_is_older ? other : one;
        const events::NewEvent event{crypto::derived_uuid(younger, "linked/" + older.text()),
                                     events::ConversationEvent(events::ConversationLinked{older}),
                                     {},
                                     {},
                                     {},
                                     events::When::always};
        append_now(body, younger, event);
    } catch (const std::exception& error) {
        talk::warn(std::string("two streams of one person are not linked yet: ") + error.what());
    }
}

/// What the body has waited counts here too.
events::Appended Intake::append_now(const Body& body, events::StreamId stream,
                                    events::NewEvent event) {
    return events::append_now(log_, {stream, {std::move(event)}, {}, waited(body)});
}

void Intake::count(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (counts_.size() < names_counted || counts_.contains(name)) {
        ++counts_[name];
    } else {
        ++counts_["other names"];
    }
}

std::map<std::string, std::uint64_t> Intake::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

bool is_foreign_id(std::string_view message_id) {
    return crypto::parse_uuid(message_id).has_value();
}

std::string pack_delivery(const kapso::Headers& headers, std::string_view body) {
    const nlohmann::json head{{"event", headers.event},
                              {"idempotency_key", headers.idempotency_key},
                              {"batch", headers.batch}};
    return head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" +
           std::string(body);
}

Unpacked unpack_delivery(std::string_view packed) {
    const auto end = packed.find('\n');
    const auto head = nlohmann::json::parse(packed.substr(0, end));
    return {{head.value("event", ""), head.value("idempotency_key", ""), head.value("batch", "")},
            std::string(packed.substr(end + 1))};
}

}  // namespace intake
