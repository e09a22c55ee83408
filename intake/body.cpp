#include "intake/body.hpp"

#include "crypto/bytes.hpp"
#include "crypto/hash.hpp"

namespace intake {

Intake::Body::Body(std::string text_, kapso::Headers headers_, Clock::time_point arrived_,
                   events::Source source_, std::shared_ptr<Progress> progress)
    : text(std::move(text_)),
      sha256(crypto::hex(crypto::view(crypto::sha256(text)))),
      headers(std::move(headers_)),
      arrived(arrived_),
      source(source_),
      progress_(std::move(progress)),
      stored_(progress_->of(name())) {}

/// The headers say what a body's bytes mean.
std::string Intake::Body::name() const {
    return sha256 + "\n" + headers.event + "\n" + headers.idempotency_key + "\n" + headers.batch;
}

bool Intake::Body::is_stored(std::size_t index) {
    const std::lock_guard lock(mutex_);
    const bool stored = index < stored_.size() && stored_[index];
    if (stored) ++receipt_.repeated;
    return stored;
}

void Intake::Body::leave_for_log(std::size_t limit) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return out_ < limit; });
    ++out_;
}

void Intake::Body::back_from_log(std::size_t index, const events::Appended& answer) {
    using enum events::Outcome;
    std::function<void()> all_back;
    {
        const std::lock_guard lock(mutex_);
        const auto outcome = answer.outcome;
        if (outcome == appended) ++receipt_.appended;
        if (outcome == already_there) ++receipt_.repeated;
        if (outcome == full || outcome == in_doubt) receipt_.stored = false;
        if ((outcome == appended || outcome == already_there) && !answer.other) {
            is_stored_now(index);
        }
        if (answer.other) receipt_.passed_by.push_back(*answer.other);
        if (answer.passed_by) receipt_.passed_by.push_back(*answer.passed_by);
        if (outcome == other_content || outcome == unroutable || answer.other) {
            leftovers_.push_back({outcome, answer.stream, answer.other});
        }
        if (--out_ == 0) all_back.swap(all_back_);
    }
    room_.notify_one();
    if (all_back) all_back();
}

void Intake::Body::submitted(std::function<void()> all_back) {
    {
        const std::lock_guard lock(mutex_);
        if (out_ > 0) {
            all_back_ = std::move(all_back);
            return;
        }
    }
    all_back();
}

void Intake::Body::kept(bool durable) {
    const std::lock_guard lock(mutex_);
    ++receipt_.kept;
    receipt_.stored = receipt_.stored && durable;
}

void Intake::Body::kept(bool durable, std::size_t index) {
    kept(durable);
    const std::lock_guard lock(mutex_);
    if (durable) is_stored_now(index);
}

std::size_t Intake::Body::kept() const {
    const std::lock_guard lock(mutex_);
    return receipt_.kept;
}

bool Intake::Body::kept_whole(const std::function<bool()>& keep) {
    if (!whole_) whole_ = keep();
    return *whole_;
}

void Intake::Body::is_stored_now(std::size_t index) {
    stored_.resize(std::max(stored_.size(), index + 1));
    stored_[index] = true;
}

void Intake::Body::not_stored() {
    const std::lock_guard lock(mutex_);
    receipt_.stored = false;
}

void Intake::Body::ignored() {
    const std::lock_guard lock(mutex_);
    ++receipt_.ignored;
}

void Intake::Body::repeated() {
    const std::lock_guard lock(mutex_);
    ++receipt_.repeated;
}

bool Intake::Body::is_whole() const {
    const std::lock_guard lock(mutex_);
    return receipt_.stored;
}

Receipt Intake::Body::end() {
    const std::lock_guard lock(mutex_);
    if (!receipt_.stored && !listed()) {
        progress_->note(name(), std::move(stored_));
    } else {
        progress_->forget(name());
    }
    return receipt_;
}

std::vector<Intake::Body::Leftover> Intake::Body::leftovers() const {
    const std::lock_guard lock(mutex_);
    return leftovers_;
}

}  // namespace intake
