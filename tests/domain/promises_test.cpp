#include <gtest/gtest.h>

#include "domain/gates.hpp"
#include "tests/domain/shell.hpp"

namespace testing_domain {
namespace {

/// One conversation's story, chosen step by step.
class Story {
public:
    void step() {
        switch (chosen(0, 13)) {
            case 0:
            case 1:
                customer_writes();
                break;
            case 2:
                person_writes();
                break;
            case 3:
                provider_reports();
                break;
            case 4:
            case 5:
                time_passes();
                break;
            case 6:
                settings_change();
                break;
            case 7:
                shell_.check_against_log();
                shell_.start_life();
                break;
            case 8:
                replies_through_hilo();
                break;
            case 9:
                gives_up();
                break;
            case 10:
                judges();
                break;
            default:
                outcome_comes();
        }
        if (by_chance(80)) settle();
    }

    /// Time passes, outcomes come, and nothing new happens: everything must be accounted for.
    void end() {
        for (int i = 0; i < 1'000; ++i) {
            shell_.settle();
            if (shell_.in_flight.empty() && !shell_.wake_at()) break;
            if (shell_.in_flight.empty()) {
                shell_.now = std::max(shell_.now, *shell_.wake_at());
                continue;
            }
            const auto key = *shell_.in_flight.begin();
            const auto one = shell_.busy.extract(key);
            // A list is asked again for an hour: many sends, one after the other, in few rounds.
            if (key.starts_with("look up")) shell_.now += 10min;
            if (one.empty() || key.starts_with("settle")) {
                gives_up(key);
            } else {
                std::visit([&](const auto& e) { tell(e); }, one.mapped());
            }
        }
        RC_ASSERT(shell_.in_flight.empty());
        RC_ASSERT(!shell_.wake_at());
        RC_ASSERT(shell_.log.unclosed.empty());
        RC_ASSERT(shell_.state.open.empty());
        for (const auto& one : shell_.state.uncertain) RC_ASSERT(one.settle_by == conv::never);
        shell_.check_against_log();
        shell_.check_replay();
    }

private:
    /// Now and then something lands in the log between a decision and its append.
    void settle() {
        shell_.settle([&] {
            if (!by_chance(10)) return;
            by_chance(50) ? customer_writes() : provider_reports();
        });
    }

    Time provider_time() {
        const std::vector<std::chrono::minutes> ago{0min, 1min, -5min, -20min, 300min, 60'000min};
        if (by_chance(5)) return Time{};
        return shell_.now - *rc::gen::elementOf(ago);
    }
    std::string word() { return *rc::gen::element<std::string>("Hola", "¿Abren?", "Gracias", "x"); }
    std::string fresh(const std::string& prefix) { return prefix + std::to_string(++names_); }

    void customer_writes() {
        MessageReceived message{.text = word()};
        message.source = by_chance(85) ? Source::webhook : static_cast<Source>(chosen(0, 3));
        message.kind = by_chance(60) ? Kind::text : static_cast<Kind>(chosen(0, 14));
        message.wamid = fresh("in-");
        if (by_chance(10)) message.phone = "52" + std::to_string(chosen(1'000, 9'999));
        shell_.happens(message, provider_time());
    }

    void person_writes() {
        if (by_chance(5)) return shell_.happens(ConversationLinked{id(77)}, shell_.now);
        PersonWrote wrote{.via = Via::phone_app, .wamid = fresh("person-"), .text = word()};
        wrote.source = static_cast<Source>(chosen(0, 3));
        shell_.happens(wrote, provider_time());
    }

    /// Of a part that we sent, of one that nobody knows, or of a person's.
    void provider_reports() {
        std::vector<conv::Attempt> ours(shell_.state.sends.begin(), shell_.state.sends.end());
        ours.insert(ours.end(), shell_.state.uncertain.begin(), shell_.state.uncertain.end());
        std::erase_if(ours, [&](const auto& one) {
            return !shell_.provider.has(one.id) || !shell_.provider.reports(one.id);
        });
        MessageSent sent{fresh("theirs-"), {}, by_chance(80) ? word() : "", "{}"};
        if (!ours.empty() && by_chance(70)) {
            const auto& one = *rc::gen::elementOf(ours);
            sent = {Provider::wamid_of(one.id), {}, one.text, "{}"};
            if (by_chance(30)) sent.attempt = one.id;
        }
        if (by_chance(30)) {
            return shell_.happens(MessageDelivered{sent.wamid, sent.attempt}, provider_time());
        }
        shell_.happens(sent, provider_time());
    }

    void time_passes() {
        const std::vector<std::chrono::milliseconds> spans{1ms, 500ms, 2s, 10s, 5min, 3h, 960h};
        shell_.now += *rc::gen::elementOf(spans);
        if (const auto at = shell_.wake_at(); at && by_chance(40)) {
            shell_.now = std::max(shell_.now, *at);
        }
    }

    void settings_change() {
        auto& settings = shell_.settings;
        settings.chatbot_enabled = by_chance(85);
        settings.ai_enabled = by_chance(85);
        shell_.has_key = by_chance(90);
        shell_.can_send = by_chance(95);
        shell_.clock_behind = std::chrono::minutes(by_chance(20) ? 90 : 0);
        settings.debounce_seconds = chosen(0, 4);
        settings.debounce_max_seconds = chosen(0, 10);
        settings.hold_minutes = by_chance(10) ? 0 : chosen(1, 200);
        settings.max_answer_age_minutes = chosen(1, 60);
        settings.new_input = by_chance(70) ? "supersede" : "wait";
        settings.uncertain_sends = *rc::gen::element<std::string>("review", "resend", "give_up");
        settings.unsupported_text = by_chance(80) ? "Sorry" : "";
    }

    void replies_through_hilo() {
        conv::Reply reply{{}, id(600'000'000 + 1'000 * ++names_), Via::api, word(), "Eva"};
        if (by_chance(30)) reply.text = long_text();
        shell_.take(reply);
    }
    static std::string long_text() {
        return std::string(4'000, 'a') + " " + std::string(4'000, 'b') + " c";
    }

    /// Whoever was busy with an effect says what came of it, if anything.
    void outcome_comes() {
        if (shell_.busy.empty()) return;
        auto one = shell_.busy.begin();
        std::advance(one, chosen(0, static_cast<int>(shell_.busy.size())));
        const auto effect = one->second;
        if (by_chance(90)) shell_.busy.erase(one);  // else it is told again
        if (by_chance(10)) return;                  // it got lost
        std::visit([&](const auto& e) { tell(e); }, effect);
    }
    void tell(const conv::Ask& ask) {
        if (by_chance(20)) {
            return shell_.take(conv::NotGenerated{{}, ask.turn, {{"deepseek", "m", "429", 5}}});
        }
        const auto text = *rc::gen::element<std::string>("Claro", "", long_text(), "Sí");
        shell_.take(conv::Generated{{}, ask.turn, {"deepseek", "m", text, 1, 2, 3}});
    }
    void tell(const conv::Send& send) {
        shell_.take(conv::SendDone{{}, send.attempt, shell_.provider.outcome_of(send.attempt)});
    }
    void tell(const conv::Settle&) {}
    /// The list shows what the provider has; now and then it can't be read to its end.
    void tell(const conv::LookUp& look) {
        const auto began = shell_.now;
        const auto doubted =
            std::ranges::find(shell_.state.uncertain, look.attempt, &conv::Attempt::id);
        if (doubted == shell_.state.uncertain.end()) return;
        const bool in_time = began < doubted->settle_by;
        if (shell_.provider.has(look.attempt) && shell_.provider.lists(look.attempt, in_time)) {
            shell_.happens(MessageSent{Provider::wamid_of(look.attempt), {}, doubted->text, "{}"},
                           shell_.now);
        }
        const auto listed = by_chance(80)   ? conv::Listed::all
                            : by_chance(50) ? conv::Listed::early
                                            : conv::Listed::unread;
        shell_.take(conv::LookedUp{{}, look.attempt, began, listed});
    }

    /// A person looks at the phone and says what is true.
    void judges() {
        if (shell_.state.uncertain.empty()) return;
        const auto& one = shell_.state.uncertain.front();
        const bool sent = shell_.provider.has(one.id) && shell_.provider.lists(one.id, false);
        const auto verdict = sent            ? conv::Verdict::sent
                             : by_chance(50) ? conv::Verdict::send_again
                                             : conv::Verdict::not_sent;
        shell_.take(conv::Judge{{}, one.id, verdict, "Eva"});
    }

    /// The patience of this life runs out: a question is asked again, of a send nobody knows.
    void gives_up() {
        if (shell_.in_flight.empty()) return;
        gives_up(*rc::gen::elementOf(
            std::vector<std::string>(shell_.in_flight.begin(), shell_.in_flight.end())));
    }
    void gives_up(const std::string& key) {
        if (key.starts_with("ask") || key.starts_with("look up")) {
            shell_.in_flight.erase(key);
            return;
        }
        const auto attempt = *crypto::parse_uuid(key.substr(key.find('/') + 1));
        shell_.take(conv::SendDone{{}, attempt, conv::Uncertain{"no outcome in time"}});
    }

    Shell shell_;
    std::uint64_t names_ = 0;
};

TEST(Promises, AreKeptWhateverHappens) {
    for (int i = 0; i < 8; ++i) {
        const bool kept = rc::check([] {
            Story story;
            const int steps = chosen(0, 80);
            for (int step = 0; step < steps; ++step) story.step();
            story.end();
        });
        ASSERT_TRUE(kept);
    }
}

}  // namespace
}  // namespace testing_domain
