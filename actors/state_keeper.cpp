#include "actors/state_keeper.hpp"

#include <spdlog/spdlog.h>

#include "domain/state_bytes.hpp"

namespace actors {
namespace {

using domain::conversation::State;
using domain::conversation::state_format;

/// Larger ones take longer to keep than what they save to read.
void keep_state(events::Snapshots& snapshots, const KeepState& keep) {
    constexpr std::size_t largest = 1 << 20;
    const auto& state = *keep.state;
    if (domain::conversation::bytes_of(state) > largest) return;
    snapshots.keep(keep.stream, state_format,
                   {state.version, domain::conversation::to_bytes(state)});
}

}  // namespace

std::shared_ptr<const State> kept_state(events::Snapshots* snapshots,
                                        const events::StreamId& stream) {
    if (snapshots == nullptr) return nullptr;
    try {
        const auto found = snapshots->find(stream, state_format);
        auto state = found ? domain::conversation::state_from(found->bytes) : std::nullopt;
        if (!state || state->version != found->version) return nullptr;
        return std::make_shared<const State>(*std::move(state));
    } catch (const std::exception& error) {
        spdlog::debug("no snapshot of {}: {}", stream.text(), error.what());
        return nullptr;
    }
}

Keeper::behavior_type keeper_actor(Keeper::pointer, events::Snapshots* snapshots,
                                   const std::shared_ptr<std::atomic<bool>>& busy,
                                   const std::atomic<bool>* stopping) {
    return {[=](const KeepState& keep) {
        try {
            if (snapshots != nullptr && !*stopping) keep_state(*snapshots, keep);
        } catch (const std::exception& error) {
            // The next life reads more.
            spdlog::debug("no snapshot of {} was kept: {}", keep.stream.text(), error.what());
        }
        *busy = false;
    }};
}

}  // namespace actors
