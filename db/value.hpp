#pragma once

#include <string_view>

namespace db {

/// Bytes for a database to keep as they are; a plain string_view is bound as text.
struct Blob {
    std::string_view bytes;
};

}  // namespace db
