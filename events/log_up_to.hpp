#pragma once

#include <algorithm>
#include <stdexcept>

#include "events/log.hpp"

namespace events {

/// A log as it was at a position: what came later hasn't happened. Nothing can be appended.
class LogUpTo final : public Log {
public:
    /// The log must outlive it.
    LogUpTo(Log& log, std::int64_t position) : log_(log), end_(std::min(position, log.head())) {}

    void append(Append, std::function<void(Appended)>) override {
        throw std::logic_error("what was can't be appended to");
    }
    std::vector<Recorded> read_stream(const StreamId& stream, std::int32_t after,
                                      std::size_t limit) override {
        return until_then(log_.read_stream(stream, after, limit));
    }
    std::vector<Recorded> read_all(std::int64_t after, std::size_t limit) override {
        return until_then(log_.read_all(after, limit));
    }
    std::vector<Step> read_steps(std::int64_t after, std::size_t limit) override {
        return until_then(log_.read_steps(after, limit));
    }
    void each_by_stream(const StreamRange& streams, std::int64_t to,
                        const std::function<void(const Recorded&)>& take) override {
        log_.each_by_stream(streams, std::min(to, end_), take);
    }
    std::int64_t head() override { return end_; }
    std::optional<StreamId> stream_of(const EventId& id) override { return log_.stream_of(id); }
    std::optional<StreamId> find(const Person& person) override { return log_.find(person); }
    std::optional<Reference> find_message(std::string_view wamid) override {
        return log_.find_message(wamid);
    }

private:
    /// Positions only grow, in a stream too.
    template <class Event>
    std::vector<Event> until_then(std::vector<Event> events) const {
        std::erase_if(events, [&](const Event& one) { return one.position > end_; });
        return events;
    }

    Log& log_;
    const std::int64_t end_;
};

}  // namespace events
