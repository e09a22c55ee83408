#include <gtest/gtest.h>

#include <iostream>

#include "domain/conversation.hpp"
#include "tests/load/arrivals.hpp"
#include "tests/load/outside.hpp"
#include "tests/support/places.hpp"
#include "tests/support/wanted.hpp"

/// More than a server can take, from many and from one, and an outside that is slow.
namespace faults {
namespace {

using namespace load;

/// Events that the table hasn't seen, and conversations with a message that nothing has closed.
constexpr auto undecided =
    "select (select max(position) from event) - (select position from projection_checkpoint where "
    "projection = 'open_work' and copy = 'live') + (select count(*) from \"open_work\" where "
    "messages > 0) as \"left\"";

class Overload : public testing::TestWithParam<Kind> {
protected:
    const std::chrono::seconds time =
        std::chrono::seconds(support::wanted("HILO_OVERLOAD_SECONDS", 8));
    /// Fewer in a short run, for what is kept of each is to be full before it begins.
    const int persons = time < 60s ? 20 : 200;

    static Environment measured(Environment environment) {
        // The sanitizer keeps what was freed for a while, by default 256 MiB of it.
        environment["ASAN_OPTIONS"] = "quarantine_size_mb=1";
        return environment;
    }
    /// Resident memory of the server now, in KiB.
    static long memory(const Served& hilo) {
        std::ifstream file("/proc/" + std::to_string(hilo.pid()) + "/status");
        for (std::string text; std::getline(file, text);) {
            if (text.starts_with("VmRSS")) return std::stol(text.substr(6));
        }
        return 0;
    }
    /// Sixteen callers, each waiting for its answer, bring messages for so long; `first` is moved
    /// on to the next one.
    void bring(const Served& hilo, int& first, std::chrono::seconds so_long) const {
        std::atomic<int> next = first;
        std::vector<std::thread> callers;
        const auto until = Clock::now() + so_long;
        for (int i = 0; i < 16; ++i) {
            callers.emplace_back([&] {
                while (Clock::now() < until) {
                    tests::RawHttp connection(hilo.port());
                    post(connection, single(next++, persons));
                }
            });
        }
        for (auto& one : callers) one.join();
        first = next;
    }
    /// Until more makes no difference: what is kept of each conversation has reached its limit, and
    /// caches are full.
    void until_memory_is_steady(const Served& hilo, int& first) const {
        const auto kept = persons * static_cast<int>(domain::conversation::said_limit);
        int steady = 0;
        for (int rounds = 0; rounds < 60 && (first < kept || steady < 3); ++rounds) {
            const auto before = memory(hilo);
            bring(hilo, first, 5s);
            steady = memory(hilo) < before * 102 / 100 ? steady + 1 : 0;
        }
        EXPECT_GE(first, kept);
        EXPECT_GE(steady, 3) << "memory grows and grows";
    }
    /// Messages a second that it takes from them and decides about.
    double sustainable(const Served& hilo, const Database& database, int& first) const {
        const auto before = first;
        const auto began = Clock::now();
        bring(hilo, first, 5s);
        EXPECT_TRUE(eventually(60s, [&] { return database.rows(undecided)[0].at("left") == "0"; }));
        const std::chrono::duration<double> took = Clock::now() - began;
        return (first - before) / took.count();
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, Overload, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

void expect_each_closed_once(const Database& database, std::size_t messages,
                             std::chrono::seconds at_most) {
    Told told;
    EXPECT_TRUE(eventually(at_most,
                           [&] {
                               told = database.told();
                               return told.closed.size() == messages;
                           }))
        << told.closed.size() << " of " << messages;
    EXPECT_EQ(told.received.size(), messages);
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
    for (const auto& [id, times] : told.closed) EXPECT_EQ(times, 1) << id.text();
    EXPECT_EQ(database.defect(), "");
}

TEST_P(Overload, IsSaidInTimeAndLosesNothingThatWasTaken) {
    const Database database(GetParam());
    Served hilo(support::hilo_binary(), measured(database.environment()));
    int first = 0;
    until_memory_is_steady(hilo, first);
    const auto rate = sustainable(hilo, database, first);
    const auto taken_before = first;
    const auto before = memory(hilo);
    auto most = before;
    const Arrivals arrivals(hilo.port(), first, persons, 4 * rate, time,
                            [&] { most = std::max(most, memory(hilo)); });
    const auto taken = arrivals.with(200), refused = arrivals.with(503);
    std::cout << "sustainable " << rate << "/s, came " << arrivals.rate() << "/s: " << taken
              << " taken (p99 " << arrivals.percentile(200, 0.99).count() << " ms, longest "
              << arrivals.percentile(200, 1).count() << " ms), " << refused << " refused (longest "
              << arrivals.percentile(503, 1).count() << " ms); memory before " << before
              << " KiB, at most " << most << "\n";
    EXPECT_GT(arrivals.rate(), 3.5 * rate) << "this machine can't bring so much more";
    EXPECT_GT(taken, 0);
    EXPECT_GT(refused, 0) << "it was never too much";
    EXPECT_EQ(arrivals.broken(), (std::map<std::string, int>()));
    EXPECT_EQ(static_cast<std::size_t>(taken + refused), arrivals.all().size());
    EXPECT_LE(arrivals.percentile(200, 0.99), 7'250ms);
    EXPECT_LE(arrivals.percentile(200, 1), 9s);
    EXPECT_LE(arrivals.percentile(503, 1), 9s);
    EXPECT_LT(most, before * 6 / 5);
    EXPECT_EQ(hilo.ready(), 200);
    // Who was refused is not in the log, unless its answer came too late for it to be said.
    const auto told = database.told();
    EXPECT_GE(static_cast<int>(told.received.size()), taken_before + taken);
    for (std::size_t i = 0; i < arrivals.all().size(); ++i) {
        if (arrivals.all()[i].status != 200) continue;
        EXPECT_TRUE(told.received.contains(wamid_of(first + static_cast<int>(i))));
    }
    expect_each_closed_once(database, told.received.size(), 60s);
    EXPECT_TRUE(hilo.terminate(30s)) << hilo.said();
}

/// How long each message of the log waited until it was closed, by the log's own times.
std::map<events::StreamId, std::vector<events::Time::duration>> waits(const Database& database) {
    std::map<events::EventId, events::Recorded> received;
    std::map<events::StreamId, std::vector<events::Time::duration>> out;
    const auto store = database.read_only();
    std::int64_t after = 0;
    for (bool more = true; more;) {
        const auto page = store->log().read_all(after, 1000);
        more = !page.empty();
        for (const auto& one : page) {
            after = one.position;
            const auto* event = std::get_if<events::ConversationEvent>(&one.body);
            if (event == nullptr) continue;
            const auto close = [&](const std::vector<events::EventId>& ids) {
                for (const auto& id : ids) {
                    out[one.stream].push_back(one.recorded - received.at(id).recorded);
                }
            };
            if (std::holds_alternative<events::MessageReceived>(*event)) {
                received[one.clear.id] = one;
            } else if (const auto* send = std::get_if<events::SendRequested>(event)) {
                close(send->answers);
            } else if (const auto* silence = std::get_if<events::ReplySuppressed>(event)) {
                close(silence->answers);
            }
        }
    }
    return out;
}

/// How often something was decided of a conversation before its last message was recorded.
int decided_meanwhile(const Database& database, const events::StreamId& stream) {
    const auto all = database.read_only()->log().read_stream(stream, 0, 10'000);
    int decided = 0, meanwhile = 0;
    for (const auto& one : all) {
        const auto name = events::type_of(one.body).name;
        if (name == "ReplyRequested" || name == "SendRequested") ++decided;
        if (name == "MessageReceived") meanwhile = decided;
    }
    return meanwhile;
}

TEST_P(Overload, OfOneConversationIsDecidedForAndHoldsUpNobodyElse) {
    constexpr double facts_a_second = 200;
    constexpr int others = 20;
    Answering whole(GetParam());
    auto& [database, port, outside, hilo] = whole;
    outside.write_as("34600000000", "the first of a flood");  // Kapso knows the person now
    int number = 0;
    auto next = Clock::now();
    const Arrivals flood(port, 0, 1, facts_a_second, 8s, [&] {
        if (number == others || Clock::now() < next) return;
        outside.write(number, number + 1);
        ++number;
        next += 400ms;
    });
    EXPECT_GT(flood.rate(), 0.9 * facts_a_second);
    EXPECT_EQ(flood.with(200), static_cast<int>(flood.all().size()));
    EXPECT_LE(flood.percentile(200, 0.99), 2s);
    const auto flooded =
        *database.read_only()->log().stream_of(database.told().received_id.at(wamid_of(0)));
    const auto all = flood.all().size() + outside.wamids().size();
    expect_each_closed_once(database, all, 60s);
    const auto meanwhile = decided_meanwhile(database, flooded);
    EXPECT_GE(meanwhile, 2) << "no decision landed while it lasted";
    std::cout << meanwhile << " decisions during the flood\n";
    for (const auto& [stream, waited] : waits(database)) {
        if (waited.size() > 2) continue;
        EXPECT_LT(waited.front(), 5s) << "another customer waited behind the flood";
    }
    EXPECT_TRUE(eventually(20s, [&] {
        const auto counts = outside.counts();
        return std::ranges::count_if(outside.wamids(), [&](const auto& wamid) {
                   return counts.at(wamid).at("answers") == 1;
               }) >= others;
    })) << outside.counts();
}

TEST_P(Overload, OfASlowModelAndASlowKapsoDoesntStopIntake) {
    Answering whole(GetParam());
    auto& [database, port, outside, hilo] = whole;
    outside.change({{"send_fault", "slow"}, {"slow", 8'000}});
    outside.write(0, 60);  // each is being sent, or waits for its turn
    EXPECT_TRUE(eventually(20s, [&] { return outside.answers() >= 30; })) << hilo.said();
    outside.change({{"model_fault", "slow"}});
    const Arrivals more(port, 0, 300, 60, 5s);
    std::cout << "p99 beside slow peers " << more.percentile(200, 0.99).count() << " ms\n";
    EXPECT_EQ(more.with(200), static_cast<int>(more.all().size()));
    EXPECT_LE(more.percentile(200, 0.99), 1s);
    EXPECT_EQ(hilo.ready(), 200);
    EXPECT_TRUE(hilo.terminate(40s)) << hilo.said();
}

}  // namespace
}  // namespace faults
