#include "http/workers.hpp"

#include <atomic>
#include <future>

#include "tests/http/server_stage.hpp"

namespace {

using tests::Gate;

TEST(Workers, RefuseWhatTheirQueueCannotHold) {
    Gate gate;
    http::Workers workers(1, 2);
    ASSERT_TRUE(workers.run([&gate] { gate.pass(); }));
    gate.await_arrivals(1);
    EXPECT_TRUE(workers.run([] {}));
    EXPECT_TRUE(workers.run([] {}));
    EXPECT_FALSE(workers.run([] {}));
    gate.open();
}

TEST(Workers, DropWhatIsQueuedWhenTheyStop) {
    Gate gate;
    std::atomic<int> ran = 0;
    http::Workers workers(1, 2);
    workers.run([&gate, &ran] {
        gate.pass();
        ++ran;
    });
    gate.await_arrivals(1);
    auto token = std::make_shared<int>();
    workers.run([&ran, token] { ++ran; });
    auto stopped = std::async(std::launch::async, [&workers] { workers.stop(); });
    while (token.use_count() > 1) std::this_thread::yield();
    gate.open();
    stopped.get();
    EXPECT_EQ(ran, 1);
    EXPECT_FALSE(workers.run([] {}));
}

}  // namespace
