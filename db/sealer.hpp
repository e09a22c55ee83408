#pragma once

#include "db/key_cache.hpp"
#include "db/keyring.hpp"
#include "db/stored.hpp"

namespace db {

/// Turns plain events into what is stored, and back. Safe for several threads.
class Sealer {
public:
    /// The keyring must outlive the sealer.
    explicit Sealer(const Keyring& keys) : keys_(keys), cache_(65'536) {}

    /// An id that comes twice with the same content is kept once.
    Request seal(const events::Append& append);
    /// Its key now stands in the store under this stream, so that later requests need no new one.
    void stored(const Request& request, const events::StreamId& stream);

    /// With a `defect`, and a blank body where the type is known, where the bytes are not those
    /// that were sealed, or a newer Hilo wrote them.
    events::Recorded open(const Stored& stored) const;

    const Keyring& keys() const { return keys_; }

private:
    events::Event body_of(const Stored& stored) const;
    Row seal_row(const events::NewEvent& event, const StreamKey& key) const;
    StreamKey key_for(const std::string& addressee);

    const Keyring& keys_;
    KeyCache cache_;
};

}  // namespace db
