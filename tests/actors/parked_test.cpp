#include <gtest/gtest.h>

#include <future>

#include "actors/system.hpp"
#include "db/sqlite_db.hpp"
#include "tests/actors/stage.hpp"

/// Conversations that no life can lead: parked, seen, and taken up again by a person's act.
namespace {

using namespace stage;
using domain::conversation::Command;

struct ParkedTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    WatchedLog log{store->log()};
    std::unique_ptr<actors::System> system;
    std::mutex current_mutex;
    actors::System* current = nullptr;

    ParkedTest() {
        patience.rest = 10ms;
        switch_on(book);
        store->on_commit([this](std::int64_t) {
            const std::lock_guard lock(current_mutex);
            if (current != nullptr) current->committed();
        });
    }
    ~ParkedTest() override { stop(); }

    actors::Ports ports_now() { return ports(log); }
    void start(actors::Ports ports) {
        system = std::make_unique<actors::System>(std::move(ports), book, leases);
        system->follow(store->log().head());
        const std::lock_guard lock(current_mutex);
        current = system.get();
    }
    void start() { start(ports_now()); }
    void stop() {
        {
            const std::lock_guard lock(current_mutex);
            current = nullptr;
        }
        system.reset();
    }

    /// As somebody with access to the database does it.
    void tamper(const std::string& change, std::int64_t position) {
        db::sqlite::Connection db(folder.file("hilo.db"), db::sqlite::Mode::read_write);
        db.exec("drop trigger if exists event_kept");
        db.run("update event set " + change + " where position = $1", position);
    }
    std::int64_t head() { return store->log().head(); }

    actors::ParkedConversations parked() { return system->parked(100); }
    bool becomes_parked(const events::StreamId& stream) {
        return eventually([&] {
            const auto all = parked().some;
            return std::ranges::any_of(all, [&](const auto& one) { return one.stream == stream; });
        });
    }
    void act(events::Act what, const events::StreamId& stream, std::int64_t position,
             const std::string& consumer = "conversations") {
        const events::OperatorActed act{what, consumer, stream, position, "Eva", "a test"};
        events::append_now(store->log(), {events::operators_stream,
                                          {{crypto::new_uuid(),
                                            events::SystemEvent(act),
                                            actors::steady_now(),
                                            {},
                                            {},
                                            events::When::always}},
                                          {}});
    }
    actors::ReplyResult reply(const events::StreamId& stream) { return reply_in(*system, stream); }
    std::vector<std::string> sent() {
        const std::lock_guard lock(outside.mutex);
        auto texts = outside.texts;
        std::ranges::sort(texts);
        return texts;
    }
};

TEST_F(ParkedTest, AmongManyTheOneThatCantBeReadIsParkedAndTheOthersAreAnswered) {
    constexpr int people = 50;
    const auto poisoned = receive("5215559999", "poison");
    const auto position = head();
    tamper("sealed = x'00'", position);
    const auto began = std::chrono::steady_clock::now();
    patience.rest = 20ms;
    start();
    system->wake(poisoned);
    for (int i = 0; i < people; ++i) receive(std::to_string(5215550000 + i), "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == people; }));
    ASSERT_TRUE(becomes_parked(poisoned));
    // 2, 4, 8 and 16 rests lie between five lives.
    EXPECT_GE(std::chrono::steady_clock::now() - began, 30 * patience.rest);
    const auto all = parked();
    ASSERT_EQ(all.count, 1u);
    EXPECT_EQ(all.some[0].position, position);
    EXPECT_NE(all.some[0].error.find("not as it was sealed"), std::string::npos);
    EXPECT_EQ(store->log().read_steps(position - 1, 1)[0].type, all.some[0].type);
    EXPECT_EQ(all.beyond, 0u);
    receive("5215550000", "still there?");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == people + 1; }));
}

TEST_F(ParkedTest, WhateverHappensToItItIsReadNoMoreOftenThanItMay) {
    const auto poisoned = receive("5215559999", "poison");
    tamper("schema = 99", head());  // as a newer Hilo wrote it
    patience.rest = 50ms;
    start();
    for (int i = 0; i < 100; ++i) {  // each wakes it
        receive("5215559999", "message " + std::to_string(i));
        std::this_thread::sleep_for(5ms);
    }
    ASSERT_TRUE(becomes_parked(poisoned));
    EXPECT_NE(parked().some[0].error.find("newer Hilo"), std::string::npos);
    const int reads = log.reads;
    EXPECT_LE(reads, 5 * 4) << "five lives, of which each reads before and behind the event";
    for (int i = 0; i < 20; ++i) receive("5215559999", "later " + std::to_string(i));
    EXPECT_TRUE(eventually([&] { return system->followed() == head(); }));
    EXPECT_EQ(reply(poisoned).what, actors::ReplyResult::What::parked);
    EXPECT_EQ(log.reads, reads);
    EXPECT_EQ(outside.asked, 0);
}

TEST_F(ParkedTest, GoesOnWithoutTheEventThatAPersonSkips) {
    const auto stream = receive("5215550001", "poison");
    const auto position = head();
    tamper("sealed = x'00'", position);
    start();
    receive("5215550001", "hola");
    ASSERT_TRUE(becomes_parked(stream));
    act(events::Act::skip, stream, position - 1);
    act(events::Act::skip, stream, position, "messages");
    receive("5215550002", "somebody else");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(parked().count, 1u) << "it is another position, or another's affair";
    act(events::Act::skip, stream, position);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 2; }));
    EXPECT_EQ(sent(), (std::vector<std::string>{"Answer to hola", "Answer to somebody else"}));
    EXPECT_EQ(parked().count, 0u);
    stop();
    start();  // what was skipped stays skipped
    receive("5215550001", "and now?");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 3; }));
    EXPECT_EQ(parked().count, 0u);
    EXPECT_EQ(reply(stream).what, actors::ReplyResult::What::accepted);
}

TEST_F(ParkedTest, IsTriedAgainWhenAPersonSaysSo) {
    const auto stream = receive("5215550001", "hola");
    const auto position = head();
    tamper("schema = 99", position);
    start();
    system->wake(stream);
    ASSERT_TRUE(becomes_parked(stream));
    act(events::Act::retry, stream, position);
    EXPECT_TRUE(eventually([&] { return parked().count == 0; }));
    ASSERT_TRUE(becomes_parked(stream)) << "it is as bad as before";
    tamper("schema = 1", position);
    act(events::Act::retry, stream, position);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(sent(), std::vector<std::string>{"Answer to hola"});
}

TEST_F(ParkedTest, ANewStartTriesItAgain) {
    const auto stream = receive("5215550001", "hola");
    tamper("schema = 99", head());
    start();
    system->wake(stream);
    ASSERT_TRUE(becomes_parked(stream));
    stop();
    tamper("schema = 1", head());
    start();
    system->wake(stream);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
}

TEST_F(ParkedTest, WhatThrowsInALifeEndsThatLifeAlone) {
    auto ports = ports_now();
    ports.ask = [this](const ai::Call& call, const std::function<void(ai::Result)>& done) {
        if (call.prompt.lines.back().text == "bomb") throw std::logic_error("the rules broke");
        outside.ask(call, done);
    };
    start(std::move(ports));
    const auto bomb = receive("5215550001", "bomb");
    receive("5215550002", "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    ASSERT_TRUE(becomes_parked(bomb));
    EXPECT_EQ(parked().some[0].error, "the rules broke");
    const auto asked = store->log().read_all(parked().some[0].position - 1, 1)[0];
    EXPECT_EQ(asked.stream, bomb);
    EXPECT_EQ(count<events::ReplyRequested>(), 2u);
}

TEST_F(ParkedTest, AStoreThatIsAwayParksNobody) {
    start();
    log.reads_fail = true;
    const auto stream = receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return log.reads >= 10; }));
    EXPECT_EQ(parked().count, 0u);
    log.reads_fail = false;
    system->wake(stream);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
}

/// What a life can't read for want of the store is tried again at most once in a rest, however
/// often the stream is woken.
TEST_F(ParkedTest, AStoreThatIsAwayIsNotAskedWithoutEnd) {
    patience.rest = 100ms;
    start();
    const auto stream = receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    log.reads_fail = true;
    const int before = log.reads;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) {
        system->wake(stream);
        std::this_thread::sleep_for(2ms);
    }
    const auto rests = (std::chrono::steady_clock::now() - began) / patience.rest;
    EXPECT_LE(log.reads - before, rests + 2);
}

TEST_F(ParkedTest, TheOutcomeOfASendWaitsForThePersonsAct) {
    const auto out = std::make_shared<std::promise<std::function<void()>>>();
    outside.later_sent = [out](const std::function<void()>& work) { out->set_value(work); };
    start();
    const auto stream = receive("5215550001", "hola");
    const auto answer = out->get_future().get();
    log.reads_fail = true;  // so that nobody reads it before it is bad
    receive("5215550001", "poison");
    const auto position = head();
    tamper("sealed = x'00'", position);
    EXPECT_TRUE(eventually([&] { return log.reads > 2; }));
    log.reads_fail = false;
    ASSERT_TRUE(becomes_parked(stream));
    answer();
    EXPECT_EQ(parked().count, 1u);
    EXPECT_EQ(count<events::SendAccepted>(), 0u);
    act(events::Act::skip, stream, position);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
}

TEST_F(ParkedTest, SoManyAreRememberedAndTheOthersTriedAgainWhenTheyAreWoken) {
    constexpr unsigned people = 6;
    std::vector<events::StreamId> streams;
    for (unsigned i = 0; i < people; ++i) {
        streams.push_back(receive(std::to_string(5215550000 + i), "hola"));
        tamper("schema = 99", head());
    }
    auto ports = ports_now();
    ports.parked_limit = 4;
    start(std::move(ports));
    for (const auto& stream : streams) system->wake(stream);
    EXPECT_TRUE(eventually([&] { return parked().count == 4 && parked().beyond == 2; }));
    EXPECT_EQ(system->parked(3).some.size(), 3u);
    db::sqlite::Connection(folder.file("hilo.db"), db::sqlite::Mode::read_write)
        .exec("update event set schema = 1");
    for (const auto& stream : streams) system->wake(stream);
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 2; }));
    EXPECT_EQ(parked().count, 4u);
}

TEST_F(ParkedTest, WhoeverDecidesNextFindsOutByItself) {
    const auto stream = receive("5215550001", "hola");
    tamper("schema = 99", head());
    start();
    system->wake(stream);
    ASSERT_TRUE(becomes_parked(stream));
    take_over();
    system->leases_changed(true);
    EXPECT_TRUE(eventually([&] { return parked().count == 0; }));
    EXPECT_EQ(reply(stream).what, actors::ReplyResult::What::elsewhere);
}

}  // namespace
