#pragma once

#include <algorithm>
#include <atomic>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kapso/signature.hpp"
#include "tests/load/served.hpp"

/// Customers who write, and a provider that delivers it as often as it likes.
namespace load {

inline constexpr auto secret = "the secret of these tests";
inline constexpr auto line = "100000000000001";

/// When a message was written: the same in all its deliveries, however late they are.
inline std::string written_at(int message) {
    static const auto start = std::time(nullptr) - 60;
    return std::to_string(start + message % 60);
}

inline std::string wamid_of(int message) { return "wamid.LOAD" + std::to_string(message); }

/// One webhook: its body and the messages in it.
struct Body {
    std::string text;
    std::vector<int> messages;
};

/// A v2 entry. Message m is person m % persons'; every other one also names the person's BSUID, so
/// that the log must find one person by different names.
inline nlohmann::json entry(int message, int persons) {
    const auto person = message % persons;
    const auto phone = std::to_string(34'600'000'000LL + person);
    nlohmann::json out{{"event", "whatsapp.message.received"},
                       {"phone_number_id", line},
                       {"conversation", {{"phone_number", "+" + phone}, {"phone_number_id", line}}},
                       {"message",
                        {{"id", wamid_of(message)},
                         {"from", phone},
                         {"timestamp", written_at(message)},
                         {"type", "text"},
                         {"text", {{"body", "message " + std::to_string(message)}}},
                         {"kapso", {{"direction", "inbound"}, {"status", "received"}}}}}};
    if ((message / persons) % 2 == 1) {
        out["message"]["from_user_id"] = "ES." + std::to_string(7'000'000 + person);
    }
    return out;
}

inline Body single(int message, int persons) { return {entry(message, persons).dump(), {message}}; }

inline Body batch(std::vector<int> messages, int persons) {
    nlohmann::json out{{"type", "whatsapp.message.received"},
                       {"batch", true},
                       {"data", nlohmann::json::array()},
                       {"batch_info", {{"size", messages.size()}}}};
    for (const int message : messages) out["data"].push_back(entry(message, persons));
    return {out.dump(), std::move(messages)};
}

/// Every message once and 30 % of them again, shuffled; half of all this alone, half in batches.
inline std::vector<Body> shuffled(int messages, int persons, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<int> all(static_cast<std::size_t>(messages));
    for (int i = 0; i < messages; ++i) all[static_cast<std::size_t>(i)] = i;
    std::ranges::shuffle(all, random);
    const std::vector<int> again(all.begin(), all.begin() + messages * 3 / 10);
    all.insert(all.end(), again.begin(), again.end());
    std::ranges::shuffle(all, random);
    std::vector<Body> bodies;
    const auto half = all.size() / 2;
    for (std::size_t i = 0; i < half; ++i) bodies.push_back(single(all[i], persons));
    for (std::size_t i = half; i < all.size();) {
        const auto size = std::min<std::size_t>(2 + random() % 19, all.size() - i);
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(i);
        bodies.push_back(batch({first, first + static_cast<std::ptrdiff_t>(size)}, persons));
        i += size;
    }
    std::ranges::shuffle(bodies, random);
    return bodies;
}

/// A webhook as it goes over the wire, signed.
inline std::string webhook_request(const std::string& body) {
    const auto headers = "Content-Type: application/json\r\nX-Webhook-Signature: " +
                         kapso::signature_of(body, secret) +
                         "\r\nX-Webhook-Event: whatsapp.message.received\r\n";
    return tests::raw_request("POST", "/api/whatsapp/webhook", body, headers);
}

/// Posts one body; the answer, empty where the connection broke.
inline std::string post(tests::RawHttp& connection, const Body& body) {
    return connection.exchange(webhook_request(body.text));
}

/// Many connections that deliver bodies at the same time, each again until it has its 200.
class Provider {
public:
    /// Connection c goes to ports[c % ports.size()].
    Provider(std::vector<Body> bodies, std::vector<std::uint16_t> ports, int connections)
        : bodies_(std::move(bodies)), ports_(std::move(ports)) {
        for (int c = 0; c < connections; ++c) {
            threads_.emplace_back([this, c] { deliver(static_cast<std::size_t>(c)); });
        }
    }
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    ~Provider() {
        stopped_ = true;
        for (auto& thread : threads_) thread.join();
    }

    /// Waits; true where every body had its 200.
    bool finish(std::chrono::milliseconds at_most) {
        return eventually(at_most, [&] { return answered() == bodies_.size(); });
    }
    std::size_t answered() const { return answered_; }
    std::size_t size() const { return bodies_.size(); }
    /// The messages of all bodies that were answered 200.
    std::set<int> accepted() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }
    /// The longest that one of them waited for its answer.
    std::chrono::milliseconds longest() const {
        const std::lock_guard lock(mutex_);
        return std::chrono::floor<std::chrono::milliseconds>(longest_);
    }
    /// How often each status came; 0 is a connection that broke.
    std::map<int, int> statuses() const {
        const std::lock_guard lock(mutex_);
        return statuses_;
    }
    /// How often an answer 503 didn't say when to come again.
    int curt() const { return curt_; }

private:
    void deliver(std::size_t c) {
        const auto port = ports_[c % ports_.size()];
        std::unique_ptr<tests::RawHttp> connection;
        for (auto next = next_++; next < bodies_.size() && !stopped_;) {
            const auto since = Clock::now();
            const auto answer = try_once(bodies_[next], connection, port);
            const int status = tests::status_of(answer);
            note(bodies_[next], status, Clock::now() - since);
            curt_ += status == 503 && answer.find("\r\nRetry-After: ") == std::string::npos;
            if (status == 200) {
                next = next_++;
            } else {
                connection.reset();
                std::this_thread::sleep_for(20ms);  // as a provider backs off
            }
        }
    }
    static std::string try_once(const Body& body, std::unique_ptr<tests::RawHttp>& connection,
                                std::uint16_t port) {
        try {
            if (!connection) connection = std::make_unique<tests::RawHttp>(port);
            return post(*connection, body);
        } catch (const std::runtime_error&) {
            return {};
        }
    }
    void note(const Body& body, int status, Clock::duration waited) {
        const std::lock_guard lock(mutex_);
        ++statuses_[status];
        longest_ = std::max(longest_, waited);
        if (status != 200) return;
        accepted_.insert(body.messages.begin(), body.messages.end());
        ++answered_;
    }

    const std::vector<Body> bodies_;
    const std::vector<std::uint16_t> ports_;
    mutable std::mutex mutex_;
    std::set<int> accepted_;
    std::map<int, int> statuses_;
    Clock::duration longest_{};
    std::atomic<std::size_t> next_ = 0, answered_ = 0;
    std::atomic<int> curt_ = 0;
    std::atomic<bool> stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace load
