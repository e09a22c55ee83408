#include "projections/follow.hpp"

#include <algorithm>
#include <stdexcept>

#include "crypto/hash.hpp"

namespace projections {
namespace {

void load_wanted(Views& views, Copy copy, Fold& fold, Batch batch) {
    for (int round = 0;; ++round) {
        const auto wanted = fold.wanted(batch, round);
        if (wanted.empty()) return;
        for (const auto& lookup : wanted) {
            if (lookup.keys.empty()) continue;
            for (const auto& row : views.load(copy, lookup)) fold.load(*lookup.table, row);
        }
    }
}

/// What a store takes as a text, whatever an error quotes, and no more than a line or two of it.
std::string plain(std::string words) {
    constexpr std::size_t longest = 300;
    words.resize(std::min(words.size(), longest));
    for (char& c : words) {
        if (c < ' ' || c > '~') c = '?';
    }
    return words;
}

Parked parked_at(const events::Recorded& recorded, const std::string& error) {
    return {recorded.stream,   recorded.position,    plain(error),
            recorded.recorded, recorded.version - 1, false};
}

/// Rows that an event may change, nearly: its own, and those of the messages that it closes.
std::size_t rows_of(const events::Recorded& recorded) {
    std::size_t rows = 1;
    visit_event(recorded.body, [&](const auto& e) {
        if constexpr (requires { e.answers; }) rows += e.answers.size();
    });
    return rows;
}

/// Its first events, as many as one save may take, and one at least.
Batch one_save(Batch events) {
    std::size_t count = 0, rows = 0;
    while (count < events.size()) {
        rows += rows_of(events[count]);
        if (count > 0 && rows > rows_limit) break;
        ++count;
    }
    return events.first(count);
}

/// Those that a batch is about: where something happened, and of which a person's act speaks.
std::vector<StreamId> streams_of(Batch batch, std::string_view consumer) {
    std::set<StreamId> streams;
    for (const auto& recorded : batch) {
        streams.insert(recorded.stream);
        if (const auto* act = events::act_for(recorded, consumer)) streams.insert(act->stream);
    }
    return {streams.begin(), streams.end()};
}

}  // namespace

/// An event that can't be read or taken parks its stream, and the batch is folded again without it:
/// a fold that threw may have changed half of what it meant to. Events before it, of that stream
/// too, stay.
std::unique_ptr<Fold> Follower::fold(Batch batch, std::vector<Parked>& parked) const {
    for (;;) {
        auto fold = projection_.begin();
        load_wanted(views_, copy_, *fold, batch);
        const auto refused = parked.size();
        for (const auto& recorded : batch) {
            const auto stop = std::ranges::find(parked, recorded.stream, &Parked::stream);
            if (stop != parked.end() && recorded.position >= stop->position) continue;
            if (skipped_.contains(recorded.position)) continue;
            try {
                if (!recorded.defect.empty()) throw std::runtime_error(recorded.defect);
                fold->fold(recorded);
            } catch (const std::bad_alloc&) {
                throw;  // no fault of the event's
            } catch (const std::exception& error) {
                parked.push_back(parked_at(recorded, error.what()));
                break;
            }
        }
        if (parked.size() == refused) return fold;
    }
}

Follower::Step Follower::step() {
    newly_parked_.clear();
    const auto caught_up = catch_up();
    if (caught_up == Step::refused) return caught_up;
    const auto followed = follow();
    return followed == Step::nothing ? caught_up : followed;
}

Follower::Step Follower::follow() {
    auto from = views_.checkpoint(projection_, copy_);
    const auto batch = log_.read_all(from.position, batch_);
    auto done = Step::nothing;
    for (Batch rest = batch; !rest.empty();) {
        const auto part = one_save(rest);
        if (!take(part, from)) return done == Step::saved ? done : Step::refused;
        done = Step::saved;
        from.position = part.back().position;
        rest = rest.subspan(part.size());
    }
    return done;
}

bool Follower::take(Batch batch, Checkpoint from) {
    const auto known = views_.parked_among(projection_, copy_, streams_of(batch, projection_.name));
    auto parked = known;
    const auto done = fold(batch, parked);
    const std::vector<Parked> fresh(parked.begin() + static_cast<std::ptrdiff_t>(known.size()),
                                    parked.end());
    heed_acts(batch, parked);
    Parking parking;
    for (std::size_t i = 0; i < parked.size(); ++i) {
        if (i >= known.size() || parked[i] != known[i]) parking.put.push_back(parked[i]);
    }
    const auto to = batch.back().position;
    if (!views_.save(projection_, copy_, done->changes(), parking, from, to)) return false;
    newly_parked_.insert(newly_parked_.end(), fresh.begin(), fresh.end());
    return true;
}

/// What a person said of a stream that is parked there, and nowhere else by now.
void Follower::heed_acts(Batch batch, std::vector<Parked>& parked) const {
    for (const auto& recorded : batch) {
        const auto* act = events::act_for(recorded, projection_.name);
        if (act == nullptr) continue;
        const auto one = std::ranges::find(parked, act->stream, &Parked::stream);
        if (one == parked.end() || one->position != act->position || one->resumed) continue;
        one->resumed = true;
        if (act->act == events::Act::skip) ++one->taken;
    }
}

/// Up to the checkpoint, where the stream joins the others again. The checkpoint is read first:
/// whoever else catches up meanwhile makes it another one.
Follower::Step Follower::catch_up() {
    const auto at = views_.checkpoint(projection_, copy_);
    auto one = views_.resumed(projection_, copy_);
    if (!one) return Step::nothing;
    skipped_ = events::skips_of(log_, projection_.name);
    const auto limit = std::min(batch_, catch_up_limit);
    auto batch = events::read_as_it_is(log_, one->stream, one->taken, limit);
    std::erase_if(batch, [&](const auto& recorded) { return recorded.position > at.position; });
    batch.resize(one_save(batch).size());
    Parking parking;
    const auto done = fold(batch, parking.put);
    const auto fresh = parking.put;
    if (batch.empty()) {
        parking.gone = {one->stream};
    } else if (parking.put.empty()) {
        one->taken = batch.back().version;
        parking.put = {*one};
    }
    const bool saved = views_.save(projection_, copy_, done->changes(), parking, at, at.position);
    if (saved) newly_parked_ = fresh;
    return saved ? Step::saved : Step::refused;
}

bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t)>& going_on) {
    while (views.discard_some(projection)) {
        if (!going_on(0)) return false;
    }
    views.begin_rebuild(projection);
    Follower follower(log, views, projection, Copy::next, batch_limit,
                      events::skips_of(log, projection.name));
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
                       views.parked(projection, Copy::live, parked_shown),
                       views.parked_count(projection, Copy::live)});
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
