#include "cli/export.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/files.hpp"
#include "cli/usage.hpp"

namespace cli {

events::Export read_export(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw NotFound("there is no file " + path);
    std::ostringstream text;
    text << file.rdbuf();
    auto parsed = events::parse_export(text.str());
    if (const auto* why = std::get_if<std::string>(&parsed)) {
        throw std::runtime_error(path + ": " + *why);
    }
    return std::get<events::Export>(std::move(parsed));
}

void write_export(const std::string& path, const std::string& text) {
    if (path.empty()) {
        std::cout << text << std::flush;
        if (!std::cout) throw std::runtime_error("the export could not be written whole");
        return;
    }
    write_file(path, Write::to_a_new_file, text, true);
}

}  // namespace cli
