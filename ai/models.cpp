#include "ai/models.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <mutex>
#include <utility>

#include "ai/answers.hpp"
#include "ai/requests.hpp"
#include "crypto/random.hpp"

namespace ai {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t tries_limit = 2;
/// A try that has less time than this hardly ever ends in an answer.
constexpr milliseconds least_try{2'000};

milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

/// Half a second and up to as much again, so that those who failed together come back apart.
milliseconds short_pause() {
    const auto random = crypto::random<2>();
    return milliseconds(500 + (random[0] * 256 + random[1]) % 500);
}

/// Providers quote refused keys. Before anything is read or cut, so that no half of it is left.
void hide(const std::string& key, std::string& text) {
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + 3)) {
        text.replace(at, key.size(), "***");
    }
}

/// Some quote them partly masked ("sk-proj-****abcd"): no word that begins like a key is shown.
std::string without_half_keys(std::string text) {
    constexpr std::string_view ends = " \t\"'`,;";
    for (auto at = text.find("sk-"); at != std::string::npos; at = text.find("sk-", at + 3)) {
        const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
        if (begins)
            text.replace(at, std::min(text.find_first_of(ends, at), text.size()) - at, "***");
    }
    return text;
}

std::size_t bytes_of(const domain::Prompt& prompt) {
    auto bytes = prompt.system.size();
    for (const auto& line : prompt.lines) bytes += line.text.size();
    return bytes;
}

/// One call with its tries. It keeps itself alive by the callback that it waits for.
class Asking : public std::enable_shared_from_this<Asking> {
public:
    Asking(net::Client& client, Call call, Provider provider, std::function<void(Result)> done)
        : client_(client),
          call_(std::move(call)),
          provider_(std::move(provider)),
          done_(std::move(done)) {}

    void attempt(milliseconds delay) {
        auto request = request_of(call_, provider_);
        request->deadline = left();
        request->delay = delay;
        client_.send(*std::move(request),
                     [self = shared_from_this(), began = Clock::now() + delay](net::Result result) {
                         self->take(std::move(result), since(began));
                     });
    }

private:
    milliseconds left() const { return call_.deadline - since(began_); }

    void take(net::Result result, milliseconds took) {
        auto* response = std::get_if<net::Response>(&result);
        if (response && response->status >= 300) hide(provider_.key, response->body);
        auto outcome =
            response ? answer_of(call_, *response) : problem_of(std::get<net::Failure>(result));
        if (auto* answer = std::get_if<domain::conversation::Answer>(&outcome)) {
            answer->took_ms = took.count();
            return done_(std::move(*answer));
        }
        const auto& problem = std::get<Problem>(outcome);
        failed_.attempts.push_back({call_.provider, call_.model, without_half_keys(problem.error),
                                    std::max<std::int64_t>(0, took.count())});
        const auto pause = problem.wait.value_or(short_pause());
        const bool again = problem.may_pass && failed_.attempts.size() < tries_limit &&
                           left() - pause >= least_try;
        if (again) return attempt(pause);
        done_(std::move(failed_));
    }

    net::Client& client_;
    Call call_;
    Provider provider_;
    std::function<void(Result)> done_;
    Failed failed_;
    Clock::time_point began_ = Clock::now();
};

}  // namespace

/// The questions that wait for one of the places. Lives as long as one of its callbacks.
class Models::Queue : public std::enable_shared_from_this<Queue> {
public:
    struct Question {
        Call call;
        Provider provider;
        std::function<void(Result)> done;
        Clock::time_point since;
    };

    Queue(net::Client& client, Waiting limit) : client_(client), limit_(limit) {}

    void add(Question question) {
        {
            const std::lock_guard lock(mutex_);
            const auto bytes = bytes_ + bytes_of(question.call.prompt);
            if (waiting_.size() < limit_.questions && bytes <= limit_.bytes) {
                bytes_ = bytes;
                waiting_.push_back(std::move(question));
            } else {
                turned_away_.push_back(std::move(question));
            }
        }
        go_on();
    }

private:
    /// Asks what there is a place for, and answers what has waited in vain.
    void go_on() {
        std::vector<Question> asked, given_up;
        {
            const std::lock_guard lock(mutex_);
            given_up.swap(turned_away_);
            while (!waiting_.empty()) {
                auto& next = waiting_.front();
                const bool late = Clock::now() - next.since > longest_wait;
                if (!late && out_ == at_a_time) break;
                if (!late) ++out_;
                bytes_ -= bytes_of(next.call.prompt);
                (late ? given_up : asked).push_back(std::move(next));
                waiting_.pop_front();
            }
        }
        for (auto& one : given_up) {
            one.done(Failed{{{one.call.provider, one.call.model, "too many questions wait", 0}}});
        }
        for (auto& one : asked) ask(std::move(one));
    }

    void ask(Question question) {
        const auto done = [self = shared_from_this(),
                           told = std::move(question.done)](Result result) {
            told(std::move(result));
            {
                const std::lock_guard lock(self->mutex_);
                --self->out_;
            }
            self->go_on();
        };
        std::make_shared<Asking>(client_, std::move(question.call), std::move(question.provider),
                                 done)
            ->attempt(milliseconds(0));
    }

    net::Client& client_;
    const Waiting limit_;
    std::mutex mutex_;
    std::deque<Question> waiting_;
    std::size_t bytes_ = 0;  // of their prompts
    std::vector<Question> turned_away_;
    std::size_t out_ = 0;
};

Models::Models(net::Client& client, std::map<std::string, Provider> providers, Waiting limit)
    : providers_(std::move(providers)), queue_(std::make_shared<Queue>(client, limit)) {}

void Models::ask(Call call, std::function<void(Result)> done) const {
    const auto found = providers_.find(call.provider);
    if (default_base_url(call.provider).empty()) {
        return done(Failed{{{call.provider, call.model, "unknown provider", 0}}});
    }
    if (found == providers_.end() || found->second.key.empty()) {
        return done(Failed{{{call.provider, call.model, "no key is set for this provider", 0}}});
    }
    queue_->add({std::move(call), found->second, std::move(done), Clock::now()});
}

std::set<std::string> with_key(const std::map<std::string, Provider>& providers) {
    std::set<std::string> out;
    for (const auto& [name, provider] : providers) {
        if (!provider.key.empty()) out.insert(name);
    }
    return out;
}

}  // namespace ai
