#include "db/verify.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace db {
namespace {

using events::ChainVerifier;
using events::SealedHead;

constexpr unsigned most_threads = 4;

/// Whole batches, behind one that is taken as true.
struct Range {
    events::StoredSeal before;
    std::int64_t to = 0;
    std::int64_t after() const { return before.last(); }
};

struct Checked {
    std::optional<Defect> defect;
    std::int64_t events = 0;
    SealedHead head;  // as far as it went
    ChainVerifier::Streams streams;
};

/// Ends a scan at the first defect.
struct Found {
    Defect defect;
};

/// One range.
class Check {
public:
    Check(Rows& rows, const Range& range, const std::vector<SealedHead>& known)
        : rows_(rows), range_(range), chain_(range.after(), range.before.seal) {
        for (const auto& one : known) {
            if (one.position > range.after() && one.position <= range.to) known_.push_back(one);
        }
    }

    Checked run() {
        Checked done;
        try {
            seals_ = rows_.seals(range_.after(), range_.to);
            rows_.scan(range_.after(), range_.to, [&](const auto& event) { take(event); });
            if (chain_.missing() > 0 || chain_.position() < range_.to) is_missing();
        } catch (const Found& found) {
            done.defect = found.defect;
        }
        done.events = chain_.position() - range_.after();
        done.head = {chain_.position(), recorded_, chain_.seal()};
        done.streams = chain_.take_streams();
        return done;
    }

private:
    [[noreturn]] void is_missing() const {
        throw Found{{chain_.position() + 1, "an event is missing"}};
    }
    static void must(const std::optional<Defect>& defect) {
        if (defect) throw Found{*defect};
    }

    void take(const events::StoredEvent& event) {
        if (chain_.missing() == 0) begin_batch();
        must(chain_.take(event));
        if (chain_.missing() == 0) end_batch();
    }
    void begin_batch() {
        if (next_ == seals_.size()) {
            throw Found{{chain_.position() + 1, "an event that no seal covers"}};
        }
        const auto& seal = seals_[next_++];
        recorded_ = events::from_micros(seal.recorded);
        must(chain_.begin(seal));
    }
    /// What was kept outside of the log is held against it.
    void end_batch() {
        for (; next_known_ < known_.size(); ++next_known_) {
            const auto& known = known_[next_known_];
            if (known.position > chain_.position()) return;
            if (known.position < chain_.position() || known.seal != chain_.seal()) {
                throw Found{{known.position,
                             "the log is not the one of which a checkpoint was signed here: it was "
                             "changed at this position or before it, and sealed anew"}};
            }
        }
    }

    Rows& rows_;
    const Range& range_;
    std::vector<SealedHead> known_;
    std::size_t next_known_ = 0;
    ChainVerifier chain_;
    std::vector<events::StoredSeal> seals_;
    std::size_t next_ = 0;
    events::Time recorded_{};
};

/// All ranges, by several threads; what they found is put together in their order.
class Verifier {
public:
    Verifier(Rows& rows, const Verification& wanted)
        : rows_(rows),
          wanted_(wanted),
          streams_(!wanted.from),
          before_(wanted.from ? end_at(*wanted.from) : rows.seal_before(0)),
          end_(rows.seal_before(wanted.to).last()) {}

    Verified run() {
        if (auto defect = at_the_edges()) return {defect, 0, {}, false};
        done_.head = {before_.last(), events::from_micros(before_.recorded), before_.seal};
        {
            std::vector<std::jthread> threads;
            const auto count = std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
            for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
        }
        if (failed_) std::rethrow_exception(failed_);
        if (!done_.defect && !done_.stopped && wanted_.to == INT64_MAX) {
            done_.defect = after_the_last_seal();
        }
        return done_;
    }

private:
    struct Numbered {
        std::size_t number = 0;
        Range range;
    };

    static events::StoredSeal end_at(const SealedHead& head) {
        return {head.position, 1, events::micros(head.recorded), head.seal};
    }

    std::optional<Defect> at_the_edges() const {
        if (!wanted_.from && before_.seal != events::genesis_seal) {
            return Defect{0, "the first seal was changed"};
        }
        if (wanted_.to != INT64_MAX) return std::nullopt;
        for (const auto& known : wanted_.known) {
            if (known.position > end_) return cut_off(known);
        }
        return wanted_.from && wanted_.from->position > end_ ? cut_off(*wanted_.from)
                                                             : std::optional<Defect>();
    }
    Defect cut_off(const SealedHead& known) const {
        return {end_ + 1, "the log ends here, and a checkpoint was signed of position " +
                              std::to_string(known.position) + ": what came between was cut off"};
    }

    void work() {
        try {
            while (const auto next = next_range()) {
                take(next->number, Check(rows_, next->range, wanted_.known).run());
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            failed_ = std::current_exception();
        }
    }

    std::optional<Numbered> next_range() {
        const std::lock_guard lock(mutex_);
        if (failed_ || done_.stopped || found_ || before_.last() >= end_) return std::nullopt;
        const auto next = rows_.next_seal(before_.last() + wanted_.events_at_once);
        const auto to = next && *next <= end_ ? *next - 1 : end_;
        Numbered one{handed_out_++, {before_, to}};
        before_ = end_at({to, {}, rows_.seal_before(to).seal});
        return one;
    }

    void take(std::size_t number, Checked checked) {
        const std::lock_guard lock(mutex_);
        found_ = found_ || checked.defect;
        checked_.emplace(number, std::move(checked));
        for (auto next = checked_.begin(); next != checked_.end() && next->first == put_together_;
             next = checked_.erase(next), ++put_together_) {
            if (!done_.defect && !done_.stopped) put_together(next->second);
        }
    }
    void put_together(const Checked& next) {
        done_.events += next.events;
        done_.head = next.head;
        done_.defect = next.defect;
        const auto between = streams_.follow(next.streams);
        if (between && (!done_.defect || between->position <= done_.defect->position)) {
            done_.defect = between;
        }
        found_ = found_ || done_.defect;
        if (wanted_.going_on && !wanted_.going_on(done_.head.position, end_)) done_.stopped = true;
    }

    std::optional<Defect> after_the_last_seal() {
        try {
            rows_.scan(end_, INT64_MAX, [&](const auto& event) {
                // Events that were appended while we read have seals that we didn't.
                if (rows_.seal_before(INT64_MAX).last() >= event.position) throw Found{};
                throw Found{{event.position, "an event that no seal covers"}};
            });
        } catch (const Found& found) {
            if (!found.defect.what.empty()) return found.defect;
        }
        return std::nullopt;
    }

    Rows& rows_;
    const Verification& wanted_;
    std::mutex mutex_;
    events::StreamsInOrder streams_;
    events::StoredSeal before_;  // of the range that is handed out next
    const std::int64_t end_;
    std::size_t handed_out_ = 0, put_together_ = 0;
    std::map<std::size_t, Checked> checked_;
    bool found_ = false;
    std::exception_ptr failed_;
    Verified done_;
};

}  // namespace

Verified verify(Rows& rows, const Verification& wanted) { return Verifier(rows, wanted).run(); }

}  // namespace db
