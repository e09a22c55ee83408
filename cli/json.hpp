#pragma once

#include <nlohmann/json_fwd.hpp>

namespace cli {

/// Fields keep the order in which they were written.
using Json = nlohmann::ordered_json;

}  // namespace cli
