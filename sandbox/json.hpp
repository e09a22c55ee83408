#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace sandbox {

using Json = nlohmann::json;

/// A request's body; "discarded" where it is no JSON, or deeper than 32 levels.
Json read_json(std::string_view body);

}  // namespace sandbox
