#pragma once

#include <optional>
#include <string>

namespace db {

/// The hexadecimal digits in the file; std::nullopt where there is none. Throws StoreError where it
/// can't be read.
std::optional<std::string> read_key_file(const std::string& path);
/// Makes a key at random and a file of mode 0600 for it, durable before it returns. Throws
/// StoreError where the file exists or can't be written.
std::string make_key_file(const std::string& path);

}  // namespace db
