#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace db {

/// None became free in time.
struct PoolBusy : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// At most `size` connections, made when first needed. `with(f)` waits for a free one, runs
/// f(connection) and gives it back; a connection on which f threw is closed. Throws PoolBusy where
/// it would have to wait for longer than the pool's patience.
template <class Connection>
class Pool {
public:
    using Make = std::function<std::unique_ptr<Connection>()>;
    Pool(std::size_t size, Make make, std::chrono::milliseconds patience = default_patience)
        : make_(std::move(make)), patience_(patience), free_places_(size) {}

    template <class F>
    auto with(F f) {
        Place place(*this);
        auto connection = std::move(place.taken);
        if (!connection || !still_good(*connection)) connection = make_();
        if constexpr (std::is_void_v<decltype(f(*connection))>) {
            f(*connection);
            place.taken = std::move(connection);
        } else {
            auto result = f(*connection);
            place.taken = std::move(connection);
            return result;
        }
    }

private:
    static constexpr std::chrono::milliseconds default_patience{10'000};

    struct Place {
        explicit Place(Pool& owner) : pool(owner) {
            std::unique_lock lock(pool.mutex_);
            const auto is_free = [&] { return pool.free_places_ > 0; };
            if (!pool.freed_.wait_for(lock, pool.patience_, is_free)) {
                throw PoolBusy("all connections to the database were busy for " +
                               std::to_string(pool.patience_.count()) + " ms");
            }
            --pool.free_places_;
            if (pool.idle_.empty()) return;
            taken = std::move(pool.idle_.back());
            pool.idle_.pop_back();
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() {
            const std::lock_guard lock(pool.mutex_);
            ++pool.free_places_;
            if (taken) pool.idle_.push_back(std::move(taken));
            pool.freed_.notify_one();
        }
        Pool& pool;
        std::unique_ptr<Connection> taken;
    };

    /// Whether the server has not hung up while nobody looked.
    static bool still_good(Connection& connection) {
        if constexpr (requires { connection.alive(); }) return connection.alive();
        return true;
    }

    const Make make_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_places_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace db
