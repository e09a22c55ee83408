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
    std::vector<projections::Parked> parked(const Projection& projection, Copy copy,
                                            std::size_t limit) override {
        return stored.parked(projection, copy, limit);
    }
    std::int64_t parked_count(const Projection& projection, Copy copy) override {
        return stored.parked_count(projection, copy);
    }
    std::vector<projections::Parked> parked_among(
        const Projection& projection, Copy copy,
        const std::vector<projections::StreamId>& streams) override;
    std::optional<projections::Parked> resumed(const Projection& projection, Copy copy) override;
    std::vector<projections::Cells> load(Copy copy, const projections::Lookup& lookup) override;
    bool save(const Projection& projection, Copy copy, const projections::Changes& changes,
              const projections::Parking& parking, projections::Checkpoint from,
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
    /// A new attempt begins from the first rung.
    struct Shown {
        std::optional<projections::Uuid> attempt;
        domain::Delivery status;
    };
    std::map<std::int64_t, Shown> shown_;
};

}  // namespace simulation
