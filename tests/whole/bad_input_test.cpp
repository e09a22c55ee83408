#include "tests/whole/bodies.hpp"
#include "tests/whole/stage.hpp"

namespace tests {
namespace {

constexpr auto webhook = "/api/whatsapp/webhook";
constexpr std::size_t limit = 4 * 1024 * 1024;
// What was measured is half of each bound below; the thread sanitizer shadows every byte several
// times.
#ifdef __SANITIZE_THREAD__
constexpr long sanitizer_factor = 8;
#else
constexpr long sanitizer_factor = 1;
#endif

class BadInput : public Stage {
protected:
    Answer raw(const std::string& method, const std::string& target, const std::string& body,
               const std::string& headers = {}) const {
        return exchange(port_, method, target, body, headers);
    }
    Answer unsigned_post(const std::string& signature_header) const {
        return raw("POST", webhook, R"({"messages":[]})", signature_header);
    }
    std::size_t deliveries() const {
        return get("/api/deliveries?limit=1000")["deliveries"].size();
    }
    /// Resident memory of the process now, and its highest so far, in MiB.
    long memory(const std::string& field) const {
        std::ifstream file("/proc/" + std::to_string(hilo_->pid()) + "/status");
        for (std::string text; std::getline(file, text);) {
            if (text.starts_with(field)) {
                text.erase(0, text.find_first_of("0123456789"));
                return std::stol(text) / 1024;
            }
        }
        throw std::runtime_error("no " + field);
    }
    /// Starts it so that its memory is its own: the sanitizer keeps what was freed for a while, by
    /// default 256 MiB of it.
    void start_measured() {
        auto& options = environment_["ASAN_OPTIONS"];
        options += (options.empty() ? "" : ":") + std::string("quarantine_size_mb=1");
        start();
    }
    /// After whatever it was given, it takes and keeps a good message.
    void expect_it_goes_on() const {
        static int number = 0;
        const auto wamid = "wamid.good." + std::to_string(++number);
        const auto good = bodies::event(bodies::message(wamid, ana, "Hola"), ana, line);
        const auto answer = post(good, bodies::received);
        EXPECT_EQ(answer.json()["appended"], 1) << answer.body;
        EXPECT_TRUE(ask("GET", "/readyz").json()["decides"]);
    }
};

TEST_P(BadInput, IsRefusedByStatusInTheOrderThatIsPromised) {
    start();
    EXPECT_EQ(raw("GET", "/api/nothing", "").status, 404);
    EXPECT_EQ(raw("POST", "/", "{}").status, 404);
    EXPECT_EQ(raw("DELETE", webhook, "").status, 405);
    EXPECT_EQ(raw("PUT", webhook, "{}").status, 405);
    EXPECT_EQ(raw("POST", "/api/settings", "{}").status, 405);
    const auto flood = "X-Flood: " + std::string(20 * 1024, 'x') + "\r\n";
    EXPECT_EQ(raw("POST", webhook, "{}", flood).status, 431);
    std::string many;
    for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(raw("POST", webhook, "{}", many).status, 431);
    EXPECT_EQ(raw("DELETE", webhook, "", flood).status, 405) << "the route comes first";
    // Over the limit by its own word; nobody reads it.
    RawHttp huge(port_);
    huge.send("POST " + std::string(webhook) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
              std::to_string(limit + 1) + "\r\n\r\n");
    EXPECT_EQ(status_of(huge.response()), 413);
    EXPECT_EQ(post(std::string(limit + 1, ' ')).status, 413);
    expect_it_goes_on();
}

TEST_P(BadInput, UnsignedAndForgedBodiesAreRefused) {
    start();
    const auto good = signature(R"({"messages":[]})");
    EXPECT_EQ(unsigned_post("").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: \r\n").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: sha256=\r\n").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: nonsense\r\n").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: " + signature("other") + "\r\n").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: " + good + "00\r\n").status, 401);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: " + good + "\r\n").status, 200);
    EXPECT_EQ(unsigned_post("X-Webhook-Signature: sha256=" + good + "\r\n").status, 200);
    EXPECT_EQ(
        raw("GET", std::string(webhook) + "?hub.verify_token=wrong&hub.challenge=x", "").status,
        403);
    EXPECT_EQ(deliveries(), 0U) << "what is refused is not kept";
    EXPECT_TRUE(events_of("MessageReceived").empty());
    EXPECT_EQ(said().find(secret), std::string::npos);
    EXPECT_EQ(said().find(good), std::string::npos);
}

struct Odd {
    const char* name;
    std::string body;
};

std::vector<Odd> odd_bodies() {
    const auto event = [](const std::string& message) {
        return R"({"message":)" + message + R"(,"conversation":{"phone_number":"+34600100200"},)" +
               R"("phone_number_id":"100000000000001"})";
    };
    const std::string whole =
        bodies::event(bodies::message("wamid.cut", "34600100200", "Hola"), "34600100200", "1")
            .dump();
    return {
        {"no JSON", "Hola, this is no JSON"},
        {"empty", ""},
        {"null", "null"},
        {"a number", "17"},
        {"a truncated body", whole.substr(0, whole.size() / 2)},
        {"invalid UTF-8",
         event("{\"id\":\"wamid.u\",\"type\":\"text\",\"text\":{\"body\":\"\xff\xfe\"}}")},
        {"a deep list", std::string(100'000, '[') + std::string(100'000, ']')},
        {"a deep object", event(R"({"id":"wamid.d","type":"text","text":)" +
                                [] {
                                    std::string deep;
                                    for (int i = 0; i < 40; ++i) deep += R"({"a":)";
                                    return deep + "1" + std::string(40, '}') + "}";
                                }())},
        {"a message that is a text", event(R"("Hola")")},
        {"an id of a wrong type", event(R"({"id":{"a":1},"type":"text","text":{"body":"x"}})")},
        {"a text of a wrong type", event(R"({"id":"wamid.t","type":"text","text":["x"]})")},
        {"duplicate keys", event(R"({"id":"wamid.a","id":"wamid.b","type":"text",)"
                                 R"("text":{"body":"x"}})")},
    };
}

TEST_P(BadInput, SignedButOddBodiesBecomeDeliveries) {
    start();
    std::size_t kept = 0;
    for (const auto& odd : odd_bodies()) {
        const auto answer = post(odd.body, bodies::received);
        EXPECT_EQ(answer.status, 200) << odd.name << answer.body;
        EXPECT_EQ(answer.json()["kept"], 1) << odd.name << answer.body;
        EXPECT_EQ(deliveries(), ++kept) << odd.name;
    }
    const auto listed = get("/api/deliveries")["deliveries"];
    for (const auto& one : listed) {
        EXPECT_FALSE(one["reason"].get<std::string>().empty()) << one;
        EXPECT_TRUE(one["replayed"].is_null()) << one;
    }
    // The same again is the same delivery.
    for (const auto& odd : odd_bodies()) EXPECT_EQ(post(odd.body, bodies::received).status, 200);
    EXPECT_EQ(deliveries(), kept);
    EXPECT_TRUE(events_of("MessageReceived").empty());
    expect_it_goes_on();
}

TEST_P(BadInput, OneBadEntryOfABatchIsKeptAlone) {
    start();
    const auto good = bodies::event(bodies::message("wamid.in", ana, "Hola"), ana, line);
    const auto answer = post(bodies::batch(Json::array({"nonsense", good, 3})), bodies::received);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json()["appended"], 1) << answer.body;
    EXPECT_EQ(answer.json()["kept"], 2) << answer.body;
    EXPECT_EQ(deliveries(), 2U);
}

TEST_P(BadInput, ABatchOfTenThousandIsTenThousandEvents) {
    start_measured();
    const auto before = memory("VmRSS");
    std::string body = R"({"type":"whatsapp.message.received","batch":true,"data":[)";
    constexpr int count = 10'000;
    for (int i = 0; i < count; ++i) {
        const auto number = std::to_string(34'600'000'000 + i % 500);
        body += (i > 0 ? "," : "") +
                (R"({"message":{"id":"wamid.)" + std::to_string(i) + R"(","timestamp":")" +
                 bodies::now() + R"(","type":"text","text":{"body":"Hola )" + std::to_string(i) +
                 R"("},"from":")" + number + R"(","kapso":{"direction":"inbound"}},)" +
                 R"("conversation":{"phone_number":"+)" + number +
                 R"("},"phone_number_id":"100000000000001"})");
    }
    body += "]}";
    ASSERT_LT(body.size(), limit);
    // On a busy machine it may take longer than a request may wait for the log. What was stored by
    // then is stored, and Kapso brings all of it again.
    int status = 503, tries = 0, appended = 0;
    while (status == 503 && ++tries <= 8) {
        RawHttp connection(port_, std::chrono::seconds(60));
        const auto began = std::chrono::steady_clock::now();
        const auto response = connection.exchange(
            raw_request("POST", webhook, body, "X-Webhook-Signature: " + signature(body) + "\r\n"));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        status = status_of(response);
        EXPECT_LT(took.count(), 10) << "Kapso waits no longer";
        std::cout << count << " messages: " << status << " after " << took.count() << " s\n";
        if (status == 200) appended = Json::parse(body_of(response))["appended"];
    }
    ASSERT_EQ(status, 200);
    EXPECT_EQ(appended == count, tries == 1) << appended;
    eventually("every message is a row", [&] {
        return rows(R"(select count(*) n from "Message" where sender = 'client')")[0].at("n") ==
               std::to_string(count);
    });
    const auto grown = memory("VmHWM") - before;
    std::cout << "memory grew by " << grown << " MiB at most\n";
    EXPECT_LT(grown, 160 * sanitizer_factor);
    expect_it_goes_on();
}

TEST_P(BadInput, AVeryLargeBodyThatSaysNothingCostsLittle) {
    start_measured();
    const auto before = memory("VmRSS");
    for (int i = 0; i < 5; ++i) {
        auto body = "{\"a\":\"" + std::string(limit - 16, static_cast<char>('a' + i)) + "\"}";
        EXPECT_EQ(post(body).status, 200);
    }
    const auto grown = memory("VmHWM") - before;
    std::cout << "memory grew by " << grown << " MiB at most\n";
    EXPECT_LT(grown, 128 * sanitizer_factor);
    expect_it_goes_on();
}

/// The one that waits: the server gives a request 15 seconds from its first byte on.
TEST_P(BadInput, ASlowBodyEndsWith408) {
    if (std::string_view(GetParam()) != "sqlite") GTEST_SKIP() << "no store has a part in it";
    start();
    RawHttp slow(port_, std::chrono::seconds(30));
    slow.send("POST " + std::string(webhook) +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"a\":");
    expect_it_goes_on();
    EXPECT_EQ(status_of(slow.response()), 408);
    expect_it_goes_on();
}

INSTANTIATE_TEST_SUITE_P(On, BadInput, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
