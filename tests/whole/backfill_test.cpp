#include <sys/resource.h>

#include "tests/support/places.hpp"
#include "tests/whole/golden.hpp"

namespace tests {
namespace {

class Backfill : public Golden {
protected:
    static constexpr const char* luis = "34600100299";

    /// The value of a series of /metrics; 0 where it isn't there.
    std::int64_t metric(const std::string& series) const {
        const auto text = ask("GET", "/metrics").body;
        const auto at = text.find("\n" + series + " ");
        return at == std::string::npos ? 0 : std::stoll(text.substr(at + series.size() + 2));
    }
    std::int64_t taken(const std::string& what) const {
        return metric("hilo_backfill_items_total{what=\"" + what + "\"}");
    }
    /// Returns when the list of this start was read to its end.
    void await_round() const {
        eventually("the list was read",
                   [&] { return metric(R"(hilo_backfill_rounds_total{result="complete"})") > 0; });
    }
    /// Returns when Kapso has given up every webhook on its way.
    void await_giving_up() const {
        const auto has = [&] {
            const auto deliveries = outside("GET", "/sandbox/messages")["deliveries"];
            return std::ranges::all_of(deliveries, [](const Json& one) {
                return one["outcome"] == "200" || one["attempts"] == 4;
            });
        };
        // A webhook waits for a busy log for up to seven seconds, four times.
        eventually("Kapso has given up", has, std::chrono::seconds(60));
    }
    /// From now on nothing can be written, until what it returns is called.
    std::function<void()> break_store() const {
        if (std::string_view(GetParam()) == "postgres") {
            auto& server = support::Postgres::instance();
            const auto end = database_.find('?'), begin = database_.rfind('/', end) + 1;
            const auto name = database_.substr(begin, end - begin);
            const auto allow = [&server, name](const std::string& value) {
                server.command("alter database " + name + " with allow_connections " + value);
                server.command(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = '" +
                    name + "'");
            };
            allow("false");
            return [allow] { allow("true"); };
        }
        const auto wal = folder_ / (database_.substr(std::string("sqlite:").size()) + "-wal");
        rlimit before{};
        ::prlimit(hilo_->pid(), RLIMIT_FSIZE, nullptr, &before);
        auto full = before;
        full.rlim_cur = std::filesystem::file_size(wal) / 2;
        ::prlimit(hilo_->pid(), RLIMIT_FSIZE, &full, nullptr);
        return [pid = hilo_->pid(), before] { ::prlimit(pid, RLIMIT_FSIZE, &before, nullptr); };
    }
    /// The source of every customer's message in the log, by wamid.
    std::map<std::string, std::vector<std::string>> sources() const {
        std::map<std::string, std::vector<std::string>> out;
        for (const auto& event : events_of("MessageReceived")) {
            out[event["body"]["wamid"]].push_back(event["body"]["source"]);
        }
        return out;
    }
    int answers_to(const std::string& wamid) const {
        return outside("GET", "/sandbox/counts")["inbound"][wamid]["answers"];
    }
    Answer platform(const std::string& method, const std::string& more = {},
                    const std::string& body = {}) const {
        const auto path =
            "/platform/v1/whatsapp/phone_numbers/" + std::string(line) + "/webhooks" + more;
        return exchange(sandbox_.port(), method, path, body, "X-API-Key: made-up\r\n");
    }
    Json webhook() const { return platform("GET").json()["data"][0]; }
    void pause() const {
        const auto id = webhook()["id"].get<std::string>();
        EXPECT_EQ(platform("PATCH", "/" + id, R"({"whatsapp_webhook":{"active":false}})").status,
                  200);
    }
};

TEST_P(Backfill, WhatWasWrittenWhileHiloWasDownForLongIsTakenInOnceAndAnswered) {
    start_answering();
    await_round();  // which may otherwise list the first message before its webhook has come
    const auto known = write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    stop();
    const std::vector missed{write(ana, "¿Siguen ahí?"), write(luis, "Buenas"),
                             write(luis, "¿A qué hora abren?")};
    await_giving_up();
    start();
    reply_with(luis, "DELIVERED");
    eventually("ana's second message is answered", [&] { return replies_to(ana).size() == 2; });
    reply_with(ana, "DELIVERED");
    const auto all = sources();
    EXPECT_EQ(all.size(), 4U);
    EXPECT_EQ(all.at(known), std::vector<std::string>{"webhook"});
    for (const auto& wamid : missed) {
        EXPECT_EQ(all.at(wamid), std::vector<std::string>{"backfill"});
        EXPECT_EQ(answers_to(wamid), 1);
    }
    EXPECT_EQ(received_by(luis).size(), 1U) << "one answer to both, in their order";
    EXPECT_LT(received_by(luis)[0].find("Buenas"), received_by(luis)[0].find("abren"));
    EXPECT_GE(taken("appended"), 3);
    EXPECT_GE(taken("repeated"), 1) << "what was known before is listed too";
    EXPECT_EQ(taken("kept"), 0);
    EXPECT_EQ(answers_to(known), 1);
}

TEST_P(Backfill, WhatKapsoGaveUpDuringAnOutageIsTakenInAMinuteAfterItsEndAndAnswered) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    await_round();
    const auto mend = break_store();
    const auto missed = write(luis, "¿Hay alguien?");
    await_giving_up();
    mend();
    eventually(
        "it is taken in", [&] { return sources().contains(missed); }, std::chrono::seconds(100));
    EXPECT_EQ(sources().at(missed), std::vector<std::string>{"backfill"});
    reply_with(luis, "DELIVERED");
    EXPECT_EQ(answers_to(missed), 1);
}

TEST_P(Backfill, WhatWasSaidBeforeHiloWasThereIsNotItsToAnswer) {
    const auto hour_ago = std::chrono::system_clock::now() - std::chrono::hours(1);
    const auto at = std::chrono::floor<std::chrono::seconds>(hour_ago).time_since_epoch().count();
    outside("POST", "/sandbox/customer", {{"from", luis}, {"text", "Old"}, {"at", at}});
    await_giving_up();
    start_answering();
    await_round();
    EXPECT_TRUE(events_of("MessageReceived").empty());
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    stop();
    start();  // the line is known now, and its first conversation began after that message
    await_round();
    EXPECT_EQ(events_of("MessageReceived").size(), 1U);
    EXPECT_TRUE(received_by(luis).empty());
}

TEST_P(Backfill, APausedWebhookIsSaidByLogMetricsAndDoctorAndMendedBySetting) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    await_round();
    const auto paused = "hilo_kapso_webhook_paused{line=\"" + std::string(line) + "\"}";
    EXPECT_EQ(metric(paused), 0);
    EXPECT_NE(run({"doctor"}).out.find("ok     webhook of line"), std::string::npos);
    stop();
    pause();
    const auto lost = write(luis, "¿Hay alguien?");
    start();
    await_round();
    EXPECT_EQ(metric(paused), 1);
    EXPECT_NE(said().find("Kapso has paused the webhook of line"), std::string::npos);
    const auto [code, found, errors] = run({"doctor"});
    EXPECT_EQ(code, 1);
    EXPECT_NE(found.find("error  webhook of line"), std::string::npos) << found;
    EXPECT_NE(found.find("mendPausedWebhook=true"), std::string::npos) << found;
    EXPECT_EQ(webhook()["active"], false) << "nobody asked for it to be mended";
    reply_with(luis, "ACCEPTED");  // the list brought what the webhook did not
    settings({{"mendPausedWebhook", true}});
    stop();
    start();
    await_round();
    EXPECT_EQ(webhook()["active"], true);
    EXPECT_EQ(metric(paused), 0);
    EXPECT_EQ(metric("hilo_kapso_webhooks_mended_total"), 1);
    EXPECT_EQ(sources().at(lost), std::vector<std::string>{"backfill"});
    EXPECT_EQ(answers_to(lost), 1);
    reply_with(luis, "DELIVERED");  // and so came the statuses
}

TEST_P(Backfill, AListThatCannotBeReadIsSaidOnceAndHoldsUpNothing) {
    switches({{"list_fault", "502"}});
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    eventually("the list can't be read",
               [&] { return metric(R"(hilo_backfill_rounds_total{result="incomplete"})") > 0; });
    EXPECT_NE(said().find("can't be read"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(On, Backfill, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
