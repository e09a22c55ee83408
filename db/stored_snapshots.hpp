#pragma once

#include <functional>
#include <utility>

#include "db/keyring.hpp"
#include "db/pool.hpp"
#include "db/value.hpp"
#include "events/snapshots.hpp"

namespace db {

/// Snapshots in a table of either store, each sealed under the key of the event that it goes up to:
/// who destroys a person's keys destroys them, too.
template <class Db>
class StoredSnapshots final : public events::Snapshots {
public:
    /// Runs a job on the connection that may write, and waits for it.
    using Write = std::function<void(const std::function<void(Db&)>&)>;
    /// `pool` is that of the log: who begins a conversation waits for nobody who reads tables.
    StoredSnapshots(const Keyring& keys, Pool<Db>& pool, Write write)
        : keys_(keys), pool_(pool), write_(std::move(write)) {}

    std::optional<events::Snapshot> find(const events::StreamId& stream,
                                         std::int32_t format) override {
        std::optional<events::Snapshot> found;
        const auto take = [&](const auto& row) {
            const auto version = static_cast<std::int32_t>(row.integer(0));
            const auto key = unwrapped(row.uuid(2), row.blob(3));
            if (!key) return;
            auto plain =
                crypto::open(*key, row.blob(1), bound(stream, format, version, row.uuid(4)));
            if (plain) found = events::Snapshot{version, *std::move(plain)};
        };
        pool_.with([&](Db& db) {
            db.each(
                "select s.version, s.sealed, k.key, k.wrapped, e.id from snapshot s"
                " join event e on e.stream = s.stream and e.version = s.version"
                " join stream_key k on k.key = s.key where s.stream = $1 and s.format = $2",
                take, stream, std::int64_t{format});
        });
        return found;
    }

    void keep(const events::StreamId& stream, std::int32_t format,
              const events::Snapshot& snapshot) override {
        std::optional<crypto::Bytes> sealed;
        events::Uuid id;
        const auto seal = [&](const auto& row) {
            id = row.uuid(0);
            const auto key = unwrapped(id, row.blob(1));
            if (!key) return;
            sealed = crypto::seal(*key, snapshot.bytes,
                                  bound(stream, format, snapshot.version, row.uuid(2)));
        };
        pool_.with([&](Db& db) {
            db.each(
                "select k.key, k.wrapped, e.id from event e join stream_key k on k.key = e.key"
                " where e.stream = $1 and e.version = $2",
                seal, stream, std::int64_t{snapshot.version});
        });
        if (!sealed) return;
        write_([&](Db& db) {
            db.run(
                "insert into snapshot (stream, format, version, key, sealed)"
                " values ($1, $2, $3, $4, $5) on conflict (stream) do update set"
                " format = excluded.format, version = excluded.version, key = excluded.key,"
                " sealed = excluded.sealed"
                " where excluded.format <> snapshot.format or excluded.version >= snapshot.version",
                stream, std::int64_t{format}, std::int64_t{snapshot.version}, id, Blob{*sealed});
        });
    }

private:
    std::optional<crypto::Key> unwrapped(const events::Uuid& id, std::string_view wrapped) const {
        try {
            return keys_.unwrap(id, wrapped);
        } catch (const std::runtime_error&) {
            return std::nullopt;  // tampered with
        }
    }
    /// It belongs to this very history.
    static crypto::Bytes bound(const events::StreamId& stream, std::int32_t format,
                               std::int32_t version, const events::EventId& last) {
        return crypto::Writer()
            .raw(stream.view())
            .integer(format)
            .integer(version)
            .raw(last.view())
            .bytes();
    }

    const Keyring& keys_;
    Pool<Db>& pool_;
    const Write write_;
};

}  // namespace db
