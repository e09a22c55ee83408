#include "db/batcher.hpp"

#include <algorithm>

namespace db {
namespace {

/// What a batch holds so far.
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
               shares_some_aliases(request);
    }
    void add(const Request& request) {
        for (const auto& row : request.rows) ids_.insert(row.clear.id);
        if (request.aliases) {
            for (const auto& mac : request.aliases->all()) persons_.emplace(mac, *request.aliases);
        }
        events_ += request.rows.size();
        bytes_ += request.bytes();
    }

private:
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
    std::size_t events_ = 0, bytes_ = 0;
};

}  // namespace

bool Batcher::offer(Waiting& waiting) {
    const auto bytes = waiting.request.bytes();
    if (queue_.size() >= limits_.queue_requests || bytes_ + bytes > limits_.queue_bytes) {
        return false;
    }
    bytes_ += bytes;
    queue_.push_back(std::move(waiting));
    return true;
}

std::vector<Waiting> Batcher::take() {
    std::vector<Waiting> batch;
    Contents contents(limits_);
    for (auto place = queue_.begin(); place != queue_.end();) {
        if (!contents.has_room_for(place->request)) break;
        if (contents.meets(place->request)) {
            ++place;
            continue;
        }
        contents.add(place->request);
        batch.push_back(remove(place));
    }
    return batch;
}

std::vector<Waiting> Batcher::expired(Time now) {
    std::vector<Waiting> out;
    for (auto place = queue_.begin();
         place != queue_.end() && now - place->since >= limits_.patience;) {
        out.push_back(remove(place));
    }
    return out;
}

std::optional<Batcher::Time> Batcher::next_expiry() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.front().since + limits_.patience;
}

std::vector<Waiting> Batcher::drain() {
    std::vector<Waiting> out(std::make_move_iterator(queue_.begin()),
                             std::make_move_iterator(queue_.end()));
    queue_.clear();
    bytes_ = 0;
    return out;
}

Waiting Batcher::remove(std::deque<Waiting>::iterator& place) {
    Waiting taken = std::move(*place);
    bytes_ -= taken.request.bytes();
    place = queue_.erase(place);
    return taken;
}

}  // namespace db
