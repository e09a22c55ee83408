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
    Waiting waiting{std::move(request), std::move(done), Clock::now()};
    std::unique_lock lock(mutex_);
    if (!stopping_ && batcher_.offer(waiting)) {
        const bool first = batcher_.size() == 1;
        lock.unlock();
        work_.notify_one();
        if (first) answers_ready_.notify_one();  // it watches over the patience of what waits
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
            auto batch = batcher_.take();
            ++batches_since_job_;
            lock.unlock();
            write(std::move(batch));
            lock.lock();
        }
    }
    for (auto& waiting : batcher_.drain()) {
        answers_.push_back({std::move(waiting.done), only(events::Outcome::full)});
    }
}

void Appender::write(std::vector<Waiting> batch) {
    BatchWriter::Batch requests;
    for (const auto& waiting : batch) requests.push_back(&waiting.request);
    bool doubtful = false;
    // The batch is in the order of the offers, so that nobody in it waits longer than the first.
    const auto until = batch.front().since + batcher_.limits().patience;
    if (auto written = try_until(until, requests, doubtful)) {
        take_answers(std::move(batch), std::move(*written), doubtful);
        return;
    }
    std::vector<Answer> answers;
    const auto outcome = doubtful ? events::Outcome::in_doubt : events::Outcome::full;
    for (auto& waiting : batch) answers.push_back({std::move(waiting.done), only(outcome)});
    push(std::move(answers));
}

/// The append takes the log's lock and reads the event ids back before it writes, so that doing it
/// again settles a doubtful commit: what is there already had been appended.
std::optional<BatchWriter::Written> Appender::try_until(Clock::time_point until,
                                                        const BatchWriter::Batch& batch,
                                                        bool& doubtful) {
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
        std::string why;
        try {
            return writer_.append(batch);
        } catch (const NotWritten& error) {
            why = error.what();
        } catch (const std::exception& error) {
            why = error.what();
            doubtful = true;
        }
        if (pause == first_pause)
            spdlog::warn("the log could not be written, trying again: {}", why);
        std::unique_lock lock(mutex_);
        if (work_.wait_for(lock, pause, [&] { return stopping_; }) || Clock::now() >= until) {
            spdlog::error("a batch of {} could not be written: {}", batch.size(), why);
            return std::nullopt;
        }
    }
}

void Appender::take_answers(std::vector<Waiting> batch, BatchWriter::Written written,
                            bool doubtful) {
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto appended = written.answers[i];
        if (appended.outcome == events::Outcome::appended) {
            stored_(batch[i].request, appended);
        } else if (doubtful && appended.outcome == events::Outcome::already_there) {
            appended.outcome = events::Outcome::appended;
        }
        answers.push_back({std::move(batch[i].done), appended});
    }
    {
        const std::lock_guard lock(mutex_);
        head_ = std::max(head_, written.head);
    }
    push(std::move(answers));
}

void Appender::push(std::vector<Answer> answers) {
    {
        const std::lock_guard lock(mutex_);
        for (auto& answer : answers) answers_.push_back(std::move(answer));
    }
    answers_ready_.notify_one();
}

void Appender::answer_all() {
    std::int64_t told = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto ready = [&] { return written_all_ || !answers_.empty(); };
        if (const auto expiry = batcher_.next_expiry(); expiry && !ready()) {
            answers_ready_.wait_until(lock, *expiry);
        } else if (!ready()) {
            answers_ready_.wait(lock);
        }
        for (auto& waiting : batcher_.expired(Clock::now())) {
            answers_.push_back({std::move(waiting.done), only(events::Outcome::full)});
        }
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
