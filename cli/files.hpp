#pragma once

#include <string>
#include <string_view>

namespace cli {

enum class Write { at_the_end, in_place_of_it, to_a_new_file };
/// Durable when it returns. `secret` keeps a file that it makes from others than its owner. Throws
/// std::runtime_error, which names the file: where it is there already, for a new one.
void write_file(const std::string& path, Write how, std::string_view text, bool secret = false);

}  // namespace cli
