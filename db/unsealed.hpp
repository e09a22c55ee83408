#pragma once

#include "db/request.hpp"
#include "events/codec.hpp"
#include "events/overloaded.hpp"

/// What of an append is in clear or hashed: all but the bodies, which the sealer adds.
namespace db {

/// The attempt whose message id becomes known with this event.
inline std::optional<events::AttemptId> learns_wamid(const events::Event& event) {
    std::optional<events::AttemptId> attempt;
    events::visit_event(event, [&](const auto& e) {
        if constexpr (requires { e.wamid, e.attempt; }) attempt = e.attempt;
    });
    return attempt;
}

/// An event's row without key, sealed body and digest. `hashes` has print(text), of what makes two
/// contents the same, and message_ref(wamid).
Row unsealed_row(const events::NewEvent& event, const auto& hashes) {
    const auto& type = events::type_of(event.body);
    Row row;
    row.clear = {event.id,
                 type.code,
                 type.schema,
                 event.occurred,
                 event.correlation,
                 event.causation,
                 events::code_of(event.body),
                 events::counts_of(event.body),
                 std::nullopt,
                 hashes.print(events::normalised(event.body, event.occurred))};
    row.gating = type.gating;
    row.when = event.when;
    if (const auto wamid = events::wamid_of(event.body); !wamid.empty()) {
        const auto ref = hashes.message_ref(wamid);
        // The count by which the clear part tells two messages apart (docs/events.md).
        row.clear.counts.push_back(events::unpack_counts(crypto::view(ref).substr(0, 8)).front());
        if (const auto attempt = learns_wamid(event.body)) row.message = {ref, *attempt};
    }
    return row;
}

/// A request without rows: whom it is for. A person gets the stream that `fresh` makes, where none
/// of the aliases, as `hashes` has them, is known.
Request addressed(const events::Append& append, const auto& fresh, const auto& hashes) {
    Request request;
    request.expect = append.expect;
    request.waited = append.waited;
    std::visit(events::Overloaded{[&](const events::StreamId& stream) { request.stream = stream; },
                                  [&](const events::Person& person) {
                                      request.stream = fresh();
                                      request.aliases = hashes.aliases(person);
                                      request.may_open =
                                          person.may_open && !request.aliases->none();
                                  }},
               append.to);
    return request;
}

}  // namespace db
