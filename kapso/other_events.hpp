#pragma once

#include <string_view>

namespace kapso {

/// Whether a name is of those events (of Kapso's) or fields (of Meta's webhooks) that are
/// documented and that no conversation needs: they are acknowledged and counted. Anything else that
/// isn't understood is kept, for it may be a message in a form of tomorrow. Sources: Kapso's
/// webhook event types; Meta's webhooks reference, both as of 2026.
bool is_documented_elsewhere(std::string_view name);

}  // namespace kapso
