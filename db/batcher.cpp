#include "db/batcher.hpp"

#include <algorithm>
#include <iterator>

namespace db {
namespace {

/// What a batch holds so far, and what had to be left for the next one.
class Contents {
public:
    explicit Contents(const Batcher::Limits& limits) : limits_(limits) {}

    bool has_room_for(const Request& request) const {
        return events_ == 0 || (events_ + request.rows.size() <= limits_.batch_events &&
                                bytes_ + request.bytes() <= limits_.batch_bytes);
    }
    bool meets(const Request& request) const {
        return std::ranges::any_of(request.rows,
                                   [&](const Row& row) { return ids_.contains(row.clear.id); }) ||
               shares_some_aliases(request) || is_behind(request);
    }
    void add(const Request& request) {
        for (const auto& row : request.rows) ids_.insert(row.clear.id);
        if (request.aliases) {
            for (const auto& mac : request.aliases->all()) persons_.emplace(mac, *request.aliases);
        }
        events_ += request.rows.size();
        bytes_ += request.bytes();
    }
    /// Left for the next batch: whoever is of the same person or stream stays behind it.
    void leave(const Request& request) {
        for (const auto& row : request.rows) ids_.insert(row.clear.id);
        if (!request.aliases) {
            left_streams_.insert(request.stream);
        } else {
            for (const auto& mac : request.aliases->all()) left_aliases_.insert(mac);
        }
        ++left_;
    }
    std::size_t left() const { return left_; }

private:
    bool is_behind(const Request& request) const {
        if (left_ == 0) return false;
        if (!request.aliases) return left_streams_.contains(request.stream);
        return std::ranges::any_of(request.aliases->all(), [&](const crypto::ShortMac& mac) {
            return left_aliases_.contains(mac);
        });
    }
    bool shares_some_aliases(const Request& request) const {
        if (!request.aliases) return false;
        return std::ranges::any_of(request.aliases->all(), [&](const crypto::ShortMac& mac) {
            const auto found = persons_.find(mac);
            return found != persons_.end() && found->second != *request.aliases;
        });
    }

    const Batcher::Limits& limits_;
    std::set<events::EventId> ids_;
    std::map<crypto::ShortMac, Aliases> persons_;
    std::set<crypto::ShortMac> left_aliases_;
    std::set<events::StreamId> left_streams_;
    std::size_t events_ = 0, bytes_ = 0, left_ = 0;
};

}  // namespace

bool Batcher::offer(Waiting& waiting, bool first) {
    const auto bytes = waiting.request.bytes();
    if (queue_.size() >= limits_.queue_requests || bytes_ + bytes > limits_.queue_bytes) {
        return false;
    }
    bytes_ += bytes;
    since_.insert(waiting.since);
    queue_.insert(first ? queue_.begin() : queue_.end(), std::move(waiting));
    return true;
}

/// Looks over no more than a part of the queue, so that one that is full of one person's messages
/// costs little more than any other.
std::vector<Waiting> Batcher::take() {
    std::vector<Waiting> batch, left;
    Contents contents(limits_);
    while (!queue_.empty() && contents.left() < limits_.left_behind &&
           contents.has_room_for(queue_.front().request)) {
        const auto& request = queue_.front().request;
        if (contents.meets(request)) {
            contents.leave(request);
            left.push_back(std::move(queue_.front()));
            queue_.pop_front();
        } else {
            contents.add(request);
            batch.push_back(take_first());
        }
    }
    queue_.insert(queue_.begin(), std::make_move_iterator(left.begin()),
                  std::make_move_iterator(left.end()));
    return batch;
}

std::vector<Waiting> Batcher::expired(Time now) {
    const auto is_over = [&](Time since) { return now - since >= limits_.patience; };
    std::vector<Waiting> out;
    if (since_.empty() || !is_over(*since_.begin())) return out;
    const auto over =
        std::stable_partition(queue_.begin(), queue_.end(),
                              [&](const Waiting& waiting) { return !is_over(waiting.since); });
    std::move(over, queue_.end(), std::back_inserter(out));
    queue_.erase(over, queue_.end());
    for (const auto& waiting : out) forget(waiting);
    return out;
}

std::optional<Batcher::Time> Batcher::next_expiry() const {
    if (since_.empty()) return std::nullopt;
    return *since_.begin() + limits_.patience;
}

std::vector<Waiting> Batcher::drain() {
    std::vector<Waiting> out(std::make_move_iterator(queue_.begin()),
                             std::make_move_iterator(queue_.end()));
    queue_.clear();
    since_.clear();
    bytes_ = 0;
    return out;
}

Waiting Batcher::take_first() {
    Waiting taken = std::move(queue_.front());
    queue_.pop_front();
    forget(taken);
    return taken;
}

void Batcher::forget(const Waiting& waiting) {
    bytes_ -= waiting.request.bytes();
    since_.erase(since_.find(waiting.since));
}

}  // namespace db
