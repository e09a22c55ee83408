#include <rapidcheck.h>

#include "db/batcher.hpp"
#include "tests/contract/stores.hpp"

namespace contract {
namespace {

/// The log as an outsider would describe it: names instead of hashes, texts instead of prints.
class Model {
public:
    void begin_batch() { first_ = head_ + 1; }

    bool knows(const StreamId& stream) const {
        const auto found = streams_.find(stream);
        return found != streams_.end() && found->second.version > 0;
    }
    /// `fresh` is the stream to be used for a new person.
    Appended add(const Append& request, const StreamId& fresh) {
        Appended answer;
        std::vector<std::string> unknown;
        answer.stream = resolve(request, fresh, unknown, answer.other);
        auto& stream = streams_[answer.stream];
        answer.gate = stream.gate;
        answer.outcome = judge(request, stream);
        if (answer.outcome == Outcome::appended) {
            write(request, answer, stream, !unknown.empty());
            for (const auto& name : unknown) aliases_[name] = {answer.stream, first_};
            return answer;
        }
        std::optional<StreamId> last;  // of the events that are there already
        for (const auto& event : request.events) {
            const auto there = events_.find(event.id);
            if (there == events_.end()) continue;
            answer.position = there->second.position;
            last = there->second.stream;
        }
        const bool there =
            answer.outcome == Outcome::already_there || answer.outcome == Outcome::other_content;
        if (there && last && *last != answer.stream) {
            if (stream.version > 0) answer.passed_by = answer.stream;
            answer.stream = *last;
            answer.gate = streams_[*last].gate;
            answer.other.reset();
        }
        return answer;
    }
    std::int64_t head() const { return head_; }

private:
    struct Stream {
        std::int32_t version = 0, gate = 0;
    };
    struct Known {
        std::int64_t position = 0;
        StreamId stream;
        std::string content;
    };
    struct Lead {
        StreamId stream;
        std::int64_t since = 0;
    };

    static std::string content(const NewEvent& event) {
        return events::normalised(event.body, event.occurred);
    }

    StreamId resolve(const Append& request, const StreamId& fresh,
                     std::vector<std::string>& unknown, std::optional<StreamId>& other) {
        if (const auto* stream = std::get_if<StreamId>(&request.to)) return *stream;
        const auto& who = std::get<Person>(request.to);
        std::vector<Lead> leads;
        const auto look = [&](const std::string& name) {
            const auto found = aliases_.find(name);
            if (found == aliases_.end()) {
                unknown.push_back(name);
            } else {
                leads.push_back(found->second);
            }
        };
        if (!who.bsuid.empty()) look("bsuid " + who.bsuid);
        const bool by_name = !leads.empty();
        for (const auto& phone : who.phones) look("phone " + phone);
        if (leads.empty()) return fresh;
        auto best = leads.front();
        for (const auto& lead : leads) {
            if (!by_name && lead.since < best.since) best = lead;
        }
        for (const auto& lead : leads) {
            if (lead.stream != best.stream && !other) other = lead.stream;
        }
        return best.stream;
    }

    Outcome judge(const Append& request, const Stream& stream) const {
        bool added = false;
        for (const auto& event : request.events) {
            const auto there = events_.find(event.id);
            if (there == events_.end()) {
                added = added || event.when == When::always;
            } else if (there->second.content != content(event)) {
                return Outcome::other_content;
            }
        }
        if (!added) return Outcome::already_there;
        const auto* who = std::get_if<Person>(&request.to);
        if (who && stream.version == 0 && !who->may_open) return Outcome::unroutable;
        if (!request.expect) return Outcome::appended;
        if (request.expect->gate != stream.gate) return Outcome::conflict;
        const auto settings = streams_.find(events::settings_stream);
        const auto now = settings == streams_.end() ? 0 : settings->second.version;
        if (request.expect->settings && *request.expect->settings != now) {
            return Outcome::other_settings;
        }
        return Outcome::appended;
    }

    void write(const Append& request, Appended& answer, Stream& stream, bool unknown) {
        const bool is_new = stream.version == 0;
        for (const auto& event : request.events) {
            if (const auto there = events_.find(event.id); there != events_.end()) {
                answer.position = there->second.position;
                continue;
            }
            if (event.when == When::stream_is_new && !is_new) continue;
            if (event.when == When::alias_is_new && (is_new || !unknown)) continue;
            ++stream.version;
            if (events::type_of(event.body).gating) stream.gate = stream.version;
            answer.position = ++head_;
            events_[event.id] = {head_, answer.stream, content(event)};
        }
        answer.gate = stream.gate;
    }

    std::int64_t head_ = 0, first_ = 1;
    std::map<StreamId, Stream> streams_;
    std::map<EventId, Known> events_;
    std::map<std::string, Lead> aliases_;
};

/// Writes below the batcher's thread, so that what a batch holds is known.
class Direct {
public:
    explicit Direct(const Database& database, Kind kind) : keys_(ring(database, kind)) {
        if (kind == Kind::postgresql) {
            writer_ = std::make_unique<db::pg::Writer>(database.url());
        } else {
            connection_.emplace(database.file(), db::sqlite::Mode::read_write);
            writer_ = std::make_unique<db::sqlite::Writer>(*connection_);
        }
    }
    db::Sealer& sealer() { return sealer_; }
    db::BatchWriter& writer() { return *writer_; }

private:
    static db::Keyring ring(const Database& database, Kind kind) {
        const auto master = db::Keyring::parse_master(master_key);
        if (kind == Kind::postgresql) {
            db::pg::Connection db(database.url());
            return {master, db::special_keys(db)};
        }
        db::sqlite::Connection db(database.file(), db::sqlite::Mode::read_write);
        return {master, db::special_keys(db)};
    }
    db::Keyring keys_;
    db::Sealer sealer_{keys_};
    std::optional<db::sqlite::Connection> connection_;
    std::unique_ptr<db::BatchWriter> writer_;
};

/// Requests over a small world, so that they meet. Names carry the round, since the log remembers.
class World {
public:
    explicit World(int round) : round_(std::to_string(round) + "/") {}

    Append request(const std::vector<StreamId>& known) const {
        Append out;
        const bool to_stream = !known.empty() && *rc::gen::inRange(0, 3) == 0;
        if (to_stream) {
            out.to = *rc::gen::elementOf(known);
            if (*rc::gen::arbitrary<bool>()) {
                out.expect = events::Expectation{*rc::gen::inRange(0, 5), 0, std::nullopt};
                if (*rc::gen::arbitrary<bool>()) out.expect->settings = *rc::gen::inRange(0, 2);
            }
        } else {
            out.to = somebody();
        }
        out.events = some_events();
        return out;
    }

private:
    Person somebody() const {
        Person who{"line", "", {}, "", *rc::gen::inRange(0, 4) != 0};
        const auto bsuid = *rc::gen::inRange(0, 4), phones = *rc::gen::inRange(0, 4);
        if (bsuid > 0) who.bsuid = round_ + std::to_string(bsuid);
        if (phones % 2 == 1 || bsuid == 0) who.phones.push_back(round_ + "1");
        if (phones > 1) who.phones.push_back(round_ + "2");
        return who;
    }
    std::vector<NewEvent> some_events() const {
        std::vector<NewEvent> events;
        const auto name = round_ + std::to_string(*rc::gen::inRange(0, 12));
        if (*rc::gen::arbitrary<bool>()) events.push_back(opened(name));
        if (*rc::gen::arbitrary<bool>()) events.push_back(learnt(name));
        switch (*rc::gen::inRange(0, 5)) {
            case 0:
                events.push_back(delivered("status " + name));
                break;
            case 1:
                events.push_back(message(name, "other text"));
                break;
            case 2:
                events.push_back(hold("hold " + name));
                break;
            default:
                events.push_back(message(name));
        }
        if (*rc::gen::inRange(0, 3) == 0) events.push_back(message("second " + name));
        return events;
    }
    std::string round_;
};

/// One run of the property: groups of requests, batched as the appender would.
class Session {
public:
    Session(Direct& direct, Model& model, int round)
        : direct_(direct), model_(model), world_(round) {}

    void group() {
        db::Batcher batcher{db::Batcher::Limits{}};
        std::vector<Append> requests;
        for (int left = *rc::gen::inRange(1, 8); left > 0; --left) {
            db::Waiting waiting;
            // `since` carries the request's place through the batcher.
            waiting.since += std::chrono::nanoseconds(requests.size());
            requests.push_back(world_.request(known_));
            waiting.request = direct_.sealer().seal(requests.back());
            RC_ASSERT(batcher.offer(waiting));
        }
        while (!batcher.empty()) write(batcher.take(), requests);
    }

private:
    void write(const std::vector<db::Waiting>& batch, const std::vector<Append>& requests) {
        db::BatchWriter::Batch sealed;
        for (const auto& one : batch) sealed.push_back(&one.request);
        const auto written = direct_.writer().append(sealed);
        model_.begin_batch();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto place = static_cast<std::size_t>(batch[i].since.time_since_epoch().count());
            const auto& got = written.answers[i];
            // Whose offer becomes a new person's stream is the store's choice within a batch.
            const auto fresh = model_.knows(got.stream) ? batch[i].request.stream : got.stream;
            compare(got, model_.add(requests[place], fresh));
            if (got.outcome != Outcome::appended) continue;
            direct_.sealer().stored(batch[i].request, got.stream);
            known_.push_back(got.stream);
        }
        RC_ASSERT(written.head == model_.head());
    }
    static void compare(const Appended& got, const Appended& expected) {
        RC_ASSERT(static_cast<int>(got.outcome) == static_cast<int>(expected.outcome));
        RC_ASSERT(got.position == expected.position);
        RC_ASSERT(got.gate == expected.gate);
        if (got.outcome == Outcome::unroutable) return;
        RC_ASSERT((got.stream == expected.stream));
        RC_ASSERT((got.other == expected.other));
        RC_ASSERT((got.passed_by == expected.passed_by));
    }

    Direct& direct_;
    Model& model_;
    World world_;
    std::vector<StreamId> known_;
};

class ModelContract : public Contract {};
FOR_BOTH_STORES(ModelContract);

TEST_P(ModelContract, EveryInterleavingAnswersAsTheModelDoes) {
    store_.reset();
    Direct direct(database_, GetParam());
    Model model;
    int round = 0;
    EXPECT_TRUE(rc::check([&] {
        Session session(direct, model, ++round);
        for (int left = *rc::gen::inRange(1, 4); left > 0; --left) session.group();
    }));
    store_ = database_.open();
    EXPECT_EQ(log().head(), model.head());
    EXPECT_FALSE(store_->verify());
    for (const auto& event : log().read_all(0, 100'000)) ASSERT_FALSE(event.redacted);
}

}  // namespace
}  // namespace contract
