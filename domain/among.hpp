#pragma once

#include <algorithm>
#include <vector>

#include "events/ids.hpp"

namespace domain {

/// Some ids, in which many are looked up: a flood may leave tens of thousands of messages open.
class Among {
public:
    explicit Among(std::vector<events::EventId> ids) : ids_(std::move(ids)) {
        std::ranges::sort(ids_);
    }
    bool operator()(const events::EventId& id) const {
        return std::ranges::binary_search(ids_, id);
    }

private:
    std::vector<events::EventId> ids_;
};

}  // namespace domain
