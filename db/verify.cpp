#include "db/verify.hpp"

#include <deque>
#include <unordered_map>

#include "events/codec.hpp"

namespace db {
namespace {

constexpr std::size_t page = 1'000;

/// The events in order, a page at a time.
class Walk {
public:
    explicit Walk(Rows& rows) : rows_(rows) {}
    std::optional<Stored> next() {
        if (page_.empty()) {
            const auto read = rows_.all(position_, page);
            page_.assign(read.begin(), read.end());
        }
        if (page_.empty()) return std::nullopt;
        auto event = std::move(page_.front());
        page_.pop_front();
        position_ = event.position;
        return event;
    }

private:
    Rows& rows_;
    std::int64_t position_ = 0;
    std::deque<Stored> page_;
};

class Verifier {
public:
    explicit Verifier(Rows& rows) : rows_(rows), walk_(rows) {}

    std::optional<Defect> run() {
        std::int64_t after = -1;
        for (;;) {
            const auto seals = rows_.seals(after, page);
            for (const auto& seal : seals) {
                if (auto defect = check(seal)) return defect;
                after = seal.first;
            }
            if (seals.size() < page) break;
        }
        return after_the_last_seal();
    }

private:
    std::optional<Defect> check(const StoredSeal& seal) {
        if (seal.first == 0) {
            if (seal.seal != events::genesis_seal) return Defect{0, "the first seal was changed"};
            previous_ = seal.seal;
            return std::nullopt;
        }
        if (seal.first != next_)
            return Defect{next_, "a seal is missing, or its range was changed"};
        std::vector<events::Sealed> batch;
        for (std::int32_t i = 0; i < seal.count; ++i, ++next_) {
            const auto event = walk_.next();
            if (!event || event->position != next_) return Defect{next_, "an event is missing"};
            if (auto defect = check(*event, seal)) return defect;
            batch.push_back({event->stream, event->version, event->digest});
        }
        const auto expected = events::seal_of(previous_, seal.first, seal.recorded, batch);
        if (crypto::view(expected) != seal.seal) {
            return Defect{seal.first, "the seal of the batch that starts here does not fit"};
        }
        previous_ = seal.seal;
        return std::nullopt;
    }

    std::optional<Defect> check(const Stored& event, const StoredSeal& seal) {
        if (events::digest_of(event.clear, event.sealed) != event.digest) {
            return Defect{event.position, "the event does not fit its digest"};
        }
        if (event.recorded != seal.recorded) {
            return Defect{event.position, "the time of recording is not that of its batch"};
        }
        auto& stream = streams_[event.stream];
        if (event.version != ++stream.version) {
            return Defect{event.position, "the version does not follow the stream's last one"};
        }
        if (!gate_fits(event, stream.gate)) {
            return Defect{event.position, "the gate is not the stream's last gating event"};
        }
        stream.gate = event.gate;
        return std::nullopt;
    }

    /// Of a type that only a newer Hilo knows, either may be.
    static bool gate_fits(const Stored& event, std::int32_t before) {
        const auto* type = events::type_with(event.clear.type);
        if (type == nullptr) return event.gate == before || event.gate == event.version;
        return event.gate == (type->gating ? event.version : before);
    }

    std::optional<Defect> after_the_last_seal() {
        const auto event = walk_.next();
        // Events that were appended while we read have seals that we didn't.
        if (!event || rows_.head() >= event->position) return std::nullopt;
        return Defect{event->position, "an event that no seal covers"};
    }

    Rows& rows_;
    Walk walk_;
    std::int64_t next_ = 1;
    crypto::Bytes previous_;
    struct Standing {
        std::int32_t version = 0, gate = 0;
    };
    std::unordered_map<events::StreamId, Standing> streams_;
};

}  // namespace

std::optional<Defect> verify(Rows& rows) { return Verifier(rows).run(); }

}  // namespace db
