#pragma once

namespace events {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

// clang 14, which fuzzes and checks us, doesn't deduce an aggregate's arguments by itself.
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace events
