#include "http/rows.hpp"

namespace http {
namespace {

Json cell_json(projections::ColumnType type, const projections::Cell& cell) {
    if (!cell) return nullptr;
    if (type == projections::ColumnType::integer) return std::stoll(*cell);
    if (type == projections::ColumnType::boolean) return *cell == "1";
    return *cell;
}

}  // namespace

Json row_json(const projections::TableInfo& table, const projections::Cells& cells) {
    auto row = Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        row[std::string(table.columns[i].name)] = cell_json(table.columns[i].type, cells.at(i));
    }
    return row;
}

Json settings_json(const domain::Settings& settings) {
    auto json = Json::object();
    for (const auto& field : domain::setting_fields()) {
        std::visit([&](const auto& value) { json[std::string(field.name)] = value; },
                   domain::value_of(settings, field));
    }
    return json;
}

}  // namespace http
