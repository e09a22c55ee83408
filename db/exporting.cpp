#include "db/exporting.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "events/codec.hpp"
#include "events/sealed_body.hpp"

namespace db {
namespace {

constexpr std::size_t page = 500;

class Exporter {
public:
    Exporter(Rows& rows, const Keyring& keys,
             const std::vector<events::SignedCheckpoint>& checkpoints)
        : rows_(rows), keys_(keys), head_(rows.seal_before(INT64_MAX).last()) {
        // A copy of the database may be behind what was signed.
        for (const auto& one : checkpoints) {
            if (one.head.position <= head_) checkpoints_.push_back(one);
        }
    }

    events::Export run(const std::vector<events::StreamId>& streams) {
        out_.streams = streams;
        for (const auto& stream : streams) take_stream(stream);
        std::ranges::sort(out_.events, {}, &events::ExportedEvent::position);
        forget_erased();
        std::int64_t shown = 0;
        for (const auto& event : out_.events) {
            if (event.position > shown) shown = show(event.position, shown);
        }
        return std::move(out_);
    }

private:
    /// Up to the end of the log as it was at first, or of two streams one would be shown further
    /// than the other.
    void take_stream(const events::StreamId& stream) {
        std::int32_t last = 0;
        for (auto found = rows_.stream(stream, last, page); !found.empty();
             found = rows_.stream(stream, last, page)) {
            for (const auto& one : found) {
                if (one.position > head_) return;
                take(one);
            }
            last = found.back().version;
        }
    }

    void take(const Stored& stored) {
        const auto* type = events::type_with(stored.clear.type);
        events::ExportedEvent event;
        event.position = stored.position;
        event.stream = stored.stream;
        event.version = stored.version;
        event.recorded = stored.recorded;
        event.clear = stored.clear;
        event.name = type == nullptr ? "" : type->name;
        event.sealed = stored.sealed;
        if (stored.clear.key && stored.wrapped) event.says = opened(stored);
        if (stored.clear.key && !stored.wrapped) erased_.insert(*stored.clear.key);
        out_.events.push_back(std::move(event));
    }
    std::string opened(const Stored& stored) {
        const auto& id = *stored.clear.key;
        auto key = out_.keys.find(id);
        if (key == out_.keys.end()) {
            key = out_.keys.emplace(id, keys_.unwrap(id, *stored.wrapped)).first;
        }
        auto plain = events::open_body(key->second, stored.clear, stored.sealed);
        if (!plain || plain->find('\n') != plain->npos) {
            throw std::runtime_error("the event at position " + std::to_string(stored.position) +
                                     " is not as it was sealed; hilo audit verify tells more");
        }
        return *std::move(plain);
    }
    /// Whose key was destroyed while we read.
    void forget_erased() {
        for (const auto& id : erased_) out_.keys.erase(id);
        for (auto& event : out_.events) {
            if (event.clear.key && erased_.contains(*event.clear.key)) event.says.reset();
        }
    }

    /// Adds the batches from the one that holds a position to the next checkpoint, but for those
    /// that are there already; where no checkpoint follows, that one batch. Returns the last
    /// position that is shown.
    std::int64_t show(std::int64_t position, std::int64_t shown) {
        const auto own = rows_.seal_before(position);
        const auto next = std::ranges::lower_bound(
            checkpoints_, own.last(), {}, [](const auto& one) { return one.head.position; });
        const bool is_signed = next != checkpoints_.end();
        const auto after = std::max(own.first - 1, shown);
        const auto to = is_signed ? next->head.position : own.last();
        add_batches(after, to);
        if (is_signed) out_.checkpoints.push_back(*next);
        return to;
    }

    void add_batches(std::int64_t after, std::int64_t to) {
        auto before = rows_.seal_before(after).seal;
        const auto begin = out_.batches.size();
        for (auto& seal : rows_.seals(after, to)) {
            events::ExportedBatch batch;
            batch.first = seal.first;
            batch.recorded = events::from_micros(seal.recorded);
            batch.before = std::exchange(before, seal.seal);
            batch.seal = std::move(seal.seal);
            out_.batches.push_back(std::move(batch));
        }
        if (out_.batches.size() == begin) return;  // verifying tells
        auto batch = out_.batches.begin() + static_cast<std::ptrdiff_t>(begin);
        rows_.scan_sealed(after, to, [&](std::int64_t at, const events::Sealed& sealed) {
            while (batch + 1 != out_.batches.end() && (batch + 1)->first <= at) ++batch;
            batch->events.push_back(sealed);
        });
    }

    Rows& rows_;
    const Keyring& keys_;
    const std::int64_t head_;
    std::vector<events::SignedCheckpoint> checkpoints_;
    std::set<events::Uuid> erased_;
    events::Export out_;
};

}  // namespace

events::Export export_of(Rows& rows, const Keyring& keys,
                         const std::vector<events::StreamId>& streams,
                         const std::vector<events::SignedCheckpoint>& checkpoints) {
    return Exporter(rows, keys, checkpoints).run(streams);
}

}  // namespace db
