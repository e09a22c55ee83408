#include "events/export.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "events/codec.hpp"
#include "events/sealed_body.hpp"
#include "tests/support/wanted.hpp"

namespace {

using namespace events;

crypto::SigningSeed seed(std::uint8_t first = 1) {
    crypto::SigningSeed seed{};
    seed[0] = first;
    return seed;
}
Uuid id(const std::string& name) { return crypto::derived_uuid(hilo_name_space, name); }
Time at(std::int64_t second) { return from_micros(1'763'664'000'000'000 + second * 1'000'000); }

constexpr auto ann = "ann", bob = "bob";

/// A log of which one conversation is taken out.
struct Written {
    Export out;
    std::int64_t position = 0;
    std::map<std::string, std::int32_t> versions;
    crypto::Bytes seal{genesis_seal};

    Written() {
        out.streams = {id(ann)};
        out.keys.emplace(id("key"), crypto::Key{7});
    }
    /// A batch of one message of each; of ann's, the event too.
    void batch(const std::vector<std::string>& names) {
        ExportedBatch batch;
        batch.first = position + 1;
        batch.recorded = at(position);
        batch.before = seal;
        for (const auto& name : names) {
            const auto event = message(name, batch.recorded);
            batch.events.push_back(
                {event.stream, event.version, digest_of(event.clear, event.sealed)});
            if (name == ann) out.events.push_back(event);
        }
        seal = crypto::view(seal_of(seal, batch.first, batch.recorded, batch.events));
        batch.seal = seal;
        out.batches.push_back(batch);
    }
    void checkpoint() {
        const auto& last = out.batches.back();
        out.checkpoints.push_back(sign({last.last(), last.recorded, last.seal}, at(99), seed()));
    }

private:
    ExportedEvent message(const std::string& name, Time recorded) {
        ExportedEvent event;
        event.position = ++position;
        event.stream = id(name);
        event.version = ++versions[name];
        event.recorded = recorded;
        MessageReceived body;
        body.wamid = "wamid." + std::to_string(position);
        body.text = "¿A qué hora abren?";
        const auto& type = type_of(body);
        event.clear.id = id(name + std::to_string(position));
        event.clear.type = type.code;
        event.clear.schema = type.schema;
        event.clear.occurred = at(1);
        event.clear.counts = {0, 1, -1};
        event.clear.key = id("key");
        const auto plain = encode(body);
        event.sealed = seal_body(crypto::Key{7}, event.clear, plain);
        event.says = plain;
        event.name = type.name;
        return event;
    }
};

/// Two parts of the log, with a checkpoint behind each.
Export written() {
    Written log;
    log.batch({ann, bob});
    log.batch({bob});
    log.checkpoint();
    log.position = 1'000;  // what came between is of no interest
    log.batch({bob, ann, ann});
    log.checkpoint();
    return log.out;
}

std::string defect_of(const Export& exported) {
    const auto verified = verify(exported, {});
    return verified.defect
               ? std::to_string(verified.defect->position) + ": " + verified.defect->what
               : "";
}

TEST(Export, IsAsItWasWritten) {
    const auto verified = verify(written(), {crypto::public_key_of(seed())});
    EXPECT_FALSE(verified.defect) << verified.defect->what;
    EXPECT_EQ(verified.events, 3);
    EXPECT_EQ(verified.covered, 3);
    EXPECT_EQ(verified.silent, 0);
    EXPECT_EQ(verified.complete_to, 1003);
}

TEST(Export, ComesBackFromItsLines) {
    const auto text = lines_of(written());
    const auto parsed = parse_export(text);
    ASSERT_TRUE(std::holds_alternative<Export>(parsed)) << std::get<std::string>(parsed);
    EXPECT_EQ(lines_of(std::get<Export>(parsed)), text);
    EXPECT_EQ(defect_of(std::get<Export>(parsed)), "");
}

TEST(Export, NoBitOfItCanBeChanged) {
    const auto good = lines_of(written());
    std::mt19937_64 random(support::wanted("HILO_SEED", 1));
    for (int i = 0; i < 5'000; ++i) {
        auto text = good;
        const auto byte = random() % text.size();
        const auto bit = random() % 8;
        text[byte] = static_cast<char>(text[byte] ^ (1 << bit));
        const auto parsed = parse_export(text);
        const auto* exported = std::get_if<Export>(&parsed);
        EXPECT_TRUE(exported == nullptr || !defect_of(*exported).empty())
            << "bit " << bit << " of byte " << byte << ": " << text.substr(byte, 40);
    }
}

TEST(Export, NoLineOfItCanBeLeftOutOrExchanged) {
    const auto good = lines_of(written());
    std::vector<std::string> lines;
    for (std::istringstream in(good); lines.emplace_back(), std::getline(in, lines.back());) {
    }
    lines.pop_back();
    lines.pop_back();
    const auto is_refused = [](const std::vector<std::string>& all) {
        std::string text;
        for (const auto& one : all) text += one + "\n";
        text += R"({"end":{"lines":)" + std::to_string(all.size()) + "}}\n";
        const auto parsed = parse_export(text);
        const auto* exported = std::get_if<Export>(&parsed);
        if (exported == nullptr) return true;
        const auto verified = verify(*exported, {});  // without its last checkpoint it isn't shown
        return verified.defect || verified.covered < verified.events;
    };
    ASSERT_FALSE(is_refused(lines));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto other = lines;
        other.erase(other.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_TRUE(is_refused(other)) << lines[i].substr(0, 60);
        other = lines;
        if (i > 0) std::swap(other[i], other[i - 1]);
        EXPECT_TRUE(i == 0 || is_refused(other)) << lines[i].substr(0, 60);
    }
}

TEST(Export, WhatNoCheckpointCoversIsCounted) {
    Written log;
    log.batch({ann});
    log.checkpoint();
    log.batch({ann, bob});
    const auto verified = verify(log.out, {});
    EXPECT_FALSE(verified.defect);
    EXPECT_EQ(verified.events, 2);
    EXPECT_EQ(verified.covered, 1);
}

TEST(Export, ALogThatWasSealedAnewIsNotTheOneOfWhichACheckpointWasSigned) {
    auto exported = written();
    Written other;
    other.batch({ann, bob});
    other.batch({bob, bob});
    exported.batches[0] = other.out.batches[0];
    exported.batches[1] = other.out.batches[1];
    exported.events[0] = other.out.events[0];
    EXPECT_EQ(defect_of(exported), "3: this is not the log of which the checkpoint was signed");
}

TEST(Export, SignedBySomebodyElseIsSaid) {
    const auto verified = verify(written(), {crypto::public_key_of(seed(2))});
    ASSERT_TRUE(verified.defect);
    EXPECT_EQ(verified.defect->position, 3);
    EXPECT_NE(verified.defect->what.find("signed by another key"), std::string::npos);
    auto exported = written();
    exported.checkpoints[1].signature[5] ^= 1;
    EXPECT_EQ(defect_of(exported), "1003: the checkpoint's signature does not fit");
}

TEST(Export, SeveralKeysMayHaveSigned) {
    auto exported = written();
    auto& last = exported.checkpoints.back();
    last = sign(last.head, last.signed_at, seed(2));
    const auto one = crypto::public_key_of(seed(1)), two = crypto::public_key_of(seed(2));
    EXPECT_FALSE(verify(exported, {one, two}).defect);
    EXPECT_EQ(verify(exported, {one}).defect->position, 1003);
    EXPECT_EQ(verify(exported, {two}).defect->position, 3);
}

TEST(Export, AMissingEventIsSeenWhereItIs) {
    for (const auto& [index, position] : {std::pair(0, 1), {1, 1002}, {2, 1003}}) {
        auto exported = written();
        exported.events.erase(exported.events.begin() + index);
        EXPECT_EQ(defect_of(exported),
                  std::to_string(position) + ": an event of the conversation is missing");
    }
    auto exported = written();
    exported.batches.erase(exported.batches.begin());
    EXPECT_EQ(defect_of(exported), "1: no seal of the export covers the event");
    exported = written();
    exported.batches.pop_back();
    exported.checkpoints.pop_back();
    EXPECT_EQ(defect_of(exported), "1002: no seal of the export covers the event");
    exported = written();  // with its part of the log
    exported.events.erase(exported.events.begin());
    exported.batches.erase(exported.batches.begin(), exported.batches.begin() + 2);
    exported.checkpoints.erase(exported.checkpoints.begin());
    EXPECT_EQ(defect_of(exported), "1002: an event of the conversation is missing before this one");
}

TEST(Export, OnlyTheEndMayBeWithoutACheckpoint) {
    auto exported = written();
    exported.checkpoints.erase(exported.checkpoints.begin());
    EXPECT_EQ(defect_of(exported), "1002: no checkpoint covers an event before this one");
    exported = written();
    exported.checkpoints.pop_back();
    const auto verified = verify(exported, {});
    EXPECT_FALSE(verified.defect);
    EXPECT_EQ(verified.covered, 1);
    EXPECT_EQ(verified.complete_to, 3);
}

TEST(Export, ABatchThatIsNoneIsNamed) {
    const auto with = [](auto change) {
        auto exported = written();
        change(exported);
        return defect_of(exported);
    };
    EXPECT_EQ(with([](auto& e) { e.batches[0].before = std::string(1, 'x'); }),
              "1: the batch that starts here does not follow the one before it");
    EXPECT_EQ(with([](auto& e) { e.batches[1].before[0] ^= 1; }),
              "3: the batch that starts here does not follow the one before it");
    EXPECT_EQ(with([](auto& e) { e.batches[2].before = std::string(33, 'x'); }),
              "1001: the batch that starts here does not follow the one before it");
    EXPECT_EQ(with([](auto& e) { e.batches[2].before[0] ^= 1; }),
              "1001: the seal of the batch that starts here does not fit");
    EXPECT_EQ(with([](auto& e) { e.batches[1].events.clear(); }), "3: this is no batch");
    EXPECT_EQ(with([](auto& e) { e.batches[0].first = 0; }), "0: this is no batch");
    EXPECT_EQ(with([](auto& e) { std::swap(e.batches[1], e.batches[2]); }),
              "3: the batches are not in the order of the log");
    EXPECT_EQ(with([](auto& e) { std::swap(e.checkpoints[0], e.checkpoints[1]); }),
              "3: no batch ends at the checkpoint");
    EXPECT_EQ(with([](auto& e) { e.events[1].name = "MessageRead"; }),
              "1002: the event is not of the type that its name tells");
    EXPECT_EQ(with([](auto& e) { e.streams.push_back(e.streams[0]); }),
              "0: a stream is named twice");
    EXPECT_EQ(with([](auto& e) { e = Export(); }), "0: nobody's conversation");
}

TEST(Export, WhatItShowsIsWhatWasSealed) {
    auto exported = written();
    exported.events[1].says = R"({"text":"something else"})";
    EXPECT_EQ(defect_of(exported), "1002: the event does not say what it is shown to say");
    exported = written();
    exported.events[1].says.reset();
    EXPECT_EQ(defect_of(exported), "1002: the event does not say what it is shown to say");
    exported = written();
    exported.keys.begin()->second[9] ^= 1;
    EXPECT_EQ(defect_of(exported), "1: the event does not open by its key");
    exported.keys.clear();
    EXPECT_EQ(defect_of(exported), "1: nothing shows what the event says: there is no key");
}

TEST(Export, OfAnErasedPersonVerifies) {
    auto exported = written();
    exported.keys.clear();
    for (auto& event : exported.events) event.says.reset();
    const auto verified = verify(exported, {});
    EXPECT_FALSE(verified.defect);
    EXPECT_EQ(verified.silent, 3);
    EXPECT_EQ(verified.covered, 3);
}

TEST(Export, WhatIsNoneSaysWhyAndWhere) {
    const auto why = [](const std::string& text) {
        const auto parsed = parse_export(text);
        return std::holds_alternative<Export>(parsed) ? "" : std::get<std::string>(parsed);
    };
    const auto good = lines_of(written());
    const std::string header = good.substr(0, good.find('\n') + 1);
    EXPECT_EQ(why(""), "line 1 is not there: the export was cut off");
    EXPECT_EQ(why(header), "line 2 is not there: the export was cut off");
    EXPECT_EQ(why(good.substr(0, good.size() - 1)), "line 11 has no end: the export was cut off");
    EXPECT_EQ(why(good + "{}\n"), "line 12 is behind the end");
    EXPECT_EQ(why("[]\n"), "line 1 is no JSON object");
    EXPECT_EQ(why("{\"format\":\"hilo-export-2\",\"streams\":[]}\n"),
              "line 1 has the format \"hilo-export-2\", and this Hilo knows hilo-export-1");
    EXPECT_EQ(why(header + "{}\n"), "line 2 is no line of an export");
    EXPECT_EQ(why(header + "{\"event\":{}}\n"), "line 2 says nothing");
    EXPECT_EQ(why(header + "{\"event\":{},\"says\":null}\n"), "line 2 has no position");
    EXPECT_EQ(why(header + "{\"batch\":" + std::string(100'000, '[') + "\n"),
              "line 2 is no JSON object");
    EXPECT_EQ(why(header + "{\"end\":{\"lines\":7}}\n"), "line 2 is not as Hilo writes it");
    EXPECT_EQ(why(header + header),
              "line 2 has the format \"hilo-export-1\", and this Hilo "
              "knows hilo-checkpoint-1");
}

}  // namespace
