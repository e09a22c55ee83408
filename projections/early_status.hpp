#pragma once

#include <utility>

#include "domain/delivery.hpp"
#include "projections/table.hpp"

namespace projections {

/// What the provider reported of a message before any event told whose it is; joined to its row
/// when one does. The name in the stores is early_status.
struct EarlyStatus : domain::Progress {
    StreamId stream;
    std::int64_t reference = 0;

    std::pair<StreamId, std::int64_t> key() const { return {stream, reference}; }
    bool operator==(const EarlyStatus&) const = default;
};
template <>
struct Described<EarlyStatus> {
    static constexpr std::string_view name = "early_status";
    static constexpr std::size_t keys = 2;
    static constexpr auto members =
        std::tuple{Member{"stream", &EarlyStatus::stream},
                   Member{"reference", &EarlyStatus::reference},
                   Member{"deliveryStatus", &domain::Progress::status},
                   Member{"acceptedAt", &domain::Progress::accepted_at},
                   Member{"sentAt", &domain::Progress::sent_at},
                   Member{"deliveredAt", &domain::Progress::delivered_at},
                   Member{"readAt", &domain::Progress::read_at},
                   Member{"playedAt", &domain::Progress::played_at},
                   Member{"failedAt", &domain::Progress::failed_at},
                   Member{"errorCode", &domain::Progress::error_code},
                   Member{"errorText", &domain::Progress::error_text}};
};

/// Keeps a report for later, beside those that wait already.
void keep_early(Table<EarlyStatus>& early, const StreamId& stream, std::int64_t reference,
                const domain::Progress& progress);
/// Takes out what waits for a reference; nothing reported where nothing does.
domain::Progress take_early(Table<EarlyStatus>& early, const StreamId& stream,
                            std::int64_t reference);

}  // namespace projections
