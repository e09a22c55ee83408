#include "actors/log_actors.hpp"

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
Tail read_tail(events::Log& log, const ReadStream& query) {
    constexpr std::size_t page = 500;
    auto next = events::read_as_it_is(log, query.stream, query.after, page);
    const bool more = next.size() == page || (!next.empty() && !next.back().defect.empty()) ||
                      may_be_cut(next);  // last, for it costs most
    return {std::make_shared<const std::vector<events::Recorded>>(std::move(next)), more};
}

/// An exception becomes the requester's error; it must not end the reader.
template <class T, class F>
caf::result<T> guarded(const std::atomic<bool>& stopping, F work) {
    try {
        if (stopping) throw std::runtime_error("shutting down");
        return work();
    } catch (const std::exception& error) {
        return caf::make_error(caf::sec::runtime_error, std::string(error.what()));
    }
}

}  // namespace

Reader::behavior_type reader_actor(Reader::pointer /*self*/, events::Log* log,
                                   SettingsBook* settings, const std::atomic<bool>* stopping) {
    return {
        [=](const ReadStream& query) {
            return guarded<Tail>(*stopping, [&] { return read_tail(*log, query); });
        },
        [=](RefreshSettings) {
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
