#pragma once

#include "events/log.hpp"

namespace support {

/// Passes everything on to another log. What a test wants to be otherwise, a derived log overrides.
class ForwardingLog : public events::Log {
public:
    explicit ForwardingLog(events::Log& log) : log_(log) {}

    void append(events::Append request, std::function<void(events::Appended)> done) override {
        log_.append(std::move(request), std::move(done));
    }
    std::vector<events::Recorded> read_stream(const events::StreamId& stream, std::int32_t after,
                                              std::size_t limit) override {
        return log_.read_stream(stream, after, limit);
    }
    std::vector<events::Recorded> read_all(std::int64_t after, std::size_t limit) override {
        return log_.read_all(after, limit);
    }
    std::vector<Step> read_steps(std::int64_t after, std::size_t limit) override {
        return log_.read_steps(after, limit);
    }
    std::int64_t head() override { return log_.head(); }
    std::optional<events::StreamId> stream_of(const events::EventId& id) override {
        return log_.stream_of(id);
    }
    std::optional<events::StreamId> find(const events::Person& person) override {
        return log_.find(person);
    }
    std::optional<Reference> find_message(std::string_view wamid) override {
        return log_.find_message(wamid);
    }

protected:
    /// What an append is answered that doesn't reach a log.
    static events::Appended answer(events::Outcome outcome) {
        events::Appended appended;
        appended.outcome = outcome;
        return appended;
    }

private:
    events::Log& log_;
};

}  // namespace support
