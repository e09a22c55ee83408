#pragma once

#include <condition_variable>
#include <mutex>
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

/// The batcher's shell: one thread that writes, one that answers (so that a slow answer holds up no
/// batch, and a request expires although a write hangs).
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

    void write_all();
    void write(std::vector<Waiting> batch);
    /// Tries at least once.
    std::optional<BatchWriter::Written> try_until(Clock::time_point until,
                                                  const BatchWriter::Batch& batch, bool& doubtful);
    void take_answers(std::vector<Waiting> batch, BatchWriter::Written written, bool doubtful);
    void answer_all();
    void push(std::vector<Answer> answers);
    bool job_is_due() const;

    BatchWriter& writer_;
    const Stored stored_;
    const Heard heard_;

    std::mutex mutex_;
    std::condition_variable work_, answers_ready_;
    Batcher batcher_;
    std::deque<std::function<void()>> jobs_;
    int batches_since_job_ = 0;
    std::vector<Answer> answers_;
    std::int64_t head_ = 0;  // the last one written
    bool stopping_ = false, written_all_ = false;

    std::thread answering_, writing_;
};

}  // namespace db
