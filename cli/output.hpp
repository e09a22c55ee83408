#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/json.hpp"

/// What commands find, for people (text), spreadsheets (csv) and programs (json).
namespace cli {

/// The fields of a row that text and csv show, in order; json shows the whole row.
using Columns = std::vector<std::string>;

/// A list: aligned columns under their names, long and multi-line values shortened; a JSON array;
/// or CSV by RFC 4180. `output` is text, json or csv. Control characters never reach a terminal.
void print_list(std::ostream& out, const std::string& output, const Columns& columns,
                const std::vector<Json>& rows);

/// Part of a list that goes on: JSON is one object per line; `first` has the names.
void print_part(std::ostream& out, const std::string& output, const Columns& columns,
                const std::vector<Json>& rows, bool first);

/// One thing: a line for each field, an object, or the names and one row.
void print_one(std::ostream& out, const std::string& output, const Json& row);

}  // namespace cli
