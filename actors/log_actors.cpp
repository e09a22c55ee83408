#include "actors/log_actors.hpp"

#include <spdlog/spdlog.h>

#include <deque>

#include "events/codec.hpp"

namespace actors {
namespace {

/// A page that is short because of its bytes is one of those that weigh half of what it may, or of
/// which some can't be weighed any more, for its key is destroyed.
bool may_be_cut(const std::vector<events::Recorded>& page) {
    std::int64_t bytes = 0;
    for (const auto& one : page) {
        const bool is_blank = one.body == events::blank(one.clear.type);
        bytes += is_blank ? events::Log::page_bytes
                          : static_cast<std::int64_t>(events::encode(one.body).size());
    }
    return bytes >= events::Log::page_bytes / 2;
}

/// An event that can't be read comes with its defect: it is the conversation's affair, unlike a
/// store that is away.
Tail read_tail(events::Log& log, const ReadStream& query, std::shared_ptr<void> on_the_way) {
    constexpr std::size_t page = 500;
    auto next = events::read_as_it_is(log, query.stream, query.after, page);
    const bool more = next.size() == page || (!next.empty() && !next.back().defect.empty()) ||
                      may_be_cut(next);  // last, for it costs most
    using Page = std::pair<std::vector<events::Recorded>, std::shared_ptr<void>>;
    const auto both = std::make_shared<const Page>(std::move(next), std::move(on_the_way));
    return {{both, &both->first}, more};
}

/// An exception becomes the requester's error; it must not end the reader.
template <class T, class F>
caf::expected<T> guarded(const std::atomic<bool>& stopping, F work) {
    try {
        if (stopping) throw std::runtime_error("shutting down");
        return work();
    } catch (const std::exception& error) {
        return caf::make_error(caf::sec::runtime_error, std::string(error.what()));
    }
}

/// Two readers bring pages quicker than one worker takes them in, and thousands of conversations
/// may ask at the same moment: who asks while so many pages are on their way waits.
class PagesOnTheWay {
public:
    static constexpr int most = 4;  // of one reader

    using Promise = caf::typed_response_promise<Tail>;
    using Serve = std::function<caf::expected<Tail>(const ReadStream&)>;
    explicit PagesOnTheWay(Serve serve) : serve_(std::move(serve)) {}

    void ask(const ReadStream& query, Promise promise) {
        waiting_.push_back({query, std::move(promise), Clock::now()});
        serve_some();
    }
    void taken() {
        --count_;
        serve_some();
    }
    void end(const caf::error& why) {
        for (auto& one : waiting_) one.promise.deliver(why);
        waiting_.clear();
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        ReadStream query;
        Promise promise;
        Clock::time_point since;
    };

    void serve_some() {
        while (!waiting_.empty() && count_ < most) {
            auto [query, promise, since] = std::move(waiting_.front());
            waiting_.pop_front();
            if (Clock::now() - since >= read_patience) continue;
            ++count_;
            auto tail = serve_(query);
            tail ? promise.deliver(std::move(*tail)) : promise.deliver(std::move(tail.error()));
        }
    }

    Serve serve_;
    int count_ = 0;
    std::deque<Waiting> waiting_;
};

}  // namespace

Reader::behavior_type reader_actor(Reader::pointer self, events::Log* log, SettingsBook* settings,
                                   const std::atomic<bool>* stopping) {
    const auto pages = std::make_shared<PagesOnTheWay>([=](const ReadStream& query) {
        const std::shared_ptr<void> on_the_way(
            nullptr,
            [me = caf::actor_cast<Reader>(self)](void*) { caf::anon_send(me, PageTaken{}); });
        return guarded<Tail>(*stopping, [&] { return read_tail(*log, query, on_the_way); });
    });
    // Without it half of all conversations would stand still, and a process that is gone is started
    // again or taken over.
    self->set_exception_handler([](std::exception_ptr&) -> caf::error {
        spdlog::critical("a reader of the log failed");
        std::terminate();
    });
    self->set_exit_handler([=](const caf::exit_msg& end) {
        pages->end(end.reason);
        self->quit(end.reason);
    });
    return {
        [=](const ReadStream& query) {
            auto promise = self->make_response_promise<PagesOnTheWay::Promise>();
            pages->ask(query, promise);
            return promise;
        },
        [=](PageTaken) { pages->taken(); },
        [=](RefreshSettings) -> caf::result<bool> {
            return guarded<bool>(*stopping, [&] {
                settings->refresh();
                return true;
            });
        },
    };
}

Writer::behavior_type writer_actor(Writer::pointer self, events::Log* log,
                                   const std::shared_ptr<std::atomic<int>>& pending) {
    using Promise = caf::typed_response_promise<events::Appended>;
    return {
        [=](const Request& request) -> Promise {
            auto promise = self->make_response_promise<Promise>();
            ++*pending;
            const auto answer =
                [=, me = caf::actor_cast<Writer>(self)](const events::Appended& appended) {
                    caf::anon_send(
                        me, Run{[promise, appended]() mutable { promise.deliver(appended); }});
                    --*pending;
                };
            try {
                log->append(*request, answer);
            } catch (const std::exception&) {
                events::Appended nothing;
                nothing.outcome = events::Outcome::full;
                answer(nothing);
            }
            return promise;
        },
        [](const Run& run) { run.work(); },
        // Not before the answers that are still out, for somebody waits for each of them; the last
        // one is in the mailbox by the time that none is out.
        [=](Quit quit) {
            if (*pending > 0) {
                self->delayed_send(self, std::chrono::milliseconds(1), Quit{});
            } else if (quit.answers_are_here) {
                self->quit();
            } else {
                self->send(self, Quit{true});
            }
        },
    };
}

}  // namespace actors
