#include "cli/open_work.hpp"

#include "db/views_runner.hpp"
#include "tests/actors/stage.hpp"

namespace {

using namespace stage;

/// Nothing follows the log there: every wake-up is lost.
TEST(OpenWork, IsLookedThroughAgainForWhatWasLostOnTheWay) {
    Stage here;
    actors::SettingsBook book(here.store->log());
    here.switch_on(book);
    actors::System system(here.ports(here.store->log()), book, here.leases);
    db::ViewsRunner runner(*here.store);
    cli::OpenWork open_work(*here.store, system, 50ms);
    open_work.gained();
    ASSERT_TRUE(eventually([&] { return open_work.looked_through(); }));
    for (std::size_t i = 1; i <= 3; ++i) {
        here.receive(std::to_string(5215550000 + i), "hola");
        EXPECT_TRUE(eventually([&] { return here.count<events::SendAccepted>() == i; }));
    }
}

}  // namespace
