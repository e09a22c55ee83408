#pragma once

#include <functional>
#include <unordered_map>

#include "events/envelope.hpp"
#include "events/signed_checkpoint.hpp"

namespace events {

/// The first thing in the log that is not as it was written.
struct Defect {
    std::int64_t position = 0;
    std::string what;
    bool operator==(const Defect&) const = default;
};

/// An event as a store or an export holds it, with whatever may stand there; the views last for the
/// call that it is given to. An absent view is the null one.
struct StoredEvent {
    std::int64_t position = 0;
    std::string_view stream;
    std::int64_t version = 0, gate = 0;
    std::int64_t recorded = 0;  // microseconds
    struct {
        std::string_view id;
        std::int64_t type = 0, schema = 0, occurred = 0;
        std::string_view correlation, causation;
        std::optional<std::int64_t> code;
        std::string_view counts;  // packed
        std::string_view key, print;
    } clear;
    std::string_view digest, sealed;
    bool possible = true;  // false where a column holds what is never written there
};
struct StoredSeal {
    std::int64_t first = 0, count = 0;
    std::int64_t recorded = 0;  // microseconds
    crypto::Bytes seal;
    bool possible = true;

    std::int64_t last() const { return first + count - 1; }
};

/// Recomputes a range of the log, batch by batch: every digest, every seal, the order of positions,
/// and within the range that of each stream's versions and gates (StreamsInOrder holds ranges
/// together). Pure; needs no key.
class ChainVerifier {
public:
    /// After the batch that ended at `position` under this seal, which is taken as true.
    ChainVerifier(std::int64_t position, std::string_view seal)
        : position_(position), seal_(seal) {}

    /// The next batch; then its events in order. Each returns the first defect, and after one the
    /// verifier is of no more use.
    std::optional<Defect> begin(const StoredSeal& seal);
    std::optional<Defect> take(const StoredEvent& event);

    /// Events of the batch at hand that are still to come.
    std::int64_t missing() const { return missing_; }
    std::int64_t position() const { return position_; }
    const crypto::Bytes& seal() const { return seal_; }

    /// How a stream stood where the range begins, and where it ends.
    struct Standing {
        std::int64_t first_position = 0, first_version = 0;
        std::optional<std::int64_t> gate_before;  // that its first events say
        std::int64_t gate_at = 0;                 // position of the event that says it
        std::int64_t version = 0, gate = 0;
    };
    using Streams = std::unordered_map<StreamId, Standing>;
    Streams take_streams() { return std::move(streams_); }

private:
    std::optional<Defect> follow(const StoredEvent& event);
    std::optional<Defect> end_batch();

    std::int64_t position_;
    crypto::Bytes seal_;
    struct {
        std::int64_t first = 0, recorded = 0;
        crypto::Bytes seal;
    } batch_{};
    std::int64_t missing_ = 0;
    crypto::Writer sealed_;  // what the batch's seal is taken over
    Streams streams_;
};

/// Holds what ranges that follow each other say of their streams together.
class StreamsInOrder {
public:
    /// Where the first range is not the log's first, what stands before it isn't known.
    explicit StreamsInOrder(bool from_the_beginning) : from_the_beginning_(from_the_beginning) {}
    /// The first defect that shows between the ranges so far and the next.
    std::optional<Defect> follow(const ChainVerifier::Streams& next);

private:
    struct Standing {
        std::int64_t version = 0, gate = 0;
    };
    bool from_the_beginning_;
    std::unordered_map<StreamId, Standing> streams_;
};

}  // namespace events
