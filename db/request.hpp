#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <optional>
#include <vector>

#include "crypto/cipher.hpp"
#include "events/log.hpp"

namespace db {

/// What the kind column of `alias` says; part of what is hashed, so never changed.
enum class AliasKind : std::uint8_t { bsuid = 1, phone = 2, group = 4 };

/// A person's (or group's) names on one line as keyed hashes.
struct Aliases {
    AliasKind kind = AliasKind::bsuid;     // of `name`
    std::optional<crypto::ShortMac> name;  // BSUID or group; found first
    std::optional<crypto::ShortMac> phone;
    std::optional<crypto::ShortMac> phone2;

    auto operator<=>(const Aliases&) const = default;
    bool none() const { return !name && !phone && !phone2; }
    std::vector<crypto::ShortMac> all() const {
        std::vector<crypto::ShortMac> given;
        for (const auto& one : {name, phone, phone2}) {
            if (one) given.push_back(*one);
        }
        return given;
    }
};

/// The key of one stream and month. `wrapped` is empty once the key is known to be stored.
struct StreamKey {
    crypto::Uuid id;
    crypto::Key key{};
    std::int32_t month = 0;  // 202611
    crypto::Bytes wrapped;
};

/// What a message id leads to from the append on that takes the row it came with.
struct MessageRef {
    crypto::ShortMac ref{};
    events::AttemptId attempt;
};

/// An event as it will stand in the log, but for what is given under the log's lock.
struct Row {
    events::Clear clear;
    bool gating = true;
    events::When when = events::When::always;
    crypto::Digest digest{};
    crypto::Bytes sealed;
    std::optional<MessageRef> message;
};

/// An events::Append with everything personal sealed or hashed.
struct Request {
    events::StreamId stream;         // the stream; for a person, the fresh id if no alias is known
    std::optional<Aliases> aliases;  // of a person
    bool may_open = true;
    bool contradicts = false;  // one id twice with different content: never written
    std::optional<events::Expectation> expect;
    StreamKey key;
    std::vector<Row> rows;
    std::chrono::milliseconds waited{0};  // by its sender, before it was offered

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const auto& row : rows) sum += row.sealed.size() + 200;  // and the clear columns
        return sum;
    }
};

using Done = std::function<void(events::Appended)>;

}  // namespace db
