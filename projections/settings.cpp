#include "projections/settings.hpp"

#include "projections/clear.hpp"

namespace projections {

void fold_settings(Table<ChatbotSettings>& settings, const events::Recorded& recorded) {
    const auto* event = std::get_if<events::SystemEvent>(&recorded.body);
    if (event == nullptr) return;
    const auto* changed = std::get_if<events::SettingsChanged>(event);
    if (changed == nullptr) return;
    ChatbotSettings row;
    if (const auto* known = settings.find(row.id)) row = *known;
    static_cast<domain::Settings&>(row) = domain::evolve(row, *changed);
    row.version = recorded.version;
    row.updated_at = recorded.recorded;
    row.updated_by = filled(changed->by);
    settings.put(std::move(row));
}

}  // namespace projections
