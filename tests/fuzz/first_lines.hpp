#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

/// An input whose first lines stand for headers, and whose rest is a body.
class FirstLines {
public:
    FirstLines(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size) {}

    /// The next line without its end; empty where nothing is left.
    std::string line() {
        const auto end = std::min(rest_.find('\n'), rest_.size());
        const std::string text(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return text;
    }
    /// A line as a status of three digits at most; 0 where it is none.
    int status() { return std::atoi(line().substr(0, 3).c_str()); }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};
