#include "events/log.hpp"

#include <future>

namespace events {

Appended append_now(Log& log, Append request) {
    auto promise = std::make_shared<std::promise<Appended>>();
    auto answer = promise->get_future();
    log.append(std::move(request),
               [promise](const Appended& appended) { promise->set_value(appended); });
    return answer.get();
}

Unreadable::Unreadable(Recorded read)
    : std::runtime_error("the event at position " + std::to_string(read.position) +
                         " can't be read: " + read.defect),
      event(std::move(read)) {}

/// Recorded times never go back (DESIGN 3, Ids).
std::int64_t position_at(Log& log, Time time) {
    std::int64_t by_then = 0, later = log.head() + 1;
    while (later - by_then > 1) {
        const auto middle = by_then + (later - by_then) / 2;
        const auto one = log.read_all(middle - 1, 1);
        const bool is_later = one.empty() || one.front().recorded > time;
        (is_later ? later : by_then) = middle;
    }
    return by_then;
}

std::vector<Recorded> read_as_it_is(Log& log, const StreamId& stream, std::int32_t after,
                                    std::size_t limit) {
    try {
        return log.read_stream(stream, after, limit);
    } catch (const Unreadable& error) {
        std::vector<Recorded> page;
        const auto before = error.event.version - 1 - after;
        if (before > 0) page = log.read_stream(stream, after, static_cast<std::size_t>(before));
        page.push_back(error.event);
        return page;
    }
}

}  // namespace events
