#include "events/chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "events/codec.hpp"
#include "tests/support/wanted.hpp"

namespace {

using namespace events;

/// An event as a database holds it, which may be changed.
struct Row {
    std::int64_t position = 0, version = 0, gate = 0, recorded = 0;
    std::int64_t type = 0, schema = 1, occurred = 0;
    std::optional<std::int64_t> code;
    std::string stream, id, correlation, causation, counts, key, print, digest, sealed;

    StoredEvent stored() const {
        StoredEvent event;
        event.position = position;
        event.stream = stream;
        event.version = version;
        event.gate = gate;
        event.recorded = recorded;
        event.clear = {id,        type, schema, occurred, correlation,
                       causation, code, counts, key,      print};
        event.digest = digest;
        event.sealed = sealed;
        return event;
    }
    void digest_anew() {
        Digested clear{id,
                       static_cast<std::int16_t>(type),
                       static_cast<std::int16_t>(schema),
                       occurred,
                       correlation,
                       causation,
                       {},
                       counts,
                       key,
                       print};
        if (code) clear.code = static_cast<std::int32_t>(*code);
        digest = crypto::view(digest_of(clear, sealed));
    }
};

/// A log of many streams, whose batches have one to seven events.
struct Log {
    std::vector<Row> rows;
    std::vector<StoredSeal> seals;

    Log() = default;
    Log(std::size_t count, std::mt19937_64& random) {
        std::map<std::string, std::pair<int, int>> standing;  // version, gate
        const auto types = all_types();
        const auto bytes = [&](std::size_t size) {
            std::string text(size, '\0');
            for (auto& one : text) one = static_cast<char>(random());
            return text;
        };
        std::vector<std::string> streams(count / 20 + 1);
        for (auto& one : streams) one = bytes(16);
        for (std::size_t i = 0; i < count; ++i) {
            Row row;
            row.position = static_cast<std::int64_t>(i + 1);
            row.stream = streams[random() % streams.size()];
            const auto& type = types[random() % types.size()];
            auto& [version, gate] = standing[row.stream];
            row.version = ++version;
            row.gate = gate = type.gating ? version : gate;
            row.type = type.code;
            row.occurred = static_cast<std::int64_t>(random() >> 20);
            row.id = bytes(16);
            if (random() % 2 == 0) row.correlation = bytes(16);
            if (random() % 2 == 0) row.causation = bytes(16);
            if (random() % 4 == 0) row.code = static_cast<std::int64_t>(random() % 200'000);
            row.counts = bytes(8 * (random() % 3));
            row.key = bytes(16);
            row.print = bytes(16);
            row.sealed = bytes(30 + random() % 200);
            row.digest_anew();
            rows.push_back(row);
        }
        for (std::size_t first = 0; first < count;) {
            const auto size = std::min<std::size_t>(1 + random() % 7, count - first);
            const auto time = static_cast<std::int64_t>(1'700'000'000'000'000 + first);
            seals.push_back(
                {static_cast<std::int64_t>(first + 1), static_cast<std::int64_t>(size), time, {}});
            for (std::size_t i = 0; i < size; ++i) rows[first + i].recorded = time;
            first += size;
        }
        seal_anew(0);
    }
    /// As somebody does who knows how, from a batch on.
    void seal_anew(std::size_t from) {
        for (auto i = from; i < seals.size(); ++i) {
            std::vector<Sealed> batch;
            for (auto at = seals[i].first; at <= seals[i].last(); ++at) {
                const auto& row = rows[static_cast<std::size_t>(at - 1)];
                batch.push_back({StreamId{*crypto::fixed<16>(row.stream)},
                                 static_cast<std::int32_t>(row.version),
                                 *crypto::fixed<32>(row.digest)});
            }
            const auto before = i == 0 ? std::string(genesis_seal) : seals[i - 1].seal;
            seals[i].seal = crypto::view(
                seal_of(before, seals[i].first, from_micros(seals[i].recorded), batch));
        }
    }
    /// Up to a batch.
    Log part(std::size_t last) const {
        Log part;
        part.seals = {seals.begin(), seals.begin() + static_cast<std::ptrdiff_t>(last) + 1};
        part.rows = {rows.begin(), rows.begin() + seals[last].last()};
        return part;
    }
    std::size_t batch_of(std::int64_t position) const {
        const auto next = std::ranges::upper_bound(seals, position, {}, &StoredSeal::first);
        return static_cast<std::size_t>(next - seals.begin()) - 1;
    }
};

/// A verifier somewhere in the log, and what it is to be given next.
struct Place {
    ChainVerifier chain{0, genesis_seal};
    std::size_t row = 0, seal = 0;

    std::optional<Defect> step(const Log& log) {
        if (chain.missing() == 0) {
            if (seal == log.seals.size()) {
                if (row == log.rows.size()) return std::nullopt;
                return Defect{chain.position() + 1, "an event that no seal covers"};
            }
            if (auto defect = chain.begin(log.seals[seal++])) return defect;
        }
        if (row == log.rows.size()) return Defect{chain.position() + 1, "an event is missing"};
        return chain.take(log.rows[row++].stored());
    }
    bool is_at_end(const Log& log) const {
        return chain.missing() == 0 && row == log.rows.size() && seal == log.seals.size();
    }
    /// The first defect up to the end.
    std::optional<Defect> go_on(const Log& log) {
        std::optional<Defect> defect;
        while (!defect && !is_at_end(log)) defect = step(log);
        StreamsInOrder streams(true);
        return earlier(streams.follow(chain.take_streams()), defect);
    }
    static std::optional<Defect> earlier(const std::optional<Defect>& a,
                                         const std::optional<Defect>& b) {
        if (!a || !b) return a ? a : b;
        return b->position < a->position ? b : a;
    }
};

/// Flips one bit of what a row holds, but for what may not differ from row to row; returns what.
std::string flip(Row& row, std::mt19937_64& random) {
    const std::vector<std::pair<const char*, std::int64_t*>> numbers{
        {"version", &row.version},  {"gate", &row.gate},         {"type", &row.type},
        {"schema", &row.schema},    {"recorded", &row.recorded}, {"occurred", &row.occurred},
        {"position", &row.position}};
    const std::vector<std::pair<const char*, std::string*>> texts{
        {"stream", &row.stream},       {"id", &row.id},         {"correlation", &row.correlation},
        {"causation", &row.causation}, {"counts", &row.counts}, {"key", &row.key},
        {"print", &row.print},         {"digest", &row.digest}, {"sealed", &row.sealed}};
    for (;;) {
        const auto which = random() % (numbers.size() + texts.size() + 1);
        if (which < numbers.size()) {
            *numbers[which].second ^= std::int64_t{1} << (random() % 63);
            return numbers[which].first;
        }
        if (which == numbers.size() + texts.size()) {
            if (!row.code) continue;
            *row.code ^= std::int64_t{1} << (random() % 63);
            return "code";
        }
        auto& [name, text] = texts[which - numbers.size()];
        if (text->empty()) continue;
        auto& byte = (*text)[random() % text->size()];
        byte = static_cast<char>(byte ^ (1 << (random() % 8)));
        return name;
    }
}

/// Some batches of a log, and a verifier that has come to the first of them.
struct Window {
    Place place;
    Log log;
    std::int64_t before = 0;  // events

    Row& row(std::int64_t position) { return log.rows[index(position)]; }
    std::size_t index(std::int64_t position) const {
        return static_cast<std::size_t>(position - before - 1);
    }
    auto at(std::int64_t position) {
        return log.rows.begin() + static_cast<std::ptrdiff_t>(index(position));
    }
    void move(std::int64_t from, std::int64_t by) {
        for (auto& row : log.rows) row.position += row.position >= from ? by : 0;
    }
};

class ChainTest : public testing::Test {
protected:
    ChainTest() {
        Place place;
        while (!place.is_at_end(log_)) {
            if (place.chain.missing() == 0 && place.seal % 50 == 0) places_.push_back(place);
            if (place.step(log_)) throw std::logic_error("the log doesn't verify as it was made");
        }
    }
    std::int64_t any() { return 1 + static_cast<std::int64_t>(random_() % log_.rows.size()); }

    /// From up to 50 batches before a position to 10 behind it.
    Window around(std::int64_t position) const {
        const auto batch = log_.batch_of(position);
        Window window{places_[batch / 50], {}, 0};
        const auto last = std::min(batch + 10, log_.seals.size() - 1);
        window.before = window.place.chain.position();
        window.log.seals = {log_.seals.begin() + static_cast<std::ptrdiff_t>(window.place.seal),
                            log_.seals.begin() + static_cast<std::ptrdiff_t>(last) + 1};
        window.log.rows = {log_.rows.begin() + window.before,
                           log_.rows.begin() + log_.seals[last].last()};
        window.place.seal = window.place.row = 0;
        return window;
    }
    /// In the batch that was changed, or where the next one begins.
    void expect_located(Window& window, std::int64_t position, const std::string& what) const {
        const auto defect = window.place.go_on(window.log);
        ASSERT_TRUE(defect) << what << " at " << position << " is not found";
        const auto& seal = log_.seals[log_.batch_of(position)];
        EXPECT_GE(defect->position, seal.first) << what << " at " << position;
        EXPECT_LE(defect->position, seal.last() + 1) << what << " at " << position;
    }

    const std::uint64_t seed_ = support::wanted("HILO_SEED", 1);
    std::mt19937_64 random_{seed_};
    const Log log_{10'000, random_};
    std::vector<Place> places_;
};

TEST_F(ChainTest, EveryBitThatIsFlippedIsFoundWhereItIs) {
    for (int i = 0; i < 3'000 && !HasFailure(); ++i) {
        const auto position = any();
        auto window = around(position);
        auto& row = window.row(position);
        const auto what = flip(row, random_);
        const bool is_taken = row.position > 0 && row.position <= std::ssize(log_.rows);
        if (what == "position" && is_taken) continue;  // no store holds two events there
        std::ranges::stable_sort(window.log.rows, {}, &Row::position);
        expect_located(window, position, what);
    }
}

TEST_F(ChainTest, EveryDeletionSwapAndInsertionIsFoundWhereItIs) {
    for (int i = 0; i < 1'000 && !HasFailure(); ++i) {
        const auto position = any();
        auto window = around(position);
        const auto other = position > window.before + 1 ? position - 1 : position + 1;
        auto strange = log_.rows[static_cast<std::size_t>(any() - 1)];
        strange.position = position;
        switch (i % 4) {
            case 0:
                window.log.rows.erase(window.at(position));
                expect_located(window, position, "a deletion");
                break;
            case 1:
                window.log.rows.erase(window.at(position));
                window.move(position, -1);
                expect_located(window, position, "a deletion that closes the gap");
                break;
            case 2:
                std::swap(window.row(position), window.row(other));
                std::swap(window.row(position).position, window.row(other).position);
                expect_located(window, std::min(position, other), "a swap");
                break;
            default:
                window.move(position, 1);
                window.log.rows.insert(window.at(position), strange);
                expect_located(window, position, "an insertion");
        }
    }
}

TEST_F(ChainTest, EveryChangeOfASealIsFoundWhereItIs) {
    for (int i = 0; i < 1'000 && !HasFailure(); ++i) {
        const auto first = log_.seals[log_.batch_of(any())].first;
        auto window = around(first);
        const auto found = std::ranges::find(window.log.seals, first, &StoredSeal::first);
        switch (i % 5) {
            case 0:
                found->seal[random_() % found->seal.size()] ^= 1;
                break;
            case 1:
                found->count ^= std::int64_t{1} << (random_() % 63);
                break;
            case 2:
                found->recorded ^= std::int64_t{1} << (random_() % 63);
                break;
            case 3:
                found->first ^= std::int64_t{1} << (random_() % 63);
                break;
            default:
                window.log.seals.erase(found);
        }
        expect_located(window, first, "a seal's change");
    }
}

TEST_F(ChainTest, WhoDigestsAndSealsAnewIsSeenByTheSealThatHeLeft) {
    for (int i = 0; i < 100 && !HasFailure(); ++i) {
        const auto batch = random_() % (log_.seals.size() - 1);
        const auto& seal = log_.seals[batch];
        auto changed = log_.part(batch);
        auto& row = changed.rows.at(static_cast<std::size_t>(seal.first - 1));
        row.sealed += "x";
        row.digest_anew();
        changed.seal_anew(batch);
        EXPECT_FALSE(Place().go_on(changed)) << "up to there it is a log like any other";
        EXPECT_NE(changed.seals.back().seal, seal.seal) << "and another one";
        changed.seals.push_back(log_.seals[batch + 1]);
        for (auto at = changed.seals.back().first; at <= changed.seals.back().last(); ++at) {
            changed.rows.push_back(log_.rows[static_cast<std::size_t>(at - 1)]);
        }
        const auto defect = Place().go_on(changed);
        ASSERT_TRUE(defect);
        EXPECT_EQ(defect->position, seal.last() + 1);
    }
}

TEST_F(ChainTest, RangesThatAreHeldTogetherSayTheSameAsTheWhole) {
    for (int i = 0; i < 50; ++i) {
        auto changed = log_;
        auto& row = changed.rows[static_cast<std::size_t>(any() - 1)];
        if (i % 2 == 0) {
            row.version += 1;
        } else {
            row.gate += 1;
        }
        row.digest_anew();
        changed.seal_anew(changed.batch_of(row.position));
        const auto whole = Place().go_on(changed);
        ASSERT_TRUE(whole);
        StreamsInOrder streams(true);
        std::optional<Defect> parted;
        Place place;
        while (!parted && !place.is_at_end(changed)) {
            std::optional<Defect> in_range;
            const auto until = place.chain.position() + 300;
            place.chain = ChainVerifier(place.chain.position(), place.chain.seal());
            while (!in_range && !place.is_at_end(changed) &&
                   (place.chain.missing() > 0 || place.chain.position() < until)) {
                in_range = place.step(changed);
            }
            parted = Place::earlier(streams.follow(place.chain.take_streams()), in_range);
        }
        EXPECT_EQ(parted, whole) << whole->position << ": " << whole->what;
    }
}

}  // namespace
