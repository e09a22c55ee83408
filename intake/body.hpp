#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "intake/facts.hpp"
#include "intake/intake.hpp"
#include "intake/progress.hpp"

namespace intake {

/// One body on its way into the log: how many of its appends are still out, and what is left to do
/// once all are back. Safe to use from any thread.
class Intake::Body {
public:
    /// Goes on where `progress` says that the same body stopped.
    Body(std::string text_, kapso::Headers headers_, Clock::time_point arrived_,
         events::Source source_, std::shared_ptr<Progress> progress);

    const std::string text;    // empty for what the provider lists
    const std::string sha256;  // of the text, hexadecimal
    const kapso::Headers headers;
    const Clock::time_point arrived;
    const events::Source source;
    bool listed() const { return source == events::Source::backfill; }

    /// What an append's answer leaves to be done by a thread that may block.
    struct Leftover {
        events::Outcome outcome;
        events::StreamId stream;
        std::optional<events::StreamId> other;
    };

    /// Whether an item is in the log, or kept, since an earlier try; it then counts as repeated.
    bool is_stored(std::size_t index);
    /// Waits until fewer than `limit` appends are out, so that a huge body can't fill the queue.
    void leave_for_log(std::size_t limit);
    /// With the answer for the item of this index.
    void back_from_log(std::size_t index, const events::Appended& answer);
    /// Nothing more will be submitted; `all_back` is called when the last append is back.
    void submitted(std::function<void()> all_back);

    void kept(bool durable);
    /// The item of this index, with a delivery of its own.
    void kept(bool durable, std::size_t index);
    /// How many of its items were kept so far.
    std::size_t kept() const;
    /// Whether all of it was kept as one delivery, which `keep` does where nobody has before.
    bool kept_whole(const std::function<bool()>& keep);
    /// Something of it couldn't be stored: its sender will send all of it again.
    void not_stored();
    void ignored();
    void repeated();
    /// Whether all could be stored so far.
    bool is_whole() const;
    /// What became of it, once nothing more will; notes how far it came.
    Receipt end();
    std::vector<Leftover> leftovers() const;

private:
    std::string name() const;
    void is_stored_now(std::size_t index);

    const std::shared_ptr<Progress> progress_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    Progress::Stored stored_;
    std::size_t out_ = 0;
    Receipt receipt_;
    std::vector<Leftover> leftovers_;
    std::optional<bool> whole_;  // asked by one thread after another
    std::function<void()> all_back_;
};

}  // namespace intake
