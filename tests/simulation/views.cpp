#include "tests/simulation/views.hpp"

#include "projections/message.hpp"
#include "projections/open_work.hpp"

namespace simulation {

using namespace projections;

void Tables::fail_perhaps(const char* what) {
    if (env_.database_is_away() || env_.strikes(env_.plan.view_faults)) {
        throw std::runtime_error(std::string(what) + " failed, as the seed has it");
    }
}

Checkpoint Tables::checkpoint(const Projection& projection, Copy copy) {
    fail_perhaps("a read of the checkpoint");
    return stored.checkpoint(projection, copy);
}

std::vector<Parked> Tables::parked_among(const Projection& projection, Copy copy,
                                         const std::vector<StreamId>& streams) {
    fail_perhaps("a read of what is parked");
    return stored.parked_among(projection, copy, streams);
}

std::optional<Parked> Tables::resumed(const Projection& projection, Copy copy) {
    fail_perhaps("a read of what is resumed");
    return stored.resumed(projection, copy);
}

std::vector<Cells> Tables::load(Copy copy, const Lookup& lookup) {
    fail_perhaps("a read of rows");
    return stored.load(copy, lookup);
}

/// Fails before its work, or after it: then nobody knows that it was done.
bool Tables::save(const Projection& projection, Copy copy, const Changes& changes,
                  const Parking& parking, Checkpoint from, std::int64_t to) {
    fail_perhaps("a save");
    const bool saved = stored.save(projection, copy, changes, parking, from, to);
    if (saved && copy == Copy::live) {
        for (const auto& change : changes) {
            if (change.table != &info_of<Message>()) continue;
            for (const auto& row : change.rows) watch(row);
        }
    }
    fail_perhaps("the answer to a save");
    return saved;
}

void Tables::watch(const Cells& cells) {
    const auto row = row_of<Message>(cells);
    if (!row.status) return;
    const Shown now{row.attempt, *row.status};
    const auto [known, fresh] = shown_.emplace(row.id, now);
    if (!fresh && known->second.attempt == now.attempt && now.status < known->second.status) {
        went_back.push_back("message " + std::to_string(row.id) + " showed " +
                            std::string(events::name_of(known->second.status)) + " and then " +
                            std::string(events::name_of(now.status)));
    }
    known->second = now;
}

/// Only what projections::due_work asks first: what is to be woken by a time, in no order.
std::vector<Cells> Tables::select(Copy copy, const Select& query) {
    fail_perhaps("a query");
    if (query.table != &info_of<OpenWork>() || copy != Copy::live) {
        throw std::logic_error("nobody here asks that");
    }
    events::Time until;
    get(query.where.front().values.front(), until);
    std::vector<Cells> found;
    for (const auto& [key, row] : stored.rows(*query.table)) {
        const auto wake_at = row_of<OpenWork>(row).wake_at;
        if (wake_at && *wake_at <= until) found.push_back(row);
    }
    return found;
}

}  // namespace simulation
