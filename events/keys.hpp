#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.hpp"
#include "events/ids.hpp"

namespace events {

/// The keyed marks that leave the log's folder. Implemented by db/keyring; the keys themselves
/// never leave it.
class Keys {
public:
    virtual ~Keys() = default;

    struct SendMark {
        StreamId stream;
        AttemptId attempt;
    };
    /// `stream.attempt.mac`, at most 512 characters: what goes out as biz_opaque_callback_data.
    virtual std::string send_mark(const StreamId& stream, const AttemptId& attempt) const = 0;
    /// std::nullopt for anything that this deployment didn't write.
    virtual std::optional<SendMark> read_send_mark(std::string_view text) const = 0;
};

}  // namespace events
