#include "domain/pass_over.hpp"

#include "events/codec.hpp"

namespace domain::conversation {

State pass_over(State state, const events::Recorded& recorded) {
    state.version = recorded.version;
    state.gate = recorded.gate;
    return state;
}

bool may_be_passed_over(std::int16_t type) {
    const auto* known = events::type_with(type);
    return known != nullptr && known->name != "SendRequested" && known->name != "ReplySuppressed";
}

}  // namespace domain::conversation
