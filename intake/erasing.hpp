#pragma once

#include "db/deliveries.hpp"
#include "intake/whose.hpp"

namespace intake {

/// Who asks for an erasure, from where, and why.
struct Asker {
    std::string by, from, why;
};
struct Erased {
    std::size_t streams = 0;     // closed now
    std::size_t deliveries = 0;  // removed
    std::int64_t position = 0;   // of the last event, for whoever waits for the tables
};
/// Something was not stored. What was asked for is on record, and goes on with the next call.
struct NotErased : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Erases persons (docs/decisions/0019). Blocks; throws where the store is away.
class Erasing {
public:
    Erasing(events::Log& log, db::Deliveries& deliveries) : log_(log), deliveries_(deliveries) {}

    /// All that the log and the kept deliveries hold of them. What is asked for is on record, once
    /// for each stream, before the first of them is closed, so that nothing stays half done.
    Erased erase(const Whose& whose, const Asker& asker);
    /// Closes what was asked for and isn't closed: a process was ended before.
    Erased go_on();

private:
    void close(const events::StreamId& stream, Erased& erased);
    std::size_t remove_deliveries(const std::set<std::string>& names);

    events::Log& log_;
    db::Deliveries& deliveries_;
};

}  // namespace intake
