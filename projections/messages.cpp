#include "projections/message.hpp"

namespace projections {

void Messages::load(Message row) {
    if (table_.find(row.id) != nullptr) return;
    index(row);
    table_.load(std::move(row));
}

void Messages::index(const Message& row) {
    by_event_[row.event_id] = row.id;
    if (row.attempt) by_attempt_[*row.attempt] = row.id;
    if (row.part && row.turn) by_part_[{row.stream, *row.turn, *row.part}] = row.id;
    if (row.reference) by_reference_.emplace(row.stream, *row.reference, row.id);
}

const Message* Messages::found(const std::map<Uuid, std::int64_t>& by, const Uuid& key) const {
    const auto id = by.find(key);
    return id == by.end() ? nullptr : table_.find(id->second);
}

const Message* Messages::with_event(const Uuid& id) const { return found(by_event_, id); }

const Message* Messages::of_part(const StreamId& stream, const Uuid& turn,
                                 std::int64_t part) const {
    const auto id = by_part_.find({stream, turn, part});
    return id == by_part_.end() ? nullptr : table_.find(id->second);
}

const Message* Messages::of_attempt(const Uuid& attempt) const {
    const auto* row = found(by_attempt_, attempt);
    return row != nullptr && row->attempt == attempt ? row : nullptr;
}

const Message* Messages::with_reference(const StreamId& stream, std::int64_t reference) const {
    for (auto at = by_reference_.lower_bound({stream, reference, 0}); at != by_reference_.end();
         ++at) {
        const auto& [its_stream, its_reference, id] = *at;
        if (its_stream != stream || its_reference != reference) break;
        const auto* row = table_.find(id);
        if (row->reference == reference) return row;
    }
    return nullptr;
}

void Messages::put(Message row) {
    const auto* before = table_.find(row.id);
    if (before != nullptr && *before == row) return;
    steps_.push_back({before == nullptr ? std::nullopt : std::optional(*before), row});
    index(row);
    table_.put(std::move(row));
}

}  // namespace projections
