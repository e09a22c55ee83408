#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "events/envelope.hpp"
#include "projections/table.hpp"

namespace projections {

/// Rows that a batch needs: of one table, all that have one of `keys` in `columns`.
struct Lookup {
    const TableInfo* table = nullptr;
    std::vector<std::string_view> columns;
    std::vector<std::vector<std::string>> keys;
};

/// One batch over the rows that it needs; pure, and dropped when the batch is saved.
class Fold {
public:
    virtual ~Fold() = default;
    /// What must be loaded before the batch is folded. Asked again after each answer with the next
    /// round, until nothing more is wanted.
    virtual std::vector<Lookup> wanted(std::span<const events::Recorded> batch,
                                       int round) const = 0;
    virtual void load(const TableInfo& table, const Cells& row) = 0;
    /// Throws where the event can't be taken; then the fold is of no more use.
    virtual void fold(const events::Recorded& recorded) = 0;
    virtual Changes changes() const = 0;
};

/// Tables that one checkpoint covers.
struct Projection {
    std::string_view name;
    std::vector<const TableInfo*> tables;
    std::unique_ptr<Fold> (*begin)();
};

/// "messages" ("Client", "Conversation", "Message", "MessageMetrics"), "settings"
/// ("ChatbotSettings"), "open_work".
std::span<const Projection> all_projections();
/// nullptr for a name that none has.
const Projection* projection_named(std::string_view name);

std::unique_ptr<Fold> begin_messages();
std::unique_ptr<Fold> begin_settings();
std::unique_ptr<Fold> begin_open_work();

}  // namespace projections
