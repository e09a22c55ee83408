#include "projections/early_status.hpp"

namespace projections {

void keep_early(Table<EarlyStatus>& early, const StreamId& stream, std::int64_t reference,
                const domain::Progress& progress) {
    EarlyStatus row;
    if (const auto* known = early.find({stream, reference})) row = *known;
    row.stream = stream;
    row.reference = reference;
    static_cast<domain::Progress&>(row) = domain::merged(row, progress);
    early.put(std::move(row));
}

domain::Progress take_early(Table<EarlyStatus>& early, const StreamId& stream,
                            std::int64_t reference) {
    const auto* known = early.find({stream, reference});
    if (known == nullptr) return {};
    const domain::Progress progress = *known;
    early.remove({stream, reference});
    return progress;
}

}  // namespace projections
