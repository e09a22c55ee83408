#pragma once

#include <string>

namespace db::sqlite {

/// A copy of a database file as of one moment, beside whoever works with it, in a new file of mode
/// 0600; durable when it returns, and complete or not there. What was deleted is not in it. Throws
/// StoreError where `from` isn't there or `to` is, and Error.
void copy_database(const std::string& from, const std::string& to);

}  // namespace db::sqlite
