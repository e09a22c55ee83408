#include "actors/system.hpp"

#include <csignal>

#include "tests/actors/stage.hpp"

namespace {

using namespace stage;

struct SystemTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};

    std::unique_ptr<actors::System> start(events::Log& log) {
        auto system = std::make_unique<actors::System>(ports(log), book, leases);
        store->on_commit([this](std::int64_t) {
            const std::lock_guard lock(current_mutex);
            if (current != nullptr) current->committed();
        });
        const std::lock_guard lock(current_mutex);
        current = system.get();
        return system;
    }
    void stop(std::unique_ptr<actors::System>& system) {
        {
            const std::lock_guard lock(current_mutex);
            current = nullptr;
        }
        system.reset();
    }
    std::mutex current_mutex;
    actors::System* current = nullptr;
};

TEST_F(SystemTest, AMessageIsAnsweredOnce) {
    switch_on(book);
    auto system = start(store->log());
    system->follow(0);
    receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(outside.texts, std::vector<std::string>{"Answer to hola"});
    EXPECT_EQ(closings().begin()->second, 1);
    stop(system);
}

TEST_F(SystemTest, ManyConversationsAreEachAnsweredOnce) {
    constexpr int people = 200;
    switch_on(book);
    auto system = start(store->log());
    system->follow(0);
    for (int i = 0; i < people; ++i) receive(std::to_string(5215550000 + i), "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == people; }));
    EXPECT_EQ(outside.sent.size(), static_cast<std::size_t>(people));
    for (const auto& [id, times] : closings()) EXPECT_EQ(times, 1);
    stop(system);
}

TEST_F(SystemTest, FactsThatKeepComingDontKeepDecisionsFromLanding) {
    constexpr std::size_t messages = 200;
    switch_on(book);
    auto system = start(store->log());
    system->follow(0);
    for (std::size_t i = 0; i < messages; ++i) receive("5215550001", "m" + std::to_string(i));
    EXPECT_TRUE(eventually([&] { return all_closed(messages); }));
    for (const auto& [id, times] : closings()) EXPECT_EQ(times, 1);
    stop(system);
}

TEST_F(SystemTest, ASettingsChangeIsUsedByTheNextTurn) {
    auto system = start(store->log());
    system->follow(0);
    receive("5215550001", "too early");
    EXPECT_TRUE(eventually([&] { return all_closed(1); }));
    EXPECT_EQ(outside.asked, 0);
    switch_on(book);
    receive("5215550001", "now");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    stop(system);
}

TEST_F(SystemTest, AnIntentOfAnotherLifeIsNotSentAgain) {
    switch_on(book);
    const auto stream = receive("5215550001", "hola");
    events::SendRequested intent{.turn = crypto::new_uuid()};
    intent.attempt = crypto::new_uuid();
    intent.by = crypto::new_uuid();
    intent.to = "5215550001";
    intent.text = "sent by a process that is gone";
    intent.answers = {store->log().read_stream(stream, 0, 10).back().clear.id};
    const events::NewEvent event{intent.attempt,
                                 events::ConversationEvent(intent),
                                 actors::steady_now(),
                                 intent.turn,
                                 {},
                                 events::When::always};
    events::append_now(store->log(), {stream, {event}, {}});
    // The person's other name was told meanwhile.
    const events::NewEvent named{crypto::new_uuid(),
                                 events::ConversationEvent(events::MessageReceived{
                                     .source = events::Source::history, .bsuid = "ES.1"}),
                                 actors::steady_now(),
                                 {},
                                 {},
                                 events::When::always};
    events::append_now(store->log(), {stream, {named}, {}});
    std::mutex mutex;
    std::vector<std::string> names;  // by which the provider's list was asked
    auto watched = ports(store->log());
    watched.look_up = [&](const actors::ListQuery& query, const auto& done) {
        {
            const std::lock_guard lock(mutex);
            names = query.names;
        }
        done(domain::conversation::Listed::unread);
    };
    auto system = std::make_unique<actors::System>(std::move(watched), book, leases);
    system->follow(0);
    receive("5215550002", "somebody else");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_TRUE(eventually([&] { return count<events::SendUncertain>() == 1; }, 10s))
        << "nobody brings its outcome here";
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return !names.empty();
    }));
    system.reset();
    EXPECT_EQ(outside.texts, std::vector<std::string>{"Answer to somebody else"});
    EXPECT_EQ(names, (std::vector<std::string>{"5215550001", "ES.1"}));
}

TEST_F(SystemTest, AnOutcomeThatComesAfterTheEndIsDropped) {
    std::vector<std::function<void()>> held;
    std::mutex mutex;
    outside.later = [&](const std::function<void()>& work) {
        const std::lock_guard lock(mutex);
        held.push_back(work);
    };
    switch_on(book);
    auto system = start(store->log());
    system->follow(0);
    receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return !held.empty();
    }));
    stop(system);
    for (const auto& work : held) work();
    EXPECT_EQ(count<events::ReplyGenerated>(), 0u);
}

TEST_F(SystemTest, ThePersonsReplyIsSentOnceHoweverOftenItIsAsked) {
    switch_on(book);
    auto system = start(store->log());
    system->follow(store->log().head());
    const auto stream = receive("5215550001", "hola");
    domain::conversation::Reply reply;
    reply.id = crypto::new_uuid();
    reply.text = "Soy una persona";
    reply.author = "Eva";
    std::vector<actors::ReplyResult::What> results;
    for (int i = 0; i < 3; ++i) {
        std::atomic<bool> done = false;
        system->reply(stream, reply, [&](const actors::ReplyResult& result) {
            results.push_back(result.what);
            done = true;
        });
        ASSERT_TRUE(eventually([&] { return done.load(); }));
    }
    using What = actors::ReplyResult::What;
    EXPECT_EQ(results, (std::vector{What::accepted, What::repeated, What::repeated}));
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() >= 1; }));
    EXPECT_EQ(std::ranges::count(outside.texts, "Soy una persona"), 1);
    stop(system);
}

/// Whatever append or read is lost, before or after its work: every message is closed once, and no
/// attempt is sent twice.
TEST_F(SystemTest, LostAnswersOfTheLogLoseAndDoubleNothing) {
    constexpr std::size_t people = 12;
    switch_on(book);
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    FaultyLog faulty(store->log(), seed, 5);
    auto system = start(faulty);
    EXPECT_TRUE(eventually([&] {
        try {
            system->follow(0);
            return true;
        } catch (const std::runtime_error&) {
            return false;  // its read was lost, too
        }
    }));
    for (std::size_t i = 0; i < people; ++i) receive(std::to_string(5215550000 + i), "hola");
    EXPECT_TRUE(eventually([&] { return all_closed(people); }, 120s));
    EXPECT_GT(faulty.struck(), 0);
    stop(system);
    for (const auto& [id, times] : closings()) EXPECT_EQ(times, 1);
    for (const auto& [mark, times] : outside.sent) EXPECT_EQ(times, 1) << mark;
    EXPECT_LE(outside.sent.size(), people);
}

/// A process without a directory would renew its leases and decide nothing.
TEST_F(SystemTest, AProcessWhoseDirectoryFailsEnds) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    const auto* before = std::getenv("TMPDIR");
    setenv("TMPDIR", folder.path().c_str(), 1);  // of the one that dies
    const auto live = [this] {
        auto broken = ports(store->log());
        broken.now = []() -> events::Time { throw std::bad_alloc(); };
        actors::System system(std::move(broken), book, leases);
        system.follow(0);
        receive("5215550001", "hola");
        std::this_thread::sleep_for(20s);
    };
    EXPECT_EXIT(live(), testing::KilledBySignal(SIGABRT), "terminate called");
    before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", before, 1);
}

}  // namespace
