#include <map>

#include "tests/contract/stores.hpp"

/// Reading the log one stream after the other, as a rebuild does.
namespace contract {
namespace {

class ByStreamContract : public Contract {
protected:
    /// A stream whose id begins with these two bytes.
    static StreamId beginning_with(std::uint16_t number) {
        auto stream = id("stream");
        stream.bytes[0] = static_cast<std::uint8_t>(number >> 8);
        stream.bytes[1] = static_cast<std::uint8_t>(number & 0xff);
        return stream;
    }
    void SetUp() override {
        for (int round = 0; round < 3; ++round) {
            for (const auto number : numbers) {
                const auto name = std::to_string(number) + "." + std::to_string(round);
                ASSERT_EQ(append({beginning_with(number), {message(name)}, {}}).outcome,
                          Outcome::appended);
            }
        }
    }
    /// What comes: the versions of each stream, and whether any came in pieces.
    std::map<StreamId, std::vector<int>> read(const events::StreamRange& range, std::int64_t to) {
        std::map<StreamId, std::vector<int>> found;
        std::optional<StreamId> last;
        log().each_by_stream(range, to, [&](const events::Recorded& one) {
            EXPECT_TRUE(last == one.stream || !found.contains(one.stream)) << "in two pieces";
            last = one.stream;
            found[one.stream].push_back(one.version);
            EXPECT_LE(one.position, to);
            EXPECT_TRUE(one.defect.empty()) << one.defect;
        });
        return found;
    }

    static constexpr std::array<std::uint16_t, 5> numbers{0, 0x7fff, 0x8000, 0xfffe, 0xffff};
};
FOR_BOTH_STORES(ByStreamContract);

TEST_P(ByStreamContract, TheRangesOfTwoPartsShareAllStreams) {
    const std::vector<int> all{1, 2, 3};
    EXPECT_EQ(read({0, 0x7fff}, 100),
              (std::map<StreamId, std::vector<int>>{{beginning_with(0), all},
                                                    {beginning_with(0x7fff), all}}));
    EXPECT_EQ(read({0x8000, 0xffff}, 100),
              (std::map<StreamId, std::vector<int>>{{beginning_with(0x8000), all},
                                                    {beginning_with(0xfffe), all},
                                                    {beginning_with(0xffff), all}}));
    EXPECT_EQ(read({}, 100).size(), numbers.size());
    EXPECT_TRUE(read({1, 0x7ffe}, 100).empty());
}

TEST_P(ByStreamContract, ItEndsAtThePositionThatWasAskedFor) {
    const auto found = read({}, 7);  // five streams had one event each, and two of them another
    std::size_t events = 0;
    for (const auto& [stream, versions] : found) events += versions.size();
    EXPECT_EQ(events, 7u);
    EXPECT_EQ(found.at(beginning_with(numbers[1])), (std::vector<int>{1, 2}));
    EXPECT_EQ(found.at(beginning_with(numbers[2])), std::vector<int>{1});
}

TEST_P(ByStreamContract, WhatItsReaderThrowsComesThroughAndStopsNobodyElse) {
    struct Enough {};
    for (int round = 0; round < 10; ++round) {
        EXPECT_THROW(log().each_by_stream({}, 100, [](const auto&) { throw Enough{}; }), Enough);
    }
    EXPECT_EQ(read({}, 100).size(), numbers.size());
}

}  // namespace
}  // namespace contract
