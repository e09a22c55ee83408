#pragma once

#include "db/embedded_sql.hpp"
#include "db/pool.hpp"
#include "db/resolution.hpp"
#include "db/stored.hpp"
#include "db/value.hpp"

namespace db {

/// The log's rows over a pool of connections of either store.
template <class Db>
class LogReader final : public Rows {
public:
    explicit LogReader(Pool<Db>& pool) : pool_(pool) {}

    std::vector<Stored> all(std::int64_t after, std::size_t limit) override {
        return read(sql::read_all, after, static_cast<std::int64_t>(limit),
                    events::Log::page_bytes);
    }
    std::vector<Stored> stream(const events::StreamId& stream, std::int32_t after,
                               std::size_t limit) override {
        return read(sql::read_stream, stream, after, static_cast<std::int64_t>(limit),
                    events::Log::page_bytes);
    }
    std::vector<events::Log::Step> steps(std::int64_t after, std::size_t limit) override {
        std::vector<events::Log::Step> steps;
        const auto add = [&](const auto& row) {
            steps.push_back(
                {row.integer(0), id_of(row.blob(1)), static_cast<std::int16_t>(row.integer(2))});
        };
        pool_.with([&](Db& db) {
            db.each(sql::read_steps, add, after, static_cast<std::int64_t>(limit));
        });
        return steps;
    }
    std::int64_t head() override {
        std::int64_t head = 0;
        pool_.with(
            [&](Db& db) { db.each(sql::head, [&](const auto& row) { head = row.integer(0); }); });
        return head;
    }
    void scan(std::int64_t after, std::int64_t to,
              const std::function<void(const events::StoredEvent&)>& take) override {
        const auto each = [&](const auto& row) { take(unread_from(row)); };
        pool_.with([&](Db& db) { each_as_it_comes(db, sql::scan_events, each, after, to); });
    }
    std::vector<events::StoredSeal> seals(std::int64_t after, std::int64_t to) override {
        std::vector<events::StoredSeal> seals;
        const auto add = [&](const auto& row) { seals.push_back(seal_from(row)); };
        pool_.with([&](Db& db) { db.each(sql::seals, add, after, to); });
        return seals;
    }
    events::StoredSeal seal_before(std::int64_t position) override {
        events::StoredSeal seal;
        const auto take = [&](const auto& row) { seal = seal_from(row); };
        pool_.with([&](Db& db) { db.each(sql::seal_before, take, position); });
        return seal;
    }
    std::optional<std::int64_t> next_seal(std::int64_t after) override {
        std::optional<std::int64_t> first;
        const auto take = [&](const auto& row) { first = row.maybe_integer(0); };
        pool_.with([&](Db& db) { db.each(sql::next_seal, take, after); });
        return first;
    }
    std::optional<events::StreamId> find(const Aliases& aliases) override {
        return pool_.with([&](Db& db) { return resolve(aliases, known_of(db, aliases)).stream; });
    }
    std::optional<events::StreamId> stream_of(const events::EventId& id) override {
        std::optional<events::StreamId> stream;
        pool_.with([&](Db& db) {
            db.each(
                "select stream from event where id = $1",
                [&](const auto& row) { stream = id_of(row.blob(0)); }, id);
        });
        return stream;
    }
    std::optional<events::Log::Reference> find_message(const crypto::ShortMac& ref) override {
        std::optional<events::Log::Reference> found;
        pool_.with([&](Db& db) {
            db.each(
                "select stream, attempt from message_ref where ref = $1",
                [&](const auto& row) {
                    found = {row.uuid(0), row.uuid(1)};
                },
                Blob{crypto::view(ref)});
        });
        return found;
    }

    static std::vector<KnownAlias> known_of(Db& db, const Aliases& aliases) {
        const auto bytes = [](const std::optional<crypto::ShortMac>& mac) {
            return mac ? std::optional(Blob{crypto::view(*mac)}) : std::nullopt;
        };
        std::vector<KnownAlias> known;
        db.each(
            sql::find_aliases,
            [&](const auto& row) {
                known.push_back({mac_of(row.blob(0)), row.uuid(1), row.integer(2)});
            },
            bytes(aliases.name), bytes(aliases.phone), bytes(aliases.phone2));
        return known;
    }

private:
    template <class... A>
    std::vector<Stored> read(std::string_view sql, const A&... arguments) {
        std::vector<Stored> events;
        pool_.with([&](Db& db) {
            db.each(
                sql, [&](const auto& row) { events.push_back(stored_from(row)); }, arguments...);
        });
        return events;
    }

    // Where a hash or an id has not its length the row was tampered with: it reads as zeros, so
    // that it holds up no other, and `verify` names it.
    static crypto::ShortMac mac_of(std::string_view bytes) {
        return crypto::fixed<16>(bytes).value_or(crypto::ShortMac{});
    }
    static crypto::Uuid id_of(std::string_view bytes) { return crypto::Uuid{mac_of(bytes)}; }
    template <class Row>
    static std::optional<crypto::Uuid> maybe_id(const Row& row, int column) {
        return row.null(column) ? std::nullopt : std::optional(id_of(row.blob(column)));
    }

    /// A type of value that nothing writes there, which only SQLite's columns can hold, is told.
    template <class Row>
    static std::int64_t integer(const Row& row, int column, bool& possible) {
        if constexpr (requires { row.is_integer(column); }) {
            possible = possible && row.is_integer(column);
        }
        return row.integer(column);
    }
    template <class Row>
    static std::string_view blob(const Row& row, int column, bool& possible) {
        if (row.null(column)) return {};
        if constexpr (requires { row.is_blob(column); }) {
            possible = possible && row.is_blob(column);
        }
        return row.blob(column);
    }
    template <class Row>
    static std::string_view id_or_none(const Row& row, int column, bool& possible) {
        const auto id = blob(row, column, possible);
        possible = possible && (row.null(column) || id.size() == 16);
        return id;
    }
    template <class Row>
    static events::StoredSeal seal_from(const Row& row) {
        events::StoredSeal seal;
        seal.first = integer(row, 0, seal.possible);
        seal.count = integer(row, 1, seal.possible);
        seal.recorded = integer(row, 2, seal.possible);
        seal.seal = blob(row, 3, seal.possible);
        return seal;
    }
    template <class Row>
    static events::StoredEvent unread_from(const Row& row) {
        events::StoredEvent event;
        auto& possible = event.possible;
        auto& clear = event.clear;
        event.position = integer(row, 0, possible);
        event.stream = blob(row, 1, possible);
        event.version = integer(row, 2, possible);
        event.gate = integer(row, 3, possible);
        clear.id = blob(row, 4, possible);
        clear.type = integer(row, 5, possible);
        clear.schema = integer(row, 6, possible);
        event.recorded = integer(row, 7, possible);
        clear.occurred = integer(row, 8, possible);
        clear.correlation = id_or_none(row, 9, possible);
        clear.causation = id_or_none(row, 10, possible);
        if (!row.null(11)) clear.code = integer(row, 11, possible);
        clear.counts = blob(row, 12, possible);
        clear.key = id_or_none(row, 13, possible);
        clear.print = blob(row, 14, possible);
        event.digest = blob(row, 15, possible);
        event.sealed = blob(row, 16, possible);
        return event;
    }

    /// Without holding more than one row.
    static void each_as_it_comes(Db& db, std::string_view query, const auto& take,
                                 std::int64_t after, std::int64_t to) {
        if constexpr (requires { db.each_copied(query, take); }) {
            std::string text(query);
            text.replace(text.find("$1"), 2, std::to_string(after));
            text.replace(text.find("$2"), 2, std::to_string(to));
            db.each_copied(text, take);
        } else {
            db.each(query, take, after, to);
        }
    }

    template <class Row>
    static Stored stored_from(const Row& row) {
        Stored out;
        out.position = row.integer(0);
        out.stream = id_of(row.blob(1));
        out.version = static_cast<std::int32_t>(row.integer(2));
        out.gate = static_cast<std::int32_t>(row.integer(3));
        out.clear.id = id_of(row.blob(4));
        out.clear.type = static_cast<std::int16_t>(row.integer(5));
        out.clear.schema = static_cast<std::int16_t>(row.integer(6));
        out.recorded = events::from_micros(row.integer(7));
        out.clear.occurred = events::from_micros(row.integer(8));
        out.clear.correlation = maybe_id(row, 9);
        out.clear.causation = maybe_id(row, 10);
        if (!row.null(11)) out.clear.code = static_cast<std::int32_t>(row.integer(11));
        out.clear.counts = events::unpack_counts(row.blob(12));
        out.clear.key = maybe_id(row, 13);
        out.clear.print = mac_of(row.blob(14));
        out.digest = crypto::fixed<32>(row.blob(15)).value_or(crypto::Digest{});
        out.sealed = row.blob(16);
        if (!row.null(17)) out.wrapped = row.blob(17);
        return out;
    }

    Pool<Db>& pool_;
};

}  // namespace db
