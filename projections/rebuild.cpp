#include "projections/rebuild.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "crypto/hash.hpp"
#include "projections/follow.hpp"
#include "projections/parking.hpp"

namespace projections {
namespace {

constexpr unsigned most_threads = 4;
constexpr std::int64_t most_parts = 1 << 14;

using GoingOn = std::function<bool(std::int64_t position)>;

std::int32_t parts_for(std::int64_t events, std::int64_t events_of_part) {
    const auto parts = std::clamp<std::int64_t>(events / events_of_part, 1, most_parts);
    return static_cast<std::int32_t>(std::bit_ceil(static_cast<std::uint32_t>(parts)));
}

/// Folds the parts that are missing.
class Filler {
public:
    Filler(events::Log& log, Views& views, const Projection& projection, Filling filling,
           std::int32_t of_stream, const GoingOn& going_on)
        : log_(log),
          views_(views),
          projection_(projection),
          filling_(std::move(filling)),
          skipped_(events::skips_of(log, projection.name)),
          of_stream_(of_stream),
          going_on_(going_on),
          done_(static_cast<std::int64_t>(filling_.filled.size())) {}

    /// False where it was told to end.
    bool run() {
        {
            std::vector<std::jthread> threads;
            const auto count = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
            try {
                for (unsigned i = 1; i < count; ++i) threads.emplace_back([this] { work(); });
            } catch (const std::system_error&) {
                // Fewer do it, too.
            }
            work();
        }
        if (failed_) std::rethrow_exception(failed_);
        return !ending_;
    }

private:
    void work() {
        try {
            for (auto part = next_++; part < filling_.parts && !ending_; part = next_++) {
                if (filling_.filled.contains(part)) continue;
                fill(part);
                const std::lock_guard lock(mutex_);
                const auto position = filling_.to * ++done_ / filling_.parts;
                if (!going_on_(position)) ending_ = true;
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failed_) failed_ = std::current_exception();
            ending_ = true;
        }
    }

    events::StreamRange range_of(std::int32_t part) const {
        const auto width = (UINT16_MAX + 1) / filling_.parts;
        return {static_cast<std::uint16_t>(part * width),
                static_cast<std::uint16_t>((part + 1) * width - 1)};
    }

    void fill(std::int32_t part) {
        std::vector<Parked> parked;
        std::unique_ptr<Fold> fold;
        do {
            if (ending_) return;
            fold = projection_.begin();
        } while (!folded(part, *fold, parked));
        views_.fill(projection_, filling_, part, fold->changes(), parked);
    }

    /// False where the fold threw: it may have changed half of what it meant to, and the part
    /// begins anew without what comes from that event on.
    bool folded(std::int32_t part, Fold& fold, std::vector<Parked>& parked) {
        try {
            log_.each_by_stream(range_of(part), filling_.to, [&](const auto& recorded) {
                if (ending_) throw Spoilt{};
                if (is_passed_over(recorded, parked, skipped_)) return;
                if (recorded.version > of_stream_) return parked.push_back(left_off(recorded));
                auto stop = fold_one(fold, recorded);
                if (!stop) return;
                parked.push_back(std::move(*stop));
                if (recorded.defect.empty()) throw Spoilt{};
            });
        } catch (const Spoilt&) {
            return false;
        }
        return true;
    }
    struct Spoilt {};

    /// A stream that catches up from here.
    static Parked left_off(const events::Recorded& at) {
        return {at.stream, at.position, "", at.recorded, at.version - 1, true};
    }

    events::Log& log_;
    Views& views_;
    const Projection& projection_;
    const Filling filling_;
    const std::set<std::int64_t> skipped_;
    const std::int32_t of_stream_;
    const GoingOn& going_on_;
    std::atomic<std::int32_t> next_ = 0;
    std::atomic<bool> ending_ = false;
    std::mutex mutex_;
    std::int64_t done_;
    std::exception_ptr failed_;
};

bool try_rebuild(events::Log& log, Views& views, const Projection& projection,
                 const GoingOn& going_on, const PartSizes& sizes) {
    while (views.discard_some(projection)) {
        if (!going_on(0)) return false;
    }
    const auto head = log.head();
    const auto filling = views.begin_rebuild(projection, head, parts_for(head, sizes.events));
    if (!filling.ended) {
        Filler filler(log, views, projection, filling, sizes.of_stream, going_on);
        const auto indexing = [&] { return going_on(filling.to); };
        if (!filler.run() || !views.end_filling(projection, filling, indexing)) return false;
    }
    Follower follower(log, views, projection, Copy::next, batch_limit,
                      events::skips_of(log, projection.name));
    do {
        while (follower.step() != Follower::Step::nothing) {
            if (!going_on(views.checkpoint(projection, Copy::next).position)) return false;
        }
    } while (!views.swap(projection, filling));
    // What is left when the process ends goes at the beginning of the next rebuild.
    const auto position = views.checkpoint(projection, Copy::live).position;
    while (views.discard_some(projection) && going_on(position)) {
    }
    return true;
}

}  // namespace

bool rebuild(events::Log& log, Views& views, const Projection& projection, const GoingOn& going_on,
             PartSizes sizes) {
    const auto claim = views.claim_rebuild(projection);
    if (!claim) {
        throw std::runtime_error("another process is rebuilding " + std::string(projection.name) +
                                 "; the live tables stand until it is done");
    }
    for (;;) {
        try {
            return try_rebuild(log, views, projection, going_on, sizes);
        } catch (const RebuildGone&) {
            if (!going_on(0)) return false;
        }
    }
}

std::string content_hash(Views& views, const TableInfo& table, Copy copy) {
    crypto::Digest digest{};
    Select page{&table, {}, {}, 1'000};
    std::vector<std::string_view> key;
    for (std::size_t i = 0; i < table.keys; ++i) {
        key.push_back(table.columns[i].name);
        page.order.push_back({table.columns[i].name});
    }
    for (;;) {
        const auto rows = views.select(copy, page);
        if (rows.empty()) return crypto::hex(crypto::view(digest));
        crypto::Writer out;
        out.raw(crypto::view(digest));
        for (const auto& row : rows) {
            for (const auto& cell : row)
                out.integer(std::uint8_t{cell.has_value()}).variable(cell.value_or(""));
        }
        digest = crypto::sha256(out.bytes());
        std::vector<std::string> last;
        for (std::size_t i = 0; i < table.keys; ++i) last.push_back(rows.back()[i].value());
        page.where = {{key, Select::Is::more, last}};
    }
}

}  // namespace projections
