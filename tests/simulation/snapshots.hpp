#pragma once

#include <map>

#include "events/snapshots.hpp"
#include "tests/simulation/env.hpp"

namespace simulation {

/// Beside the database: what was kept may be gone, be an older one, or not be what it was; and
/// keeping may do nothing.
class Snapshots final : public events::Snapshots {
public:
    explicit Snapshots(Env& env) : env_(env) {}

    std::optional<events::Snapshot> find(const events::StreamId& stream, std::int32_t) override {
        if (env_.database_is_away()) throw std::runtime_error("the database is away");
        const auto kept = kept_.find(stream);
        if (kept == kept_.end() || env_.random.chance(10)) return std::nullopt;
        auto found = env_.random.chance(80) ? kept->second.back() : env_.random.pick(kept->second);
        if (env_.random.chance(5)) found.bytes.pop_back();
        ++read_;
        return found;
    }
    void keep(const events::StreamId& stream, std::int32_t,
              const events::Snapshot& snapshot) override {
        if (env_.database_is_away()) throw std::runtime_error("the database is away");
        if (!env_.random.chance(10)) kept_[stream].push_back(snapshot);
    }
    /// How often one was read.
    int read() const { return read_; }

private:
    Env& env_;
    std::map<events::StreamId, std::vector<events::Snapshot>> kept_;
    int read_ = 0;
};

}  // namespace simulation
