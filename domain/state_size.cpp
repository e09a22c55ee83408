#include "domain/conversation.hpp"

namespace domain::conversation {
namespace {

template <class Items>
std::size_t room_of(const Items& items) {
    return items.size() * sizeof(typename Items::value_type);
}

}  // namespace

std::size_t bytes_of(const State& state) {
    auto bytes = sizeof state + room_of(state.said) + room_of(state.open) + room_of(state.sends) +
                 room_of(state.uncertain) + room_of(state.known) + room_of(state.strangers) +
                 room_of(state.untold);
    for (const auto& line : state.said) bytes += line.text.size();
    for (const auto& send : state.sends) bytes += send.text.size();
    for (const auto& send : state.uncertain) bytes += send.text.size();
    for (const auto& one : state.known) bytes += one.guess ? one.guess->text.size() : 0;
    for (const auto& one : state.strangers) bytes += one.text.size() + one.raw.size();
    if (state.rest) {
        for (const auto& part : state.rest->parts) bytes += part.size();
    }
    return bytes;
}

}  // namespace domain::conversation
