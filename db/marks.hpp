#pragma once

#include <optional>
#include <string_view>

#include "events/time.hpp"

namespace db {

/// How far something outside was read, by its name, so that a start needn't read it from further
/// back; a mark that is lost costs no more than that. Every call blocks for the store and throws
/// where it is away.
class Marks {
public:
    virtual ~Marks() = default;
    /// std::nullopt where nothing was read yet.
    virtual std::optional<events::Time> get(std::string_view name) = 0;
    /// Never goes back.
    virtual void advance(std::string_view name, events::Time to) = 0;
};

}  // namespace db
