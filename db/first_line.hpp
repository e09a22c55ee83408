#pragma once

#include <string>

namespace db {

/// What may be logged of a store's message: its further lines may quote a row, and with it what
/// somebody wrote.
inline std::string first_line(const std::string& message) {
    return message.substr(0, message.find('\n'));
}

}  // namespace db
