#pragma once

#include "tests/load/outside.hpp"

namespace load {

/// The log held against the provider's own count: what became of every customer's message.
struct Account {
    int messages = 0;
    int answered = 0;  // once, and the log says so
    int silent = 0;    // on purpose, and the log says why
    int refused = 0;   // by the provider, for good
    int unknown = 0;   // the log says that nobody knows; the customer got nothing
    int open = 0;      // something is still to be decided, or to be found out
    int lost = 0, doubled = 0, unexplained = 0;
    std::string details;

    bool is_over() const { return open == 0 && lost == 0; }
    std::string text() const {
        const auto named = [](const char* name, int count) {
            return std::string(", ") + name + " " + std::to_string(count);
        };
        return "messages " + std::to_string(messages) + named("answered", answered) +
               named("silent", silent) + named("refused", refused) + named("unknown", unknown) +
               named("open", open) + named("lost", lost) + named("doubled", doubled) +
               named("unexplained", unexplained);
    }

    void add(const Told& told, const std::string& wamid, int answers) {
        ++messages;
        const auto note = [&](int& count, const std::string& what) {
            ++count;
            details += wamid + ": " + what + "\n";
        };
        if (!told.received.contains(wamid)) return note(lost, "not in the log");
        if (told.received.at(wamid) > 1) note(doubled, "twice in the log");
        if (answers > 1) note(doubled, "answered " + std::to_string(answers) + " times");
        const auto id = told.received_id.at(wamid);
        const auto closed = told.closed.find(id);
        if (closed == told.closed.end()) return note(open, "nobody closed it");
        if (closed->second > 1) note(doubled, "closed twice");
        const auto turn = told.answered_by.find(id);
        if (turn == told.answered_by.end()) {
            note(silent, "silent: " + told.silences.at(id));
            if (answers > 0) note(unexplained, "answered, though the log is silent");
            return;
        }
        const auto fate_of = told.fates.at(turn->second);
        if (fate_of == Told::Fate::refused) {
            details += wamid + ": refused: " + told.refusals.at(turn->second) + "\n";
        }
        fate(fate_of, answers, note);
    }

private:
    void fate(Told::Fate fate, int answers, const auto& note) {
        if (fate == Told::Fate::intended) return note(open, "no outcome yet");
        if (fate == Told::Fate::tried_again) return note(open, "to be tried again");
        if (fate == Told::Fate::unknown) {
            if (answers > 0) return note(open, "sent, and not found yet");
            ++unknown;
        } else if (fate == Told::Fate::sent) {
            ++answered;
            if (answers == 0) note(unexplained, "not sent, though the log says so");
        } else {
            ++refused;
            if (answers > 0) note(unexplained, "sent, though the log says that it was refused");
        }
    }
};

inline Account account_of(const Told& told, const Outside& outside) {
    const auto counts = outside.counts();
    Account account;
    for (const auto& wamid : outside.wamids()) {
        account.add(told, wamid, counts.at(wamid).at("answers").get<int>());
    }
    return account;
}

/// Lost 0, doubled 0, unexplained 0, once nothing is left to be decided or found out; and the log
/// is as it was written. Returns the account.
inline Account expect_all_accounted_for(const Database& database, const Outside& outside,
                                        std::chrono::milliseconds at_most) {
    Account account;
    Told told;
    const bool over = eventually(at_most, [&] {
        database.follow(told);
        account = account_of(told, outside);
        if (account.is_over()) return true;
        std::this_thread::sleep_for(1s);  // whoever works it off needs the machine
        return false;
    });
    EXPECT_TRUE(over) << account.text() << "\n" << account.details;
    EXPECT_EQ(account.lost, 0) << account.details;
    EXPECT_EQ(account.doubled, 0) << account.details;
    EXPECT_EQ(account.unexplained, 0) << account.details;
    EXPECT_EQ(database.defect(), "");
    return account;
}

/// The same where nothing but a kill can be why a reply is unknown: it cuts off what is being sent,
/// on a slow machine more than on a quick one, and not what waits for its turn.
inline Account expect_answered_once(const Database& database, const Outside& outside,
                                    std::chrono::milliseconds at_most = 30s) {
    const auto account = expect_all_accounted_for(database, outside, at_most);
    testing::Test::RecordProperty("unknown", account.unknown);
    EXPECT_EQ(account.silent + account.refused, 0) << account.text() << account.details;
    EXPECT_LT(account.unknown, account.messages / 5) << account.text();
    return account;
}

}  // namespace load
