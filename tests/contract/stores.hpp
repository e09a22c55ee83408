#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include "db/pg_store.hpp"
#include "db/sqlite_store.hpp"
#include "events/codec.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/postgres.hpp"

/// What every contract test needs: a fresh database of either store, and events in few words.
namespace contract {

using events::Append;
using events::Appended;
using events::Event;
using events::EventId;
using events::NewEvent;
using events::Outcome;
using events::Person;
using events::StreamId;
using events::When;
using support::eventually;

enum class Kind { sqlite, postgresql };

inline constexpr const char* master_key =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A fresh database; an SQLite file goes with it.
class Database {
public:
    explicit Database(Kind kind) {
        if (kind == Kind::postgresql) {
            url_ = support::Postgres::instance().fresh();
            return;
        }
        folder_.emplace();
        url_ = "sqlite:" + file();
    }
    const std::string& url() const { return url_; }
    std::string file() const { return folder_.value().file("hilo.db"); }
    db::Options options() const { return {url_, master_key, false, true}; }
    std::unique_ptr<db::Store> open() const { return db::open_store(options()); }
    /// Runs SQL beside the store, as somebody with access to the database would.
    void execute(const std::string& sql) const {
        if (folder_) {
            db::sqlite::Connection(file(), db::sqlite::Mode::read_write).exec(sql);
        } else {
            db::pg::Connection(url_).exec(sql);
        }
    }
    std::int64_t number(const std::string& sql) const {
        std::int64_t value = -1;
        const auto take = [&](const auto& row) { value = row.integer(0); };
        if (folder_) {
            db::sqlite::Connection(file(), db::sqlite::Mode::read_write).each(sql, take);
        } else {
            db::pg::Connection(url_).each(sql, take);
        }
        return value;
    }

    /// As if ten seconds had passed in which no lease was renewed.
    void let_leases_run_out() const {
        if (!folder_) execute("update decider set until = until - 10000000");
    }

private:
    std::string url_;
    std::optional<support::Folder> folder_;
};

/// The epoch under which a process decides for a stream; 0 where it doesn't.
inline std::int64_t epoch_of(const db::Leases& leases, const StreamId& stream) {
    for (const auto& lease : leases.held) {
        if (lease.slice == events::slice_of(stream)) return lease.epoch;
    }
    return 0;
}

class Contract : public testing::TestWithParam<Kind> {
protected:
    Contract() : database_(GetParam()), store_(database_.open()) {}

    events::Log& log() { return store_->log(); }
    Appended append(Append request) { return events::append_now(log(), std::move(request)); }
    void reopen() {
        store_.reset();
        store_ = database_.open();
    }

    Database database_;
    std::unique_ptr<db::Store> store_;
};

inline std::string name_of_store(const testing::TestParamInfo<Kind>& given) {
    return given.param == Kind::sqlite ? "Sqlite" : "Postgresql";
}
#define FOR_BOTH_STORES(suite)                                                               \
    INSTANTIATE_TEST_SUITE_P(Stores, suite, testing::Values(Kind::sqlite, Kind::postgresql), \
                             name_of_store)

/// The same id for the same name.
inline EventId id(const std::string& name) {
    return crypto::derived_uuid(events::hilo_name_space, name);
}
inline events::Time at(std::int64_t second) { return events::from_micros(second * 1'000'000); }

inline NewEvent message(const std::string& name, const std::string& text = "hello") {
    events::MessageReceived body;
    body.wamid = "wamid." + name;
    body.text = text;
    return {id(name), Event{body}, at(1'700'000'000), std::nullopt, std::nullopt, When::always};
}
inline NewEvent delivered(const std::string& name) {
    events::MessageDelivered body;
    body.wamid = "wamid." + name;
    return {id(name), Event{body}, at(1'700'000'001), std::nullopt, std::nullopt, When::always};
}
inline NewEvent opened(const std::string& name) {
    return {id("opened " + name), Event{events::ConversationOpened{"line", "", name, "", "Ann"}},
            at(1'700'000'000),    std::nullopt,
            std::nullopt,         When::stream_is_new};
}
inline NewEvent learnt(const std::string& name) {
    return {id("learnt " + name), Event{events::AliasLearned{"1555", name}},
            at(1'700'000'000),    std::nullopt,
            std::nullopt,         When::alias_is_new};
}
inline NewEvent hold(const std::string& name) {
    return {id(name),          Event{events::HoldStarted{at(1'800'000'000)}},
            at(1'700'000'002), std::nullopt,
            std::nullopt,      When::always};
}
inline NewEvent setting(const std::string& name) {
    return {id(name),          Event{events::SettingsChanged{{{"aiEnabled", true}}, "tests"}},
            at(1'700'000'003), std::nullopt,
            std::nullopt,      When::always};
}
inline Person person(const std::string& bsuid, std::vector<std::string> phones = {}) {
    return {"line", bsuid, std::move(phones), "", true};
}
inline Append fact(Person to, std::vector<NewEvent> body) {
    return {std::move(to), std::move(body), std::nullopt};
}
inline Append decision(const StreamId& stream, std::vector<NewEvent> body, std::int32_t gate) {
    return {stream, std::move(body), events::Expectation{gate, 0, std::nullopt}};
}

/// Sends many requests without waiting, then collects their answers in order.
class Answers {
public:
    void send(events::Log& log, Append request) {
        std::size_t place = 0;
        {
            const std::lock_guard lock(mutex_);
            place = answers_.size();
            answers_.emplace_back();
        }
        log.append(std::move(request), [this, place](const Appended& appended) {
            const std::lock_guard lock(mutex_);
            answers_[place] = appended;
            ++count_;
            ready_.notify_all();
        });
    }
    /// All of them; a test that waits for longer than a minute fails.
    std::vector<Appended> wait() {
        std::unique_lock lock(mutex_);
        const bool all = ready_.wait_for(lock, std::chrono::minutes(1),
                                         [&] { return count_ == answers_.size(); });
        EXPECT_TRUE(all) << "only " << count_ << " of " << answers_.size() << " were answered";
        return answers_;
    }

private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<Appended> answers_;
    std::size_t count_ = 0;
};

/// Positions 1..n without a gap, and each stream's versions too.
inline void expect_gapless(events::Log& log) {
    std::int64_t after = 0;
    std::map<StreamId, std::int32_t> versions;
    for (;;) {
        const auto page = log.read_all(after, 500);
        for (const auto& event : page) {
            ASSERT_EQ(event.position, ++after);
            ASSERT_EQ(event.version, ++versions[event.stream]);
        }
        if (page.empty()) break;
    }
    EXPECT_EQ(after, log.head());
}

}  // namespace contract
