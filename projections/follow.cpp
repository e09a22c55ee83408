#include "projections/follow.hpp"

#include <algorithm>
#include <stdexcept>

#include "crypto/hash.hpp"

namespace projections {
namespace {

void load_wanted(Views& views, Copy copy, Fold& fold, std::span<const events::Recorded> batch) {
    for (int round = 0;; ++round) {
        const auto wanted = fold.wanted(batch, round);
        if (wanted.empty()) return;
        for (const auto& lookup : wanted) {
            if (lookup.keys.empty()) continue;
            for (const auto& row : views.load(copy, lookup)) fold.load(*lookup.table, row);
        }
    }
}

}  // namespace

/// An event that can't be read or taken parks its stream, and the batch is folded again without it:
/// a fold that threw may have changed half of what it meant to. Events before it, of that stream
/// too, stay.
std::unique_ptr<Fold> Follower::fold(const std::vector<events::Recorded>& batch,
                                     std::vector<Parked>& parked) {
    for (;;) {
        auto fold = projection_.begin();
        load_wanted(views_, copy_, *fold, batch);
        const auto refused = parked.size();
        for (const auto& recorded : batch) {
            const auto stop = std::ranges::find(parked, recorded.stream, &Parked::stream);
            if (stop != parked.end() && recorded.position >= stop->position) continue;
            try {
                if (!recorded.defect.empty()) throw std::runtime_error(recorded.defect);
                fold->fold(recorded);
            } catch (const std::exception& error) {
                parked.push_back({recorded.stream, recorded.position, error.what()});
                break;
            }
        }
        if (parked.size() == refused) return fold;
    }
}

Follower::Step Follower::step() {
    const auto from = views_.checkpoint(projection_, copy_);
    const auto batch = log_.read_all(from.position, batch_);
    if (batch.empty()) return Step::nothing;
    auto parked = views_.parked(projection_, copy_);
    const auto before = static_cast<std::ptrdiff_t>(parked.size());
    const auto done = fold(batch, parked);
    parked.erase(parked.begin(), parked.begin() + before);
    const bool saved =
        views_.save(projection_, copy_, done->changes(), parked, from, batch.back().position);
    return saved ? Step::saved : Step::refused;
}

bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t)>& going_on) {
    while (views.discard_some(projection)) {
        if (!going_on(0)) return false;
    }
    views.begin_rebuild(projection);
    Follower follower(log, views, projection, Copy::next);
    do {
        while (follower.step() != Follower::Step::nothing) {
            if (!going_on(views.checkpoint(projection, Copy::next).position)) return false;
        }
    } while (!views.swap(projection));
    // What is left when the process ends goes at the beginning of the next rebuild.
    const auto position = views.checkpoint(projection, Copy::live).position;
    while (views.discard_some(projection) && going_on(position)) {
    }
    return true;
}

std::vector<Status> statuses(events::Log& log, Views& views) {
    std::vector<Status> all;
    const auto head = log.head();
    for (const auto& projection : all_projections()) {
        const auto position = views.checkpoint(projection, Copy::live).position;
        all.push_back({projection.name, position, head, std::max<std::int64_t>(0, head - position),
                       views.parked(projection, Copy::live)});
    }
    return all;
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
