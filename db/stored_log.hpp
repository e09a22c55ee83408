#pragma once

#include "db/appender.hpp"
#include "db/sealer.hpp"

namespace db {

/// events::Log over what a database stores: seals on the way in, opens on the way out.
class StoredLog final : public events::Log {
public:
    /// All must outlive the log. Without an appender (a read-only store) appending throws
    /// std::logic_error.
    StoredLog(Sealer& sealer, Rows& rows, Appender* appender)
        : sealer_(sealer), rows_(rows), appender_(appender) {}

    void append(events::Append request, std::function<void(events::Appended)> done) override;
    std::vector<events::Recorded> read_stream(const events::StreamId& stream, std::int32_t after,
                                              std::size_t limit) override;
    std::vector<events::Recorded> read_all(std::int64_t after, std::size_t limit) override;
    std::vector<Step> read_steps(std::int64_t after, std::size_t limit) override {
        return rows_.steps(after, limit);
    }
    std::int64_t head() override { return rows_.head(); }
    std::optional<events::StreamId> stream_of(const events::EventId& id) override {
        return rows_.stream_of(id);
    }
    std::optional<events::StreamId> find(const events::Person& person) override;
    std::optional<Reference> find_message(std::string_view wamid) override;

private:
    std::vector<events::Recorded> opened(const std::vector<Stored>& stored) const;

    Sealer& sealer_;
    Rows& rows_;
    Appender* appender_;
};

}  // namespace db
