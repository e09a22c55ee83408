#pragma once

#include "tests/house/source.hpp"

namespace house {

/// Headers begin with `#pragma once`, a file's namespace is its folder, nothing is left for later.
Complaints broken_form_rules(const Source& source);

}  // namespace house
