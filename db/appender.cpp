#include "db/appender.hpp"

#include <spdlog/spdlog.h>

#include <future>

namespace db {
namespace {

// Appends go first, but a job (a projection's batch) waits for so many of them at most.
constexpr int batches_before_a_job = 8;
constexpr std::chrono::milliseconds first_pause{20}, longest_pause{250};

events::Appended only(events::Outcome outcome) {
    events::Appended appended;
    appended.outcome = outcome;
    return appended;
}

}  // namespace

Appender::Appender(BatchWriter& writer, const Batcher::Limits& limits, Stored stored, Heard heard)
    : writer_(writer),
      stored_(std::move(stored)),
      heard_(std::move(heard)),
      batcher_(limits),
      answering_([this] { answer_all(); }),
      writing_([this] { write_all(); }) {}

Appender::~Appender() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    writing_.join();
    {
        const std::lock_guard lock(mutex_);
        written_all_ = true;
    }
    answers_ready_.notify_all();
    answering_.join();
}

void Appender::append(Request request, Done done) {
    const auto since = Clock::now() - request.waited;
    Waiting waiting{std::move(request), std::move(done), since};
    std::unique_lock lock(mutex_);
    const bool awaited = hold_ && waiting.request.expect && hold_->stream == waiting.request.stream;
    if (!stopping_ && batcher_.offer(waiting, awaited)) {
        if (awaited) hold_.reset();
        // The answering thread watches over the patience of what waits.
        const bool is_next = batcher_.next_expiry() == since + batcher_.limits().patience;
        lock.unlock();
        work_.notify_one();
        if (is_next) answers_ready_.notify_one();
        return;
    }
    lock.unlock();
    answer(std::move(waiting.done), only(events::Outcome::full));
}

void Appender::answer(Done done, const events::Appended& appended) {
    std::vector<Answer> answers;
    answers.push_back({std::move(done), appended});
    push(std::move(answers));
}

void Appender::run(const std::function<void()>& job) {
    std::packaged_task<void()> task(job);
    auto finished = task.get_future();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) throw std::runtime_error("the store is closing");
        jobs_.emplace_back([&task] { task(); });
    }
    work_.notify_one();
    finished.get();
}

bool Appender::job_is_due() const {
    return !jobs_.empty() &&
           (stopping_ || batcher_.empty() || batches_since_job_ >= batches_before_a_job);
}

void Appender::write_all() {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [&] { return stopping_ || !jobs_.empty() || !batcher_.empty(); });
        if (hold_) work_.wait_until(lock, hold_->until, [&] { return stopping_ || !hold_; });
        hold_.reset();
        if (job_is_due()) {
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            batches_since_job_ = 0;
            lock.unlock();
            job();
            lock.lock();
        } else if (stopping_) {
            break;
        } else {
            in_hand_ = batcher_.take();
            ++batches_since_job_;
            lock.unlock();
            write();
            lock.lock();
        }
    }
    for (auto& waiting : batcher_.drain()) {
        answers_.push_back({std::move(waiting.done), only(events::Outcome::full)});
    }
}

/// The append takes the log's lock and reads the event ids back before it writes, so that doing it
/// again settles a doubtful commit: what is there already had been appended.
void Appender::write() {
    Tries tries;
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
        if (const auto written = try_once(tries)) return take_answers(*written, tries.doubtful);
        if (pause == first_pause) {
            spdlog::warn("the log could not be written, trying again: {}", tries.why);
        }
        if (!may_try_again(pause, tries)) return;
    }
}

std::optional<BatchWriter::Written> Appender::try_once(Tries& tries) {
    BatchWriter::Batch requests;
    for (const auto& waiting : in_hand_) requests.push_back(&waiting.request);
    try {
        return writer_.append(requests);
    } catch (const NotWritten& error) {
        tries.why = error.what();
    } catch (const std::exception& error) {
        tries.why = error.what();
        tries.doubtful = true;
    }
    return std::nullopt;
}

/// After a pause, with those whose patience lasts.
bool Appender::may_try_again(Clock::duration pause, const Tries& tries) {
    std::unique_lock lock(mutex_);
    work_.wait_for(lock, pause, [&] { return stopping_; });
    const auto oldest = Clock::now() - batcher_.limits().patience;
    give_up(tries, [&](const Waiting& one) { return stopping_ || one.since <= oldest; });
    return !in_hand_.empty();
}

/// The caller holds the mutex.
void Appender::give_up(const Tries& tries, const std::function<bool(const Waiting&)>& whom) {
    const auto outcome = tries.doubtful ? events::Outcome::in_doubt : events::Outcome::full;
    for (auto& one : in_hand_) {
        if (!one.done || !whom(one)) continue;
        answers_.push_back({std::exchange(one.done, nullptr), only(outcome)});
    }
    const auto count = std::erase_if(in_hand_, [](const Waiting& one) { return !one.done; });
    if (count == 0) return;
    spdlog::error("{} of a batch could not be written: {}", count, tries.why);
    answers_ready_.notify_one();
}

void Appender::take_answers(const BatchWriter::Written& written, bool doubtful) {
    std::vector<events::Appended> all = written.answers;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].outcome == events::Outcome::appended) {
            stored_(in_hand_[i].request, all[i]);
        } else if (doubtful && all[i].outcome == events::Outcome::already_there) {
            all[i].outcome = events::Outcome::appended;
        }
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& request = in_hand_[i].request;
        const bool beaten = all[i].outcome == events::Outcome::conflict;
        if (beaten && request.expect && request.expect->insists) hold_for(request.stream);
        if (in_hand_[i].done) answers_.push_back({std::move(in_hand_[i].done), all[i]});
    }
    in_hand_.clear();
    head_ = std::max(head_, written.head);
    answers_ready_.notify_one();
}

/// The caller holds the mutex.
void Appender::hold_for(const events::StreamId& stream) {
    const auto now = Clock::now();
    if (now < next_hold_) return;
    const auto& limits = batcher_.limits();
    hold_ = Hold{stream, now + limits.hold};
    next_hold_ = now + 5 * limits.hold;
}

void Appender::push(std::vector<Answer> answers) {
    {
        const std::lock_guard lock(mutex_);
        for (auto& answer : answers) answers_.push_back(std::move(answer));
    }
    answers_ready_.notify_one();
}

/// The caller holds the mutex.
void Appender::expire(Clock::time_point now) {
    for (auto& waiting : batcher_.expired(now)) {
        answers_.push_back({std::move(waiting.done), only(events::Outcome::full)});
    }
    const auto& limits = batcher_.limits();
    for (auto& waiting : in_hand_) {
        if (!waiting.done || now - waiting.since < limits.patience + limits.grace) continue;
        answers_.push_back({std::exchange(waiting.done, nullptr), only(events::Outcome::in_doubt)});
    }
}

/// The caller holds the mutex.
std::optional<Appender::Clock::time_point> Appender::next_expiry() const {
    auto next = batcher_.next_expiry();
    const auto& limits = batcher_.limits();
    for (const auto& waiting : in_hand_) {
        const auto end = waiting.since + limits.patience + limits.grace;
        if (waiting.done && (!next || end < *next)) next = end;
    }
    return next;
}

void Appender::answer_all() {
    std::int64_t told = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto ready = [&] { return written_all_ || !answers_.empty(); };
        if (const auto expiry = next_expiry(); expiry && !ready()) {
            answers_ready_.wait_until(lock, *expiry);
        } else if (!ready()) {
            answers_ready_.wait(lock);
        }
        expire(Clock::now());
        if (answers_.empty() && written_all_) return;
        const auto answers = std::exchange(answers_, {});
        const auto head = head_;
        lock.unlock();
        for (const auto& answer : answers) answer.done(answer.appended);
        if (head > told) heard_(told = head);
        lock.lock();
    }
}

}  // namespace db
