#include "net/client.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <set>
#include <thread>

#include "net/connection.hpp"

namespace net {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Exchange;
using ExchangePtr = std::shared_ptr<Exchange>;

/// What belongs to one host.
struct Pool {
    std::deque<ExchangePtr> waiting;
    std::vector<std::shared_ptr<Connection>> idle;  // the last used one last
    std::size_t busy = 0;                           // exchanges under way
    std::size_t live = 0;                           // exchanges without a result, delayed ones too
    std::size_t bytes = 0;                          // of their bodies
};

/// One request on its way to its result.
struct Exchange {
    Exchange(asio::io_context& io, Request r, std::function<void(Result)> d)
        : request(std::move(r)),
          done(std::move(d)),
          deadline(Clock::now() + request.deadline),
          timer(io) {}

    Request request;
    std::function<void(Result)> done;
    Clock::time_point deadline;
    asio::steady_timer timer;
    Target target;
    Pool* pool = nullptr;
    std::shared_ptr<Connection> connection;  // while it carries this exchange
    bool sent = false;                       // the first byte may have left
    bool over = false;                       // `done` has its result
};

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               others.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// A line break in a header would let a value write headers of its own. Values are not shown:
/// they hold keys.
std::string objection_to(const Request& request) {
    if (!is_token(request.method)) return "the method is not a word";
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return "a header has no valid name";
        if (!is_field_value(value)) return "the header " + name + " holds a control character";
    }
    return {};
}

asio::ssl::context make_tls() {
    asio::ssl::context tls(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_default_verify_paths();
    tls.set_verify_mode(asio::ssl::verify_peer);
    return tls;
}

class PooledClient final : public Client {
public:
    explicit PooledClient(Limits limits) : limits_(limits), thread_([this] { io_.run(); }) {}
    ~PooledClient() override;
    void send(Request request, std::function<void(Result)> done) override;

private:
    void admit(const ExchangePtr& exchange);
    std::string refusal(Exchange& exchange);
    void wait_for_deadline(const ExchangePtr& exchange);
    void enqueue(const ExchangePtr& exchange);
    void pump(Pool& pool);
    std::shared_ptr<Connection> kept(Pool& pool, bool once);
    asio::awaitable<void> run(ExchangePtr exchange);
    asio::awaitable<std::variant<Response, Broken>> attempt(Exchange& exchange);
    void give_back(Exchange& exchange);
    void fail(const ExchangePtr& exchange, std::string reason);
    void finish(const ExchangePtr& exchange, Result result);
    void shut_down();

    Limits limits_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    asio::ssl::context tls_ = make_tls();
    std::map<std::string, Pool> pools_;
    std::set<ExchangePtr> live_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

PooledClient::~PooledClient() {
    asio::post(io_, [this] { shut_down(); });
    thread_.join();
}

void PooledClient::send(Request request, std::function<void(Result)> done) {
    auto exchange = std::make_shared<Exchange>(io_, std::move(request), std::move(done));
    asio::post(io_, [this, exchange] { admit(exchange); });
}

void PooledClient::admit(const ExchangePtr& exchange) {
    if (auto reason = refusal(*exchange); !reason.empty()) {
        exchange->done(Failure{false, std::move(reason)});
        return;
    }
    exchange->pool = &pools_[exchange->target.pool()];
    const auto bytes = exchange->pool->bytes + exchange->request.body.size();
    if (exchange->pool->live >= limits_.connections_per_host + limits_.waiting_per_host ||
        bytes > limits_.bytes_per_host) {
        exchange->done(
            Failure{false, "too many requests to " + exchange->target.authority + " are waiting"});
        return;
    }
    exchange->pool->bytes = bytes;
    ++exchange->pool->live;
    live_.insert(exchange);
    const auto start = exchange->deadline - exchange->request.deadline + exchange->request.delay;
    if (start >= exchange->deadline || exchange->request.delay.count() <= 0) {
        wait_for_deadline(exchange);
        if (start < exchange->deadline) enqueue(exchange);
        return;
    }
    exchange->timer.expires_at(start);
    exchange->timer.async_wait([this, exchange](const boost::system::error_code& error) {
        if (error || exchange->over) return;
        wait_for_deadline(exchange);
        enqueue(exchange);
    });
}

/// Why a request can't even be tried; fills the target in.
std::string PooledClient::refusal(Exchange& exchange) {
    if (stopping_) return "shut down";
    auto target = target_of(exchange.request.url, exchange.request.plain);
    if (const auto* objection = std::get_if<std::string>(&target)) return "the URL " + *objection;
    exchange.target = std::get<Target>(std::move(target));
    return objection_to(exchange.request);
}

void PooledClient::wait_for_deadline(const ExchangePtr& exchange) {
    exchange->timer.expires_at(exchange->deadline);
    exchange->timer.async_wait([this, exchange](const boost::system::error_code& error) {
        if (error) return;
        fail(exchange, "no answer from " + exchange->target.authority + " within " +
                           std::to_string(exchange->request.deadline.count()) + " ms");
    });
}

void PooledClient::enqueue(const ExchangePtr& exchange) {
    exchange->pool->waiting.push_back(exchange);
    pump(*exchange->pool);
}

void PooledClient::pump(Pool& pool) {
    while (!pool.waiting.empty() && pool.busy < limits_.connections_per_host) {
        auto next = std::move(pool.waiting.front());
        pool.waiting.pop_front();
        ++pool.busy;
        asio::co_spawn(io_, run(std::move(next)), [](const std::exception_ptr& bug) {
            if (bug) std::rethrow_exception(bug);
        });
    }
}

/// The connection used last, if it is fit; those that are not are dropped, so that idle and busy
/// ones together never exceed the limit.
std::shared_ptr<Connection> PooledClient::kept(Pool& pool, bool once) {
    while (!pool.idle.empty()) {
        auto connection = std::move(pool.idle.back());
        pool.idle.pop_back();
        if (connection->fit(once ? limits_.kept_for_once : limits_.kept_for)) return connection;
    }
    return nullptr;
}

asio::awaitable<void> PooledClient::run(ExchangePtr exchange) {
    exchange->connection = kept(*exchange->pool, exchange->request.once);
    const bool again = exchange->connection && !exchange->request.once;
    auto outcome = co_await attempt(*exchange);
    const auto* broken = std::get_if<Broken>(&outcome);
    const bool stale = broken && !broken->answered && !broken->not_started;
    if (again && stale && !exchange->over) {
        exchange->connection = nullptr;  // it had gone stale; this is for a fresh one to say
        outcome = co_await attempt(*exchange);
    }
    give_back(*exchange);
    if (auto* response = std::get_if<Response>(&outcome)) {
        finish(exchange, std::move(*response));
    } else {
        auto& failed = std::get<Broken>(outcome);
        finish(exchange, Failure{exchange->sent, std::move(failed.reason), failed.refused,
                                 failed.not_started, failed.too_large});
    }
}

asio::awaitable<std::variant<Response, Broken>> PooledClient::attempt(Exchange& exchange) {
    if (exchange.over) co_return Broken{"over", false};
    if (!exchange.connection) {
        exchange.connection = std::make_shared<Connection>(io_, tls_, exchange.target);
        auto broken = co_await exchange.connection->open();
        if (broken) co_return std::move(*broken);
    }
    if (exchange.request.may_start && !exchange.request.may_start()) {
        co_return Broken{"not started: whoever asked may no longer send", false, false, true};
    }
    exchange.sent = true;
    co_return co_await exchange.connection->exchange(exchange.request, exchange.target.path,
                                                     limits_.response_bytes);
}

/// The connection goes back to its pool, or away, and the next exchange starts.
void PooledClient::give_back(Exchange& exchange) {
    auto& pool = *exchange.pool;
    auto connection = std::move(exchange.connection);
    std::erase_if(pool.idle, [&](const auto& idle) { return idle->older_than(limits_.kept_for); });
    if (connection && connection->reusable() && !stopping_) {
        pool.idle.push_back(std::move(connection));
    }
    --pool.busy;
    pump(pool);
}

void PooledClient::fail(const ExchangePtr& exchange, std::string reason) {
    if (exchange->over) return;
    std::erase(exchange->pool->waiting, exchange);
    if (exchange->connection) exchange->connection->close();
    finish(exchange, Failure{exchange->sent, std::move(reason)});
}

void PooledClient::finish(const ExchangePtr& exchange, Result result) {
    if (exchange->over) return;
    exchange->over = true;
    exchange->timer.cancel();
    exchange->pool->bytes -= exchange->request.body.size();
    --exchange->pool->live;
    live_.erase(exchange);
    std::exchange(exchange->done, nullptr)(std::move(result));
}

void PooledClient::shut_down() {
    stopping_ = true;
    work_.reset();
    const auto live = live_;
    for (const auto& exchange : live) fail(exchange, "shut down");
    for (auto& [name, pool] : pools_) pool.idle.clear();
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
    const auto found =
        std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return found == headers.end() ? std::string_view() : found->second;
}

std::unique_ptr<Client> make_client(Limits limits) {
    return std::make_unique<PooledClient>(limits);
}

}  // namespace net
