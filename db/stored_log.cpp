#include "db/stored_log.hpp"

#include <algorithm>

namespace db {

void StoredLog::append(events::Append request, std::function<void(events::Appended)> done) {
    if (appender_ == nullptr) throw std::logic_error("the store was opened read-only");
    events::Appended at_once;
    at_once.outcome = events::Outcome::appended;
    if (request.events.empty()) return appender_->answer(std::move(done), at_once);
    auto sealed = sealer_.seal(request);
    at_once.outcome = events::Outcome::other_content;
    if (sealed.contradicts) return appender_->answer(std::move(done), at_once);
    appender_->append(std::move(sealed), std::move(done));
}

std::vector<events::Recorded> StoredLog::read_stream(const events::StreamId& stream,
                                                     std::int32_t after, std::size_t limit) {
    auto events = opened(rows_.stream(stream, after, limit));
    // Whoever follows a stream decides by it, and must not decide by half of it.
    const auto bad =
        std::ranges::find_if(events, [](const auto& one) { return !one.defect.empty(); });
    if (bad == events.end()) return events;
    throw events::Unreadable(*bad);
}

std::vector<events::Recorded> StoredLog::read_all(std::int64_t after, std::size_t limit) {
    return opened(rows_.all(after, limit));
}

std::optional<events::StreamId> StoredLog::find(const events::Person& person) {
    const auto aliases = sealer_.keys().aliases(person);
    if (aliases.none()) return std::nullopt;
    return rows_.find(aliases);
}

std::optional<events::Log::Reference> StoredLog::find_message(std::string_view wamid) {
    if (wamid.empty()) return std::nullopt;
    return rows_.find_message(sealer_.keys().message_ref(wamid));
}

std::vector<events::Recorded> StoredLog::opened(const std::vector<Stored>& stored) const {
    std::vector<events::Recorded> events;
    events.reserve(stored.size());
    for (const auto& one : stored) events.push_back(sealer_.open(one));
    return events;
}

}  // namespace db
