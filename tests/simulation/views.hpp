#pragma once

#include "domain/delivery.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/simulation/env.hpp"

namespace simulation {

/// The tables of the database, which fail as the seed has it; watches that no shown status goes
/// back.
class Tables final : public projections::Views {
public:
    explicit Tables(Env& env) : env_(env) {}

    using Copy = projections::Copy;
    using Projection = projections::Projection;
    projections::Checkpoint checkpoint(const Projection& projection, Copy copy) override;
    std::vector<projections::Parked> parked(const Projection& projection, Copy copy) override;
    std::vector<projections::Cells> load(Copy copy, const projections::Lookup& lookup) override;
    bool save(const Projection& projection, Copy copy, const projections::Changes& changes,
              const std::vector<projections::Parked>& parked, projections::Checkpoint from,
              std::int64_t to) override;
    std::vector<projections::Cells> select(Copy copy, const projections::Select& query) override;
    void begin_rebuild(const Projection& projection) override { stored.begin_rebuild(projection); }
    bool swap(const Projection& projection) override { return stored.swap(projection); }
    bool discard_some(const Projection&) override { return false; }

    testing_projections::MemoryViews stored;
    std::vector<std::string> went_back;  // messages whose status did

private:
    void fail_perhaps(const char* what);
    void watch(const projections::Cells& cells);

    Env& env_;
    std::map<std::int64_t, domain::Delivery> shown_;
};

}  // namespace simulation
