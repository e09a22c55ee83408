#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace db {

/// At most `size` connections, made when first needed. `with(f)` waits for a free one, runs
/// f(connection) and gives it back; a connection on which
/// f threw is closed.
template <class Connection>
class Pool {
public:
    using Make = std::function<std::unique_ptr<Connection>()>;
    Pool(std::size_t size, Make make) : make_(std::move(make)), free_places_(size) {}

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
    struct Place {
        explicit Place(Pool& owner) : pool(owner) {
            std::unique_lock lock(pool.mutex_);
            pool.freed_.wait(lock, [&] { return pool.free_places_ > 0; });
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

    Make make_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_places_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace db
