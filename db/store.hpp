#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "db/deliveries.hpp"
#include "db/lease.hpp"
#include "db/marks.hpp"
#include "events/chain.hpp"
#include "events/keys.hpp"
#include "events/log.hpp"
#include "projections/views.hpp"

namespace db {

struct Options {
    std::string url;  // sqlite:<path> or postgresql://…
    /// HILO_MASTER_KEY, 64 hexadecimal digits. PostgreSQL wants it; on SQLite a key file beside the
    /// database stands in for it, and is made at first start.
    std::optional<std::string> master_key_hex;
    bool read_only = false;  // takes no lock, migrates nothing, appends nothing
    bool migrate = true;     // else an older schema is refused
};

/// What stopped an `open_store`, in words for a person.
struct StoreError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using events::Defect;

/// What is to be verified.
struct Verification {
    /// An end of the log that is known to be true, for it was kept outside: what came before is not
    /// looked at.
    std::optional<events::SealedHead> from{};
    std::int64_t to = INT64_MAX;
    /// Ends that the log must have had, in the order of their positions.
    std::vector<events::SealedHead> known{};
    /// Asked now and then, with how far it has come and how far it goes; false stops it.
    std::function<bool(std::int64_t position, std::int64_t end)> going_on{};
    /// So that a statement that reads them ends within some 50 ms: SQLite can't shorten its WAL
    /// before.
    std::int64_t events_at_once = 20'000;
};
struct Verified {
    std::optional<Defect> defect;  // the first one; std::nullopt where all is as it was written
    std::int64_t events = 0;       // looked at, and found good
    events::SealedHead head{};     // the end of these
    bool stopped = false;
};

/// One database. Closing it (the destructor) answers everything that waits.
class Store {
public:
    virtual ~Store() = default;

    virtual events::Log& log() = 0;
    virtual const events::Keys& keys() const = 0;
    virtual Deliveries& deliveries() = 0;
    virtual Marks& marks() = 0;
    virtual projections::Views& views() = 0;

    /// Called on a thread of the store, coalesced, after events up to `head` became readable; on
    /// PostgreSQL also for other processes' events, at the latest a second after. Registered
    /// functions stay until the store is closed; they must be quick and must not throw.
    virtual void on_commit(std::function<void(std::int64_t head)> heard) = 0;

    /// Renews the leases of this process until `lease_time` from now by the database's clock, after
    /// giving `give_back` back, and takes up to its fair share of slices that are free or whose
    /// owner let them run out, under a higher epoch. One's own that ran out come back under a
    /// higher epoch too, or are another's. A process that has more than its share keeps it until it
    /// gives the surplus back. On SQLite one process has all. Throws where the database is away;
    /// what it then did is told by the next renewal. By one thread at a time.
    virtual Leases renew_leases(const std::vector<int>& give_back = {}) = 0;
    /// This process decides no longer; what it held is free at once. Throws as above.
    virtual void end_leases() = 0;

    /// Recomputes every digest and seal. Events whose key is gone are covered too. What is appended
    /// meanwhile is not.
    virtual Verified verify(const Verification& wanted) = 0;
    std::optional<Defect> verify() { return verify(Verification{}).defect; }
    /// The log's end, to be kept outside of it.
    virtual events::SealedHead sealed_head() = 0;

    /// What a person should be told at start (a key file was made …).
    virtual const std::vector<std::string>& notices() const = 0;
};

/// Throws StoreError: a URL, key, lock or schema that won't do, or a database that is away.
std::unique_ptr<Store> open_store(const Options& options);

}  // namespace db
