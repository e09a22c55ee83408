#include "sandbox/world.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "crypto/random.hpp"

namespace sandbox {
namespace {

constexpr std::size_t deliveries_at_most = 50;
constexpr std::int64_t typing_seconds = 25;

std::string new_wamid() {
    return "wamid.SANDBOX" + crypto::hex(crypto::view(crypto::random<12>()));
}

/// How far a tick is: a failure is final, but a later proof of delivery counts for more.
std::size_t rank(const std::string& status) {
    constexpr std::array<std::string_view, 5> ladder{"accepted", "sent", "failed", "delivered",
                                                     "read"};
    return static_cast<std::size_t>(std::ranges::find(ladder, status) - ladder.begin());
}

/// Whether a text stands in an answer between quotation marks, alone or as one of several lines:
/// so do the sandbox's models quote what they were asked.
bool quotes_text(const std::string& answer, const std::string& text) {
    const auto ends_with_mark = [](std::string_view before) {
        return before.ends_with("“") || before.ends_with('\n');
    };
    const auto begins_with_mark = [](std::string_view after) {
        return after.starts_with("”") || after.starts_with('\n');
    };
    const std::string_view all(answer);
    for (auto i = answer.find(text); !text.empty() && i != answer.npos;
         i = answer.find(text, i + 1)) {
        if (ends_with_mark(all.substr(0, i)) && begins_with_mark(all.substr(i + text.size()))) {
            return true;
        }
    }
    return false;
}

std::string take_fault(std::string& fault, int& times) {
    auto taken = fault;
    if (taken != "none" && times > 0 && --times == 0) fault = "none";
    return taken;
}

}  // namespace

std::int64_t now_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

Switches World::switches() const {
    const std::lock_guard lock(mutex_);
    return switches_;
}

std::string World::change_switches(std::string_view json) {
    const std::lock_guard lock(mutex_);
    return change(switches_, json);
}

std::string World::take_send_fault() {
    const std::lock_guard lock(mutex_);
    return take_fault(switches_.send_fault, switches_.send_fault_times);
}

std::string World::take_model_fault() {
    const std::lock_guard lock(mutex_);
    return take_fault(switches_.model_fault, switches_.model_fault_times);
}

std::string World::take_list_fault() {
    const std::lock_guard lock(mutex_);
    return take_fault(switches_.list_fault, switches_.list_fault_times);
}

Message World::add(Message message) {
    const std::lock_guard lock(mutex_);
    if (messages_.size() >= messages_at_most_) forget_oldest();
    message.number = first_ + messages_.size();
    message.wamid = new_wamid();
    if (message.at == 0) message.at = now_seconds();
    message.status = message.inbound ? "received" : "accepted";
    touch(message);
    if (!message.inbound) {
        attribute(message);
        typing_until_.erase(message.peer);
    }
    by_wamid_[message.wamid] = message.number;
    by_peer_[message.peer].push_back(message.number);
    messages_.push_back(message);
    return message;
}

void World::forget_oldest() {
    const auto& oldest = messages_.front();
    by_wamid_.erase(oldest.wamid);
    auto& numbers = by_peer_[oldest.peer];
    numbers.pop_front();
    if (numbers.empty()) by_peer_.erase(oldest.peer);
    messages_.pop_front();
    ++first_;
}

/// The oracle: an answer belongs to the messages that it quotes, in its text or by their id; one
/// that quotes none, to all that have no answer yet. The one that quotes only answered ones is a
/// second answer to the last of them. A further part quotes nothing and finds all answered.
void World::attribute(const Message& answer) {
    std::vector<Message*> quoted;
    std::vector<Message*> open;
    for (const auto number : by_peer_[answer.peer]) {
        auto& message = messages_[number - first_];
        if (!message.inbound) continue;
        const bool named = message.wamid == answer.quotes;
        if (named || quotes_text(answer.text, message.text)) quoted.push_back(&message);
        if (message.answers == 0) open.push_back(&message);
    }
    if (!quoted.empty()) {
        const auto last = quoted.back();
        std::erase_if(quoted, [](const Message* message) { return message->answers > 0; });
        open = quoted.empty() ? std::vector{last} : quoted;
    }
    for (auto* message : open) {
        ++message->answers;
        touch(*message);
    }
}

std::optional<Message> World::tick(const std::string& wamid, const std::string& status, int code) {
    const std::lock_guard lock(mutex_);
    auto* message = at(wamid);
    if (message == nullptr) return std::nullopt;
    message->history.emplace_back(status, now_seconds());
    if (rank(status) > rank(message->status)) message->status = status;
    if (code != 0) message->code = code;
    touch(*message);
    return *message;
}

void World::acknowledge(const std::string& wamid) {
    const std::lock_guard lock(mutex_);
    auto* message = at(wamid);
    if (message == nullptr) return;
    message->acknowledged = true;
    touch(*message);
}

bool World::business_read(const std::string& wamid, bool typing) {
    const std::lock_guard lock(mutex_);
    auto* message = at(wamid);
    if (message == nullptr || !message->inbound) return false;
    message->status = "read";
    touch(*message);
    const auto now = now_seconds();
    std::erase_if(typing_until_, [now](const auto& one) { return one.second <= now; });
    if (typing) typing_until_[message->peer] = now + typing_seconds;
    return true;
}

std::optional<Message> World::find(const std::string& wamid) const {
    const std::lock_guard lock(mutex_);
    const auto* message = at(wamid);
    return message == nullptr ? std::nullopt : std::optional(*message);
}

std::vector<std::string> World::unread(const std::string& peer) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> wamids;
    const auto numbers = by_peer_.find(peer);
    if (numbers == by_peer_.end()) return wamids;
    for (const auto number : numbers->second) {
        const auto& message = messages_[number - first_];
        const bool got = message.status == "sent" || message.status == "delivered";
        if (!message.inbound && got) wamids.push_back(message.wamid);
    }
    return wamids;
}

std::optional<std::int64_t> World::last_inbound(const std::string& peer) const {
    const std::lock_guard lock(mutex_);
    std::optional<std::int64_t> last;
    const auto numbers = by_peer_.find(peer);
    if (numbers == by_peer_.end()) return last;
    for (const auto number : numbers->second) {
        const auto& message = messages_[number - first_];
        if (message.inbound) last = std::max(last.value_or(0), message.at);
    }
    return last;
}

std::size_t World::count(const std::string& peer) const {
    const std::lock_guard lock(mutex_);
    const auto numbers = by_peer_.find(peer);
    return numbers == by_peer_.end() ? 0 : numbers->second.size();
}

News World::since(std::uint64_t version) const {
    const std::lock_guard lock(mutex_);
    News news;
    news.version = version_;
    std::ranges::copy_if(messages_, std::back_inserter(news.messages),
                         [&](const Message& message) { return message.version > version; });
    news.deliveries.assign(deliveries_.begin(), deliveries_.end());
    for (const auto& [peer, until] : typing_until_) {
        if (until > now_seconds()) news.typing.push_back(peer);
    }
    return news;
}

std::vector<Message> World::all() const { return since(0).messages; }

std::vector<Message> World::before(std::uint64_t number, std::size_t most,
                                   const std::function<bool(const Message&)>& fits) const {
    const std::lock_guard lock(mutex_);
    std::vector<Message> found;
    const auto count = number <= first_ ? 0 : std::min(number - first_, messages_.size());
    for (auto i = count; i > 0 && found.size() < most; --i) {
        const auto& message = messages_[i - 1];
        if (fits(message)) found.push_back(message);
    }
    return found;
}

bool World::begin_send(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    return sending_.insert(peer).second;
}

void World::end_send(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    sending_.erase(peer);
}

std::uint64_t World::note(Delivery delivery) {
    const std::lock_guard lock(mutex_);
    if (delivery.number == 0) {
        delivery.number = ++delivery_;
        if (deliveries_.size() >= deliveries_at_most) deliveries_.pop_front();
        deliveries_.push_back(delivery);
    } else {
        const auto found = std::ranges::find(deliveries_, delivery.number, &Delivery::number);
        if (found != deliveries_.end()) *found = delivery;
    }
    return delivery.number;
}

Message* World::at(const std::string& wamid) {
    const auto found = by_wamid_.find(wamid);
    return found == by_wamid_.end() ? nullptr : &messages_[found->second - first_];
}

const Message* World::at(const std::string& wamid) const {
    const auto found = by_wamid_.find(wamid);
    return found == by_wamid_.end() ? nullptr : &messages_[found->second - first_];
}

}  // namespace sandbox
