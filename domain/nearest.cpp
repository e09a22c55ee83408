#include "domain/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace domain {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

bool contains_word(std::string_view name, std::string_view word) {
    constexpr std::size_t shortest = 3;
    if (word.size() < shortest) return false;
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
    return std::string(std::ranges::min(known, {}, [&](std::string_view name) {
        return std::tuple(!contains_word(name, word), edit_distance(word, name));
    }));
}

}  // namespace domain
