#pragma once

#include <map>
#include <mutex>

#include "domain/settings.hpp"
#include "events/log.hpp"

namespace actors {

/// The settings, by version, folded from their stream. Safe to use from any thread.
class SettingsBook {
public:
    struct Edition {
        domain::Settings settings;
        std::int32_t version = 0;
    };

    explicit SettingsBook(events::Log& log) : log_(log) {}

    /// Reads what the stream has gained. Blocks; throws where the store is away.
    void refresh();
    Edition now() const;
    /// The settings as a past decision used them; the newest where the version isn't known yet.
    Edition at(std::int32_t version) const;

private:
    events::Log& log_;
    mutable std::mutex mutex_;
    std::map<std::int32_t, domain::Settings> editions_{{0, {}}};
};

}  // namespace actors
