#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.hpp"
#include "events/time.hpp"

namespace db {

/// A request that could not be understood or routed, as kept outside the log.
struct Delivery {
    crypto::Uuid id;
    events::Time received;
    std::string reason;
    std::string sha256;  // of the body, hexadecimal
    std::optional<events::Time> replayed;
};

/// Kept sealed for 30 days. Every call blocks for the store and throws where it is away.
class Deliveries {
public:
    virtual ~Deliveries() = default;

    static constexpr auto kept_for = std::chrono::days(30);

    /// Nothing happens where the id is kept already. False then.
    virtual bool keep(const crypto::Uuid& id, std::string_view reason, std::string_view body) = 0;
    /// The newest first, at most `limit`.
    virtual std::vector<Delivery> list(std::size_t limit) = 0;
    /// The body as it came; std::nullopt for an unknown id.
    virtual std::optional<std::string> read(const crypto::Uuid& id) = 0;
    /// False for an unknown id.
    virtual bool mark_replayed(const crypto::Uuid& id) = 0;
    /// Removes some of what was received before, few enough to hold up nobody; returns how many, 0
    /// where none is left.
    virtual std::int64_t remove_before(events::Time received) = 0;
};

}  // namespace db
