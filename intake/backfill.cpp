#include "intake/backfill.hpp"

#include <algorithm>

#include "domain/identity.hpp"
#include "events/overloaded.hpp"

namespace intake {
namespace {

using namespace std::chrono_literals;
using kapso::Item;

constexpr std::size_t items_at_once = 500;
constexpr std::chrono::seconds shortest{2};  // a range is not split further

std::string_view message_of(const Item& item) {
    return std::visit(
        events::Overloaded{
            [](const kapso::Inbound& one) { return std::string_view(one.message.wamid); },
            [](const kapso::Outbound& one) { return std::string_view(one.wamid); },
            [](const kapso::Status& one) { return std::string_view(one.wamid); },
            [](const auto&) { return std::string_view(); }},
        item);
}

std::optional<events::Time> time_of(const Item& item) {
    return std::visit(
        events::Overloaded{[](const kapso::Ignored&) { return std::optional<events::Time>(); },
                           [](const kapso::Unclear&) { return std::optional<events::Time>(); },
                           [](const auto& one) { return one.at; }},
        item);
}

std::size_t bytes_of(const Item& item) {
    return std::visit(
        events::Overloaded{
            [](const kapso::Inbound& one) {
                return one.message.text.size() + one.message.raw.size();
            },
            [](const kapso::Outbound& one) { return one.text.size() + one.raw.size(); },
            [](const kapso::Unclear& one) { return one.raw.size(); },
            [](const auto&) { return sizeof(Item); }},
        item);
}

void add(Receipt& to, const Receipt& some) {
    to.appended += some.appended;
    to.repeated += some.repeated;
    to.kept += some.kept;
    to.ignored += some.ignored;
    to.stored = to.stored && some.stored;
    to.passed_by.insert(to.passed_by.end(), some.passed_by.begin(), some.passed_by.end());
}

}  // namespace

struct Backfill::Range {
    kapso::Listing listing;
    bool can_be_split() const { return *listing.until - listing.since > shortest; }
    Range with(events::Time since, events::Time until) const {
        auto other = *this;
        other.listing.since = since;
        other.listing.until = until;
        return other;
    }
};

Backfill::Backfill(Intake& intake, Read read, Bounds bounds)
    : intake_(intake), read_(std::move(read)), bounds_(bounds) {}

Backfill::Result Backfill::take(const std::string& line, events::Time since, events::Time until,
                                const Reached& reached, std::vector<Span> given_up) {
    given_up_ = std::move(given_up);
    Result result;
    if (intake_.knows_foreign_ids()) {
        result.why =
            "the webhook has Kapso's old payload version v1, whose messages have other ids than "
            "those that Kapso lists; set its payload_version to v2";
        return result;
    }
    std::vector<Range> ranges{{{line, kapso::Way::both, since, until}}};  // the next one last
    while (!ranges.empty() && result.complete()) {
        const auto range = std::move(ranges.back());
        ranges.pop_back();
        take(range, ranges, result, reached);
    }
    return result;
}

/// Reads a range to its end before anything of it is taken in, for the oldest come last. One that
/// is too long for that is split.
void Backfill::take(const Range& range, std::vector<Range>& ranges, Result& result,
                    const Reached& reached) {
    const auto& listing = range.listing;
    std::vector<Item> items;
    std::size_t bytes = 0;
    std::optional<events::Time> told_at;  // the range's first page, which has the newest
    for (std::string after;;) {
        if (++result.pages > bounds_.pages) {
            result.why = "it has over " + std::to_string(bounds_.pages) +
                         " pages, and the next round goes on behind them";
            return;
        }
        auto page = read_(listing, after);
        if (auto* failed = std::get_if<kapso::History::Failed>(&page)) {
            if (failed->unreadable)
                return cant_read(range, ranges, result, failed->reason, reached);
            result.why = failed->reason;
            result.stopped = failed->stopped;
            return;
        }
        auto& list = std::get<kapso::MessageList>(page);
        if (!told_at) told_at = list.at;
        for (auto& item : list.items) {
            bytes += bytes_of(item);
            items.push_back(std::move(item));
        }
        if (list.after.empty()) {
            feed(std::move(items), result);
            // A clock that is ahead asks for what is yet to come.
            const auto to = std::min(*listing.until, told_at.value_or(*listing.until));
            if (result.complete() && to > listing.since) reached(to);
            return;
        }
        if (list.after == after) {
            result.why = "the list repeats a page";
            return;
        }
        after = list.after;
        if (items.size() < bounds_.messages && bytes < bounds_.bytes) continue;
        if (range.can_be_split()) return halve(range, ranges);
        feed(std::exchange(items, {}), result);
        if (!result.complete()) return;
        bytes = 0;
    }
}

void Backfill::halve(const Range& range, std::vector<Range>& ranges) {
    const auto& [line, way, since, until] = range.listing;
    const auto middle = since + (*until - since) / 2;
    ranges.push_back(range.with(middle, *until));
    ranges.push_back(range.with(since, middle));
}

/// One message that can't be read must not keep us from all others; but a server that answers with
/// anything but lists, for a moment or for hours, must not pass for one. So the range is halved
/// down to seconds, and that these are at fault is told only where others, of an hour before, can
/// be read.
void Backfill::cant_read(const Range& range, std::vector<Range>& ranges, Result& result,
                         const std::string& reason, const Reached& reached) {
    if (range.can_be_split()) return halve(range, ranges);
    const auto since = range.listing.since, until = *range.listing.until;
    const auto hour_ago = range.with(since - 1h, since - 1h + shortest);
    ++result.pages;
    const auto other = read_(hour_ago.listing, "");
    if (const auto* failed = std::get_if<kapso::History::Failed>(&other)) {
        result.why = failed->reason;
        result.stopped = failed->stopped;
        return;
    }
    // Whole seconds are asked for.
    const bool given_up = std::ranges::any_of(given_up_, [&](const Span& one) {
        return one.since - 1s <= until && one.until + 1s >= since;
    });
    if (given_up) return reached(until);
    result.unreadable = {since, until};
    result.why = "at " + events::iso8601(since) + ": " + reason;
}

void Backfill::feed(std::vector<Item> items, Result& result) {
    items = in_order(std::move(items));
    for (auto from = items.begin(); from != items.end() && result.complete();) {
        const auto some = std::min<std::ptrdiff_t>(items.end() - from, items_at_once);
        const auto receipt = intake_.take_listed(
            {std::make_move_iterator(from), std::make_move_iterator(from + some)});
        add(result.receipt, receipt);
        if (!receipt.stored) result.why = "the log is busy or away";
        from += some;
    }
}

bool Backfill::Outbound::is_complete(events::Time since, const events::StreamId& stream) const {
    return back_to && *back_to <= since && !passed_by.contains(stream);
}

Backfill::Outbound Backfill::outbound(const std::string& line, events::Time since) {
    Outbound seen;
    if (intake_.knows_foreign_ids()) return seen;
    const kapso::Listing listing{line, kapso::Way::outbound, since};
    std::string after;
    for (std::size_t pages = 0; pages < bounds_.pages_of_look_up; ++pages) {
        auto page = read_(listing, after);
        if (std::holds_alternative<kapso::History::Failed>(page)) return seen;
        auto& list = std::get<kapso::MessageList>(page);
        std::optional<events::Time> oldest;
        for (const auto& item : list.items) {
            const auto at = time_of(item);
            if (at && (!oldest || *at < *oldest)) oldest = at;
        }
        Result result;
        feed(std::move(list.items), result);
        seen.passed_by.insert(result.receipt.passed_by.begin(), result.receipt.passed_by.end());
        // What isn't understood may be what is looked for.
        if (!result.complete() || result.receipt.kept > 0) return seen;
        if (list.after.empty()) {
            seen.back_to = since;
            return seen;
        }
        if (list.after == after) return seen;  // the list repeats a page
        // Its second may go on, on the next page.
        if (oldest) seen.back_to = std::max(*oldest + std::chrono::seconds(1), since);
        after = list.after;
    }
    return seen;
}

bool lead_to(events::Log& log, const std::string& line, const std::vector<std::string>& names,
             const events::StreamId& stream) {
    return std::ranges::all_of(names, [&](const std::string& name) {
        events::Person person;
        person.line = line;
        if (domain::is_phone(name)) {
            person.phones = {domain::canonical_phone(name)};
        } else {
            person.bsuid = name;
        }
        return log.find(person) == stream;
    });
}

std::vector<Item> in_order(std::vector<Item> items) {
    struct Entry {
        std::optional<events::Time> at;
        std::vector<Item> items;
    };
    std::vector<Entry> entries;
    std::string last;
    for (auto& item : items) {
        std::string message(message_of(item));
        if (message.empty() || message != last) entries.push_back({time_of(item), {}});
        last = std::move(message);
        entries.back().items.push_back(std::move(item));
    }
    std::ranges::reverse(entries);
    std::ranges::stable_sort(entries, [](const Entry& a, const Entry& b) {
        return a.at.value_or(events::Time{}) < b.at.value_or(events::Time{});
    });
    items.clear();
    for (auto& entry : entries) std::ranges::move(entry.items, std::back_inserter(items));
    return items;
}

std::optional<ForeignIds> foreign_ids(events::Log& log, events::Time since) {
    constexpr std::int64_t page = 500, most = 20'000;
    const auto head = log.head();
    bool over = false;
    for (auto from = head; from > 0 && head - from < most;) {
        const auto to = from;
        from = std::max<std::int64_t>(from - page, 0);
        const auto events = log.read_all(from, static_cast<std::size_t>(to - from));
        for (auto one = events.rbegin(); one != events.rend(); ++one) {
            if (one->recorded < since) return std::nullopt;
            const auto* event = std::get_if<events::ConversationEvent>(&one->body);
            const auto* got = event ? std::get_if<events::MessageReceived>(event) : nullptr;
            if (got == nullptr || got->source != events::Source::webhook) continue;
            if (is_foreign_id(got->wamid)) return ForeignIds{one->recorded, over};
            over = true;
        }
    }
    return std::nullopt;
}

}  // namespace intake
