#include <condition_variable>
#include <mutex>

#include "kapso/history.hpp"

namespace kapso {
namespace {

/// What a caller waits for. The answer may come when the caller has gone.
struct Post {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<net::Result> result;
};

std::optional<Turnstile::Pass> pass_through(Turnstile& turnstile, Post& post,
                                            const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        auto answer = turnstile.list();
        if (auto* pass = std::get_if<Turnstile::Pass>(&answer)) return *pass;
        std::unique_lock lock(post.mutex);
        post.changed.wait_until(lock, stop, std::get<Moment>(answer), [] { return false; });
    }
    return std::nullopt;
}

}  // namespace

std::optional<net::Result> call_in_turn(net::Client& client, Turnstile& turnstile,
                                        net::Request request, const std::stop_token& stop) {
    const auto post = std::make_shared<Post>();
    const auto pass = pass_through(turnstile, *post, stop);
    if (!pass) return std::nullopt;
    client.send(std::move(request), [post, pass = *pass](const net::Result& result) {
        pass.answered(result);
        const std::lock_guard lock(post->mutex);
        post->result = result;
        post->changed.notify_all();
    });
    std::unique_lock lock(post->mutex);
    post->changed.wait(lock, stop, [&] { return post->result.has_value(); });
    return post->result;
}

}  // namespace kapso
