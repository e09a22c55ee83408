#include "cli/key_alarm.hpp"

#include "kapso/errors.hpp"

namespace cli {
namespace {

constexpr std::chrono::minutes between_alarms{1};

/// 401 and 402 are Kapso's own, without a code of WhatsApp's. What may be tried again fails for
/// another reason: a connection that was refused has no code either.
bool wants_a_person(const domain::conversation::Rejected& rejected) {
    if (rejected.may_retry) return false;
    if (rejected.code == 401 || rejected.code == 402) return true;
    const auto* row = kapso::error_row(rejected.code);
    return row != nullptr && row->remedy == kapso::Remedy::credentials;
}

}  // namespace

std::optional<int> KeyAlarm::heard(const domain::conversation::SendOutcome& outcome,
                                   Clock::time_point now) {
    const auto* rejected = std::get_if<domain::conversation::Rejected>(&outcome);
    if (rejected == nullptr || !wants_a_person(*rejected)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (told_ && now - *told_ < between_alarms) return std::nullopt;
    told_ = now;
    return rejected->code;
}

}  // namespace cli
