#pragma once

#include "cli/json.hpp"
#include "projections/queries.hpp"

/// A conversation as people read it.
namespace cli {

Json readable(const projections::Talk& talk);
Json readable(const projections::Message& message);

/// A sheet (CSV) of its messages, in their order. What a program for sheets would take for
/// a formula is made a text.
std::string sheet_of(const std::vector<projections::Message>& messages);
/// A page (HTML) that needs nothing else, and prints.
std::string page_of(const projections::Talk& talk,
                    const std::vector<projections::Message>& messages);

}  // namespace cli
