#include "bench/of_record/one.hpp"

#include <cstdio>
#include <random>

#include "bench/of_record/filled.hpp"
#include "bench/sample.hpp"
#include "domain/state_bytes.hpp"
#include "projections/as_of.hpp"

namespace bench {
namespace {

using domain::conversation::State;
using domain::conversation::state_format;

/// As a reader of the log does for a life that begins (actors/log_actors).
State opened(db::Store& store, const events::StreamId& stream) {
    constexpr std::size_t page = 500;
    State state;
    if (const auto kept = store.snapshots().find(stream, state_format)) {
        state = domain::conversation::state_from(kept->bytes).value();
    }
    for (bool more = true; more;) {
        const auto events = store.log().read_stream(stream, state.version, page);
        for (const auto& one : events) state = evolve(std::move(state), one);
        more = events.size() == page;
    }
    return state;
}

void say(const char* what, const std::vector<double>& milliseconds) {
    const auto [least, most] = std::ranges::minmax(milliseconds);
    std::printf("  %-28s %8.1f ms (%.1f to %.1f)\n", what, quantile(milliseconds, 0.5), least,
                most);
    std::fflush(stdout);
}

std::vector<double> times(int count, const auto& work) {
    std::vector<double> all;
    for (int i = 0; i < count; ++i) {
        const auto began = Clock::now();
        work();
        all.push_back(milliseconds_since(began));
    }
    return all;
}

}  // namespace

void measure_one(db::Store& store, std::int64_t events) {
    const auto stream = fill_one(store.log(), events);
    std::printf("one conversation of %lld events\n", static_cast<long long>(events));
    say("opened without a snapshot", times(3, [&] { opened(store, stream); }));
    const auto state = opened(store, stream);
    store.snapshots().keep(stream, state_format,
                           {state.version, domain::conversation::to_bytes(state)});
    say("opened with a snapshot", times(20, [&] { opened(store, stream); }));
    std::mt19937_64 random(1);
    const auto head = store.log().head();
    say("as of a random position", times(10, [&] {
            const auto at =
                head - static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(events));
            if (!projections::conversation_then(store.log(), stream, {}, at)) {
                throw std::runtime_error("the conversation had not begun");
            }
        }));
}

}  // namespace bench
