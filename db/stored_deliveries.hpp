#pragma once

#include <functional>

#include "db/deliveries.hpp"
#include "db/keyring.hpp"
#include "db/pool.hpp"
#include "db/schema.hpp"

namespace db {

/// Deliveries in a table of either store.
template <class Db>
class StoredDeliveries final : public Deliveries {
public:
    /// Runs a job on the connection that may write, and waits for it.
    using Write = std::function<void(const std::function<void(Db&)>&)>;
    StoredDeliveries(const Keyring& keys, Pool<Db>& pool, Write write)
        : keys_(keys), pool_(pool), write_(std::move(write)) {}

    bool keep(const crypto::Uuid& id, std::string_view reason, std::string_view body) override {
        const auto digest = crypto::sha256(body);
        const auto sealed = keys_.seal_delivery(id, body);
        return changed(sql::keep_delivery, id, events::micros(wall_clock()), reason,
                       Blob{crypto::view(digest)}, Blob{sealed}) > 0;
    }
    std::vector<Delivery> list(std::size_t limit) override {
        std::vector<Delivery> out;
        const auto add = [&](const auto& row) {
            Delivery one{row.uuid(0), events::from_micros(row.integer(1)), std::string(row.text(2)),
                         crypto::hex(row.blob(3)), std::nullopt};
            if (!row.null(4)) one.replayed = events::from_micros(row.integer(4));
            out.push_back(std::move(one));
        };
        pool_.with([&](Db& db) {
            db.each(
                "select id, received, reason, sha256, replayed from delivery"
                " order by received desc, id limit $1",
                add, static_cast<std::int64_t>(limit));
        });
        return out;
    }
    std::optional<std::string> read(const crypto::Uuid& id) override {
        std::optional<std::string> body;
        pool_.with([&](Db& db) {
            db.each(
                "select sealed from delivery where id = $1",
                [&](const auto& row) { body = keys_.open_delivery(id, row.blob(0)); }, id);
        });
        return body;
    }
    bool mark_replayed(const crypto::Uuid& id) override {
        return changed("update delivery set replayed = $1 where id = $2",
                       events::micros(wall_clock()), id) > 0;
    }
    std::int64_t remove_before(events::Time received) override {
        return changed(
            "delete from delivery where id in (select id from delivery where received < $1"
            " order by received limit 20)",
            events::micros(received));
    }

private:
    template <class... A>
    std::int64_t changed(std::string_view sql, const A&... arguments) {
        std::int64_t count = 0;
        write_([&](Db& db) { count = db.run(sql, arguments...); });
        return count;
    }

    const Keyring& keys_;
    Pool<Db>& pool_;
    Write write_;
};

}  // namespace db
