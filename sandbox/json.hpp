#pragma once

#include <nlohmann/json_fwd.hpp>

namespace sandbox {

using Json = nlohmann::json;

}  // namespace sandbox
