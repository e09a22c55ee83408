#include "tests/whole/golden.hpp"

/// Signed statuses that nobody's message can have, or that name another's: accounted for, and no
/// row of anybody says anything else than before.
namespace tests {
namespace {

constexpr auto eva = "34600100299", nobody = "34600100777";

class BadStatus : public Golden {
protected:
    static Json status(const std::string& wamid, const std::string& to,
                       const std::string& said = "failed") {
        Json out{{"id", wamid}, {"status", said}, {"timestamp", bodies::now()}};
        if (!to.empty()) out["recipient_id"] = to;
        return out;
    }
    static Json with_key(Json status, const std::string& key) {
        status["biz_opaque_callback_data"] = key;
        return status;
    }
    static Json at(Json status, const Json& time) {
        status["timestamp"] = time;
        return status;
    }
    /// The answer's counts.
    Json tell(const Json& status, const std::string& of_line = line) const {
        const Json value{{"messaging_product", "whatsapp"},
                         {"metadata", {{"phone_number_id", of_line}}},
                         {"statuses", Json::array({status})}};
        const Json change{{"field", "messages"}, {"value", value}};
        const Json account{{"id", "1"}, {"changes", Json::array({change})}};
        const auto answer =
            post(Json{{"object", "whatsapp_business_account"}, {"entry", Json::array({account})}});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json();
    }
    /// The key that Kapso was given with the reply to a person.
    std::string key_of(const std::string& phone) const {
        const auto outbound = outside("GET", "/sandbox/counts")["outbound"];
        for (const auto& one : outbound) {
            if (one["to"] == phone) return one["mark"];
        }
        throw std::runtime_error("nothing was sent to " + phone);
    }
    static std::string other_case(std::string text) {
        for (auto& c : text) {
            const auto letter = static_cast<unsigned char>(c);
            c = static_cast<char>(std::isupper(letter) ? std::tolower(letter)
                                                       : std::toupper(letter));
        }
        return text;
    }
    void answer_both() {
        start_answering();
        for (const auto* phone : {ana, eva}) {
            write(phone, "Hola");
            reply_with(phone, "DELIVERED");
        }
        await_tables();
    }
    Rows messages() const {
        await_tables();
        return rows(R"(select * from "Message" order by id)");
    }
};
INSTANTIATE_TEST_SUITE_P(On, BadStatus, ::testing::Values("sqlite", "postgres"), store_name);

TEST_P(BadStatus, ThatNamesAnotherMessageOrAnothersKeyChangesNobodysRow) {
    answer_both();
    const auto before = messages();
    const std::string wamid = reply_with(ana, "DELIVERED").at("messageId");
    const auto key = key_of(ana), evas = key_of(eva);
    ASSERT_NE(other_case(wamid), wamid);
    auto forged = key;
    forged.back() = forged.back() == '0' ? '1' : '0';
    const struct {
        const char* what;
        Json status;
        const char* of_line;
        const char* counted;
    } all[]{
        {"an unknown message", status("wamid.unknown", ana), line, "appended"},
        {"an unknown message of an unknown person", status("wamid.of-nobody", nobody), line,
         "kept"},
        {"nobody's message", status("wamid.nobody", ""), line, "kept"},
        {"a message of another line", status("wamid.elsewhere", ana), "100000000000999", "kept"},
        {"an id in another case", status(other_case(wamid), ana), line, "appended"},
        {"a forged key", with_key(status("wamid.forged", ana), forged), line, "appended"},
        {"half a key", with_key(status("wamid.half", ana), key.substr(0, 40)), line, "appended"},
        {"the key on another message", with_key(status("wamid.w", ana), key), line, "appended"},
        {"another's key", with_key(status("wamid.replayed", ana), evas), line, "appended"},
        {"another's key on ours", with_key(status(wamid, ana), evas), line, "appended"},
        {"no id", status("", ana), line, "kept"},
    };
    for (const auto& one : all) {
        SCOPED_TRACE(one.what);
        const auto counts = tell(one.status, one.of_line);
        EXPECT_EQ(counts[one.counted], 1) << counts;
        EXPECT_EQ(messages(), before);
    }
}

TEST_P(BadStatus, OfAnImpossibleTimeHappenedWhenItCame) {
    answer_both();
    const std::string wamid = reply_with(ana, "DELIVERED").at("messageId");
    const auto told_before = events().size();
    const Json times[]{
        "0", "-5", "99999999999999999999", "4102444800", "tomorrow", "", nullptr, 1e300,
        -7,  {},   "1767225600.5"};
    int number = 0;
    for (const auto& time : times) {
        SCOPED_TRACE(time.dump());
        const auto counts = tell(at(status("wamid.when" + std::to_string(++number), ana), time));
        EXPECT_EQ(counts["appended"], 1) << counts;
    }
    EXPECT_EQ(tell(at(status(wamid, ana, "read"), "4102444800"))["appended"], 1);
    const auto row = reply_with(ana, "READ");
    EXPECT_GE(row.at("readAt"), row.at("createdAt"));
    EXPECT_LT(row.at("readAt"), "2100");
    EXPECT_EQ(events().size(), told_before + std::size(times) + 1);
}

TEST_P(BadStatus, MessagesWhoseIdsDifferOnlyInCaseAreTwo) {
    start_answering();
    for (const auto* wamid : {"wamid.ABCdef", "wamid.abcDEF", "wamid.ABCdef"}) {
        post(bodies::event(bodies::message(wamid, ana, "Hola"), ana, line), bodies::received);
    }
    EXPECT_EQ(events_of("MessageReceived").size(), 2U);
    eventually("both are rows", [&] { return thread(ana).size() >= 2; });
}

}  // namespace
}  // namespace tests
