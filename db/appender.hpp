#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "db/batcher.hpp"

namespace db {

/// Writes one batch in one transaction.
class BatchWriter {
public:
    virtual ~BatchWriter() = default;
    using Batch = std::vector<const Request*>;
    struct Written {
        std::vector<events::Appended> answers;  // one per request, in order
        std::int64_t head = 0;                  // of the log, after the batch
    };
    /// Event ids are unique within the batch, and so are aliases, but for equal sets. Throws
    /// NotWritten where surely nothing was written; after anything else that is thrown, nobody
    /// knows.
    virtual Written append(const Batch& batch) = 0;
};

struct NotWritten : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The batcher's shell: one thread that writes, one that answers, so that a slow answer holds up no
/// batch, and a write that hangs no answer: what still waits at the end of its patience is `full`,
/// what is being written then has a little grace and is `in_doubt`.
class Appender {
public:
    using Stored = std::function<void(const Request&, const events::Appended&)>;
    using Heard = std::function<void(std::int64_t head)>;

    /// `stored` is told of every request that was surely appended by us, on the writing thread;
    /// `heard` of every new head, coalesced, on the answering thread.
    Appender(BatchWriter& writer, const Batcher::Limits& limits, Stored stored, Heard heard);
    /// Answers what waits with `full`, finishes what is being written.
    ~Appender();

    void append(Request request, Done done);
    /// Answers without writing.
    void answer(Done done, const events::Appended& appended);
    /// Runs a job on the writing thread, between batches, and waits for it; throws what it throws.
    void run(const std::function<void()>& job);

private:
    using Clock = std::chrono::steady_clock;
    struct Answer {
        Done done;
        events::Appended appended;
    };

    /// What happened to the batch in hand so far.
    struct Tries {
        bool doubtful = false;  // one may have been written, though it failed
        std::string why;
    };

    void write_all();
    void write();
    std::optional<BatchWriter::Written> try_once(Tries& tries);
    bool may_try_again(Clock::duration pause, const Tries& tries);
    void take_answers(const BatchWriter::Written& written, bool doubtful);
    void give_up(const Tries& tries, const std::function<bool(const Waiting&)>& whom);
    void answer_all();
    void expire(Clock::time_point now);
    std::optional<Clock::time_point> next_expiry() const;
    void push(std::vector<Answer> answers);
    bool job_is_due() const;
    void hold_for(const events::StreamId& stream);

    BatchWriter& writer_;
    const Stored stored_;
    const Heard heard_;

    std::mutex mutex_;
    std::condition_variable work_, answers_ready_;
    Batcher batcher_;
    /// The batch that is being written. Its requests are the writing thread's; who has been
    /// answered has no `done` any more.
    std::vector<Waiting> in_hand_;
    /// Whose next decision everything else waits for (events::Expectation::insists).
    struct Hold {
        events::StreamId stream;
        Clock::time_point until;
    };
    std::optional<Hold> hold_;
    Clock::time_point next_hold_{};
    std::deque<std::function<void()>> jobs_;
    int batches_since_job_ = 0;
    std::vector<Answer> answers_;
    std::int64_t head_ = 0;  // the last one written
    bool stopping_ = false, written_all_ = false;

    std::thread answering_, writing_;
};

}  // namespace db
