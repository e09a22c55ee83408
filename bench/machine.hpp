#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What the figures were measured on, by name: processor, memory, kernel, compiler, stores.
std::vector<std::pair<std::string, std::string>> machine();

}  // namespace bench
