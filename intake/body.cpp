#include "intake/body.hpp"

namespace intake {

void Intake::Body::leave_for_log(std::size_t limit) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return out_ < limit; });
    ++out_;
}

void Intake::Body::back_from_log(const events::Appended& answer) {
    using enum events::Outcome;
    std::function<void()> all_back;
    {
        const std::lock_guard lock(mutex_);
        const auto outcome = answer.outcome;
        if (outcome == appended) ++receipt_.appended;
        if (outcome == already_there) ++receipt_.repeated;
        if (outcome == full || outcome == in_doubt) receipt_.stored = false;
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

void Intake::Body::not_stored() {
    const std::lock_guard lock(mutex_);
    receipt_.stored = false;
}

void Intake::Body::ignored() {
    const std::lock_guard lock(mutex_);
    ++receipt_.ignored;
}

Receipt Intake::Body::receipt() const {
    const std::lock_guard lock(mutex_);
    return receipt_;
}

std::vector<Intake::Body::Leftover> Intake::Body::leftovers() const {
    const std::lock_guard lock(mutex_);
    return leftovers_;
}

}  // namespace intake
