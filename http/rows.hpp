#pragma once

#include "domain/settings.hpp"
#include "http/json.hpp"
#include "projections/cells.hpp"

namespace http {

/// A stored row as JSON: numbers and booleans as such, everything else as text, NULL as null.
Json row_json(const projections::TableInfo& table, const projections::Cells& cells);

/// Every setting by its name.
Json settings_json(const domain::Settings& settings);

template <class Row>
Json row_json(const projections::Cells& cells) {
    return row_json(projections::info_of<Row>(), cells);
}

}  // namespace http
