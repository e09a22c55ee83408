#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "projections/projection.hpp"

namespace projections {

/// The tables that people read, or those that a rebuild fills beside them.
enum class Copy { live, next };

/// How far a copy's tables have come. The generation counts what changes them without moving the
/// position, rebuilds and streams that are caught up, so that nobody writes what was computed from
/// tables that are others by now.
struct Checkpoint {
    std::int64_t position = 0;
    std::int64_t generation = 0;
    bool operator==(const Checkpoint&) const = default;
};

/// A stream that a projection has stopped following, since it could not take one of its events.
struct Parked {
    StreamId stream;
    std::int64_t position = 0;  // of that event
    std::string error;
    Time since{};            // when that event was recorded
    std::int32_t taken = 0;  // the stream's version up to which the tables hold it
    bool resumed = false;    // a person has acted: it is caught up with, behind `taken`
    bool operator==(const Parked&) const = default;
};
/// What a save changes of what is parked.
struct Parking {
    std::vector<Parked> put = {};     // parked, or parked elsewhere in the stream than before
    std::vector<StreamId> gone = {};  // followed again
};

/// What a query asks of one table. Values are cells, as `put` writes them.
struct Select {
    enum class Is { equal, less, at_most, at_least, more };
    /// Several columns are compared as one row value: (a, b) < (x, y).
    struct Condition {
        std::vector<std::string_view> columns;
        Is is = Is::equal;
        std::vector<std::string> values;
    };
    struct Order {
        std::string_view column;
        bool descending = false;
    };
    const TableInfo* table = nullptr;
    std::vector<Condition> where = {};
    std::vector<Order> order = {};
    std::size_t limit = 100;
};

/// The stored tables. Implementations: db/sqlite_views, db/pg_views; one contract suite. Calls
/// block and may come from any thread; they throw where the store is away.
class Views {
public:
    virtual ~Views() = default;

    virtual Checkpoint checkpoint(const Projection& projection, Copy copy) = 0;
    /// At most `limit` parked streams, in the order of their positions; and how many there are.
    virtual std::vector<Parked> parked(const Projection& projection, Copy copy,
                                       std::size_t limit) = 0;
    virtual std::int64_t parked_count(const Projection& projection, Copy copy) = 0;
    /// Those of these streams that are parked.
    virtual std::vector<Parked> parked_among(const Projection& projection, Copy copy,
                                             const std::vector<StreamId>& streams) = 0;
    /// One of those that a person let go on, and that haven't caught up yet.
    virtual std::optional<Parked> resumed(const Projection& projection, Copy copy) = 0;
    virtual std::vector<Cells> load(Copy copy, const Lookup& lookup) = 0;
    /// Rows, parked streams and checkpoint in one transaction; false, and nothing was written,
    /// where the stored checkpoint isn't `from`. Where the position stays (`to` is that of `from`),
    /// the generation grows.
    virtual bool save(const Projection& projection, Copy copy, const Changes& changes,
                      const Parking& parking, Checkpoint from, std::int64_t to) = 0;
    virtual std::vector<Cells> select(Copy copy, const Select& query) = 0;

    /// Makes empty `next` tables at position 0, in place of any that an earlier rebuild left.
    virtual void begin_rebuild(const Projection& projection) = 0;
    /// Puts the `next` tables, and what is parked with them, in the place of the live ones, in one
    /// transaction; false, and nothing changed, where they are behind the live ones.
    virtual bool swap(const Projection& projection) = 0;
    /// Removes some of what exchanges left behind; false where nothing is left. Between two calls
    /// appends get their turn.
    virtual bool discard_some(const Projection& projection) = 0;
};

}  // namespace projections
