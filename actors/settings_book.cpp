#include "actors/settings_book.hpp"

namespace actors {

void SettingsBook::refresh() {
    constexpr std::size_t page = 500;
    for (bool more = true; more;) {
        const auto tail = log_.read_stream(events::settings_stream, now().version, page);
        more = !tail.empty();
        const std::lock_guard lock(mutex_);
        for (const auto& recorded : tail) {
            const auto& event =
                std::get<events::SettingsChanged>(std::get<events::SystemEvent>(recorded.body));
            auto next = domain::evolve(editions_.rbegin()->second, event);
            editions_.emplace(recorded.version, std::move(next));
        }
    }
}

SettingsBook::Edition SettingsBook::now() const {
    const std::lock_guard lock(mutex_);
    return {editions_.rbegin()->second, editions_.rbegin()->first};
}

SettingsBook::Edition SettingsBook::at(std::int32_t version) const {
    const std::lock_guard lock(mutex_);
    const auto found = editions_.find(version);
    const auto& edition = found == editions_.end() ? *editions_.rbegin() : *found;
    return {edition.second, edition.first};
}

}  // namespace actors
