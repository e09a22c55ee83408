#pragma once

#include <string>
#include <vector>

#include "events/event.hpp"

namespace events {

/// A field in which two events differ, with the JSON of both values; empty where one has none.
struct Difference {
    std::string field;
    std::string a, b;
    bool operator==(const Difference&) const = default;
};
/// In the order of the fields' names; the one difference "type" where they are of two types.
std::vector<Difference> differences(const Event& a, const Event& b);

}  // namespace events
