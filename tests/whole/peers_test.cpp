#include "tests/whole/golden.hpp"

/// Every fault of a model and of Kapso that a production day brings: what the customer gets, and
/// what the tables and the log say of it.
namespace tests {
namespace {

struct Fault {
    const char* name;
    Json switches;
    /// deliveryStatus of the reply, or the reason of a silence.
    std::string ends;
    std::string code{};     // errorCode of the reply
    std::size_t asked = 1;  // tries with the model
    std::size_t taken = 1;  // sends that Kapso took
    std::string why{};      // what stands in the event that tells of the fault
};

Json once(const char* peer, const char* fault) {
    return {{std::string(peer) + "_fault", fault}, {std::string(peer) + "_fault_times", 1}};
}
Json always(const char* peer, const char* fault) { return {{std::string(peer) + "_fault", fault}}; }

const std::vector<Fault> faults{
    // A model: one more try where it may pass and there is time, within 22 seconds in all.
    {"ModelRateLimitOnce", once("model", "429"), "DELIVERED"},
    {"ModelRateLimit", always("model", "429"), "generation_failed", "", 2, 0, "429"},
    {"ModelOverloadedOnce", once("model", "529"), "DELIVERED"},
    {"ModelOverloaded", always("model", "529"), "generation_failed", "", 2, 0, "529"},
    {"ModelErrorOnce", once("model", "500"), "DELIVERED"},
    {"ModelResetOnce", once("model", "reset"), "DELIVERED"},
    {"ModelTruncatedOnce", once("model", "truncated"), "DELIVERED"},
    {"ModelTruncated", always("model", "truncated"), "generation_failed", "", 2, 0, "partial"},
    {"ModelErrorText", always("model", "error_text"), "generation_failed", "", 1, 0, "error"},
    {"ModelNoJson", always("model", "no_json"), "generation_failed", "", 1, 0, "200"},
    {"ModelEmpty", always("model", "empty"), "generation_failed", "", 1, 0, "empty answer"},
    {"ModelCutShort", always("model", "cut_short"), "DELIVERED"},
    {"ModelDrips", always("model", "drip"), "generation_failed", "", 1, 0, "no answer from"},
    {"ModelSlow", always("model", "slow"), "generation_failed", "", 1, 0, "no answer from"},
    // Kapso surely didn't send it: for good, or tried again.
    {"KapsoWrongKey", always("send", "401"), "FAILED", "401", 1, 0, "401"},
    {"KapsoNoCredit", always("send", "402"), "FAILED", "402", 1, 0, "insufficient_credits"},
    {"KapsoWindowClosed", always("send", "131047"), "FAILED", "131047", 1, 0, "131047"},
    {"KapsoInFlightOnce", once("send", "409"), "DELIVERED", "", 1, 1, "409"},
    {"KapsoRateLimitOnce", once("send", "429"), "DELIVERED", "", 1, 1, "429"},
    {"KapsoThroughputOnce", once("send", "130429"), "DELIVERED", "", 1, 1, "130429"},
    {"KapsoPairLimitOnce", once("send", "131056"), "DELIVERED", "", 1, 1, "131056"},
    // Nobody knows: an echoed key tells that it went out, and nothing that it didn't.
    {"KapsoErrorBefore", once("send", "500"), "UNKNOWN", "", 1, 0, "500"},
    {"KapsoErrorAfter", once("send", "500_sent"), "DELIVERED", "", 1, 1, "500"},
    {"KapsoBadGateway", once("send", "502"), "UNKNOWN", "", 1, 0, "502"},
    {"KapsoTimeoutBefore", once("send", "504"), "UNKNOWN", "", 1, 0, "504"},
    {"KapsoTimeoutAfter", once("send", "504_sent"), "DELIVERED", "", 1, 1, "504"},
    {"KapsoResetBefore", once("send", "reset_before"), "UNKNOWN", "", 1, 0, "reset by peer"},
    {"KapsoResetAfter", once("send", "reset_after"), "DELIVERED", "", 1, 1, "reset by peer"},
    {"KapsoSlow", {{"send_fault", "slow"}, {"slow", 5'000}}, "DELIVERED"},
    {"KapsoFailsLater", once("send", "failed_later"), "FAILED", "131026"},
};

/// One fault's name as the parameter; the store is SQLite, for it has no part in this.
class Peers : public Golden {
protected:
    static const Fault& fault() {
        return *std::ranges::find(faults, std::string(GetParam()),
                                  [](const Fault& one) { return std::string(one.name); });
    }
    void expect_end() const {
        if (fault().ends == "generation_failed") {
            EXPECT_EQ(silences(1), std::vector{fault().ends});
            const auto failed = events_of("GenerationFailed");
            ASSERT_EQ(failed.size(), 1U);
            EXPECT_EQ(failed[0]["body"]["attempts"].size(), fault().asked);
            EXPECT_NE(failed[0].dump().find(fault().why), std::string::npos) << failed[0];
            EXPECT_NE(said().find("No AI response from deepseek"), std::string::npos);
            return;
        }
        const auto row = reply_with(ana, fault().ends);
        if (!fault().code.empty()) {
            EXPECT_EQ(row.at("errorCode"), fault().code);
        }
        std::string told;
        for (const auto* type : {"SendRejected", "SendUncertain"}) {
            for (const auto& event : events_of(type)) told += event.dump();
        }
        EXPECT_NE(told.find(fault().why), std::string::npos) << told;
    }
    std::size_t taken() const {
        std::size_t sum = 0;
        const auto outbound = outside("GET", "/sandbox/counts")["outbound"];
        for (const auto& one : outbound) sum += one["sends"].get<std::size_t>();
        return sum;
    }
};
std::vector<const char*> names() {
    std::vector<const char*> out;
    for (const auto& one : faults) out.push_back(one.name);
    return out;
}
INSTANTIATE_TEST_SUITE_P(Faults, Peers, ::testing::ValuesIn(names()), store_name);

TEST_P(Peers, DoWhatTheTableSaysAndTheNextMessageIsAnswered) {
    start_answering();
    switches(fault().switches);
    write(ana, "Hola");
    expect_end();
    EXPECT_EQ(taken(), fault().taken);
    // Whoever is next is answered, whatever became of this one.
    switches({{"model_fault", "none"}, {"send_fault", "none"}});
    write("34600100299", "Buenas");
    reply_with("34600100299", "DELIVERED");
    EXPECT_EQ(received_by(ana).size(), fault().taken);
}

}  // namespace
}  // namespace tests
