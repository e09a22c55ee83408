#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ai/models.hpp"

namespace ai {

/// The request that asks a provider, with the whole of the call's deadline; std::nullopt for a
/// provider that is not known. Pure.
std::optional<net::Request> request_of(const Call& call, const Provider& provider);

/// Where a provider answers when nothing else is configured; empty for an unknown one.
std::string_view default_base_url(std::string_view provider);

}  // namespace ai
