#include <caf/scoped_actor.hpp>

#include "actors/log_actors.hpp"
#include "tests/actors/stage.hpp"

/// How a stream is read: page by page, and whoever has one knows whether there may be another.
namespace {

using namespace stage;

struct ReaderTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    std::atomic<bool> stopping = false;
    caf::actor_system_config config;
    caf::actor_system actors{config};

    void receive_large(const events::StreamId& stream, const std::string& wamid) {
        events::MessageReceived message;
        message.wamid = wamid;
        message.text = std::string(4 << 20, 'x');
        const events::NewEvent fact{
            crypto::new_uuid(),  events::ConversationEvent(message), actors::steady_now(), {}, {},
            events::When::always};
        events::append_now(store->log(), {stream, {fact}, {}});
    }
    /// The sizes of a stream's pages, up to the first that says that it is the last.
    std::vector<std::size_t> pages_of(const events::StreamId& stream) {
        caf::scoped_actor self{actors};
        const auto reader =
            self->spawn<caf::detached>(actors::reader_actor, &store->log(), &book, &stopping);
        std::vector<std::size_t> sizes;
        std::int32_t read = 0;
        for (bool more = true; more;) {
            more = false;
            self->request(reader, 10s, actors::ReadStream{stream, read})
                .receive(
                    [&](const actors::Tail& tail) {
                        sizes.push_back(tail.events->size());
                        if (!tail.events->empty()) read = tail.events->back().version;
                        more = tail.more;
                    },
                    [&](const caf::error& error) { ADD_FAILURE() << actors.render(error); });
        }
        self->send_exit(reader, caf::exit_reason::user_shutdown);
        return sizes;
    }
};

TEST_F(ReaderTest, AStreamOfLargeEventsIsReadToItsEnd) {
    const auto stream = receive("5215550001", "hola");
    for (const auto* wamid : {"1", "2", "3", "4", "5"}) receive_large(stream, wamid);
    EXPECT_EQ(pages_of(stream), (std::vector<std::size_t>{6, 1})) << "16 MiB, and one more";
}

TEST_F(ReaderTest, WhoAsksWhileManyPagesAreOnTheirWayWaits) {
    const auto stream = receive("5215550001", "hola");
    caf::scoped_actor self{actors};
    const auto reader =
        self->spawn<caf::detached>(actors::reader_actor, &store->log(), &book, &stopping);
    std::vector<actors::Tail> on_the_way;
    const auto comes_within = [&](std::chrono::milliseconds time) {
        const auto before = on_the_way.size();
        self->request(reader, time, actors::ReadStream{stream, 0})
            .receive([&](const actors::Tail& tail) { on_the_way.push_back(tail); },
                     [](const caf::error&) {});
        return on_the_way.size() > before;
    };
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(comes_within(10s));
    EXPECT_FALSE(comes_within(200ms));
    on_the_way.clear();
    EXPECT_TRUE(comes_within(10s));
    self->send_exit(reader, caf::exit_reason::user_shutdown);
}

TEST_F(ReaderTest, AShortStreamIsOnePage) {
    const auto stream = receive("5215550001", "hola");
    EXPECT_EQ(pages_of(stream), (std::vector<std::size_t>{2}));
}

}  // namespace
