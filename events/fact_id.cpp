#include "events/fact_id.hpp"

#include "crypto/bytes.hpp"

namespace events {

EventId fact_id(std::string_view line, Direction direction, std::string_view message,
                std::string_view kind) {
    crypto::Writer name;
    name.variable(line)
        .integer(static_cast<std::uint8_t>(direction))
        .variable(message)
        .variable(kind);
    return crypto::derived_uuid(hilo_name_space, name.bytes());
}

}  // namespace events
