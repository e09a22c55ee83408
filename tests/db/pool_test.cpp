#include "db/pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace {

struct Nothing {};

TEST(Pool, WaitsForAConnectionAndNotForEver) {
    db::Pool<Nothing> pool(
        1, [] { return std::make_unique<Nothing>(); }, std::chrono::milliseconds(50));
    std::promise<void> taken, go;
    std::thread holder([&] {
        pool.with([&](Nothing&) {
            taken.set_value();
            go.get_future().wait();
        });
    });
    taken.get_future().wait();
    EXPECT_THROW(pool.with([](Nothing&) {}), db::PoolBusy);
    go.set_value();
    holder.join();
    EXPECT_EQ(pool.with([](Nothing&) { return 1; }), 1);
}

}  // namespace
