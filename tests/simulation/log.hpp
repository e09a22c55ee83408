#pragma once

#include <set>

#include "db/batcher.hpp"
#include "tests/simulation/database.hpp"

namespace simulation {

/// The log as one life of one process sees it: the real batcher, and what db/appender does round
/// it, step by step in virtual time. Every step may fail, before its work or after it.
class ProcessLog final : public events::Log {
public:
    /// `committed` is told when the database's head has moved.
    ProcessLog(Env& env, Host& host, Database& database, std::function<void()> committed);

    void append(events::Append request, std::function<void(events::Appended)> done) override;
    std::vector<events::Recorded> read_stream(const events::StreamId& stream, std::int32_t after,
                                              std::size_t limit) override;
    std::vector<events::Recorded> read_all(std::int64_t after, std::size_t limit) override;
    std::vector<Step> read_steps(std::int64_t after, std::size_t limit) override;
    std::int64_t head() override;
    std::optional<events::StreamId> find(const events::Person& person) override;
    std::optional<events::StreamId> stream_of(const events::EventId& id) override;
    std::optional<Reference> find_message(std::string_view wamid) override;

    /// The process is killed: nobody hears of what waits, but what holds on to its answer must let
    /// go of it.
    void drop();
    /// While `work` runs, appends are answered before `append` returns: for what blocks.
    void blocking(const Work& work);

private:
    using Written = db::BatchWriter::Written;
    struct Batch {
        std::vector<db::Waiting> waiting;
        bool doubtful = false;
        Span pause = std::chrono::milliseconds(20);
    };
    using Shared = std::shared_ptr<Batch>;
    enum class Fate { written, refused, lost_before, lost_after };

    void check_reachable();
    Fate next_fate();
    void pump();
    void try_once(const Shared& batch);
    void arrive(const Shared& batch);
    void answer(const Shared& batch, const Written& written);
    void fail(const Shared& batch, bool doubtful);
    void expire();
    db::Batcher::Time steady() const;
    static db::Batcher::Limits limits_of(Env& env);

    Env& env_;
    Host& host_;
    Database& database_;
    std::function<void()> committed_;
    db::Batcher batcher_;
    Shared in_hand_;
    bool blocking_ = false;
};

}  // namespace simulation
