#pragma once

#include <optional>

#include "events/ids.hpp"

namespace events {

/// What a fold of a stream up to a version came to.
struct Snapshot {
    std::int32_t version = 0;
    crypto::Bytes bytes;
    bool operator==(const Snapshot&) const = default;
};

/// Snapshots of streams, beside the log, so that a long stream needn't be read from its beginning.
/// Nothing depends on one: what is missing, of another format or not as it was sealed is none.
/// Every call blocks for the store, and throws where it is away.
class Snapshots {
public:
    virtual ~Snapshots() = default;
    /// The stream's, where it is of this format.
    virtual std::optional<Snapshot> find(const StreamId& stream, std::int32_t format) = 0;
    /// In place of an older one. Nothing is kept of a version that the log hasn't, nor where its
    /// key is gone.
    virtual void keep(const StreamId& stream, std::int32_t format, const Snapshot& snapshot) = 0;
};

}  // namespace events
