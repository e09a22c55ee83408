#pragma once

#include <algorithm>
#include <vector>

#include "db/request.hpp"

namespace db {

struct KnownAlias {
    crypto::ShortMac alias{};
    events::StreamId stream;
    std::int64_t since = 0;
};

/// Where aliases lead.
struct Resolution {
    std::optional<events::StreamId> stream;
    std::optional<events::StreamId> other;  // a phone that leads elsewhere
    bool new_alias = false;                 // one of those given isn't known
};

/// BSUID or group first, else the older phone match (DESIGN 3, Who is it?). The procedure in
/// migrations/pg_0001_log.sql does the same in SQL.
inline Resolution resolve(const Aliases& aliases, const std::vector<KnownAlias>& known) {
    const auto match = [&](const std::optional<crypto::ShortMac>& mac) -> const KnownAlias* {
        if (!mac) return nullptr;
        const auto found = std::ranges::find(known, *mac, &KnownAlias::alias);
        return found == known.end() ? nullptr : &*found;
    };
    const auto* name = match(aliases.name);
    const auto* phone = match(aliases.phone);
    const auto* phone2 = match(aliases.phone2);
    Resolution out;
    out.new_alias =
        (aliases.name && !name) || (aliases.phone && !phone) || (aliases.phone2 && !phone2);
    const auto* older = phone && phone2 && phone2->since < phone->since ? phone2
                        : phone                                         ? phone
                                                                        : phone2;
    const auto* best = name ? name : older;
    if (!best) return out;
    out.stream = best->stream;
    for (const auto* one : {phone, phone2}) {
        if (one && !out.other && one->stream != best->stream) out.other = one->stream;
    }
    return out;
}

}  // namespace db
