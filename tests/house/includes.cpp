#include "tests/house/includes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace house {
namespace {

using Names = std::set<std::string_view>;

/// Top to bottom: a folder may include what stands above it.
constexpr std::array<std::string_view, 15> storeys{
    "crypto", "events", "domain", "projections", "knowledge", "db",      "net", "kapso",
    "ai",     "intake", "actors", "web",         "http",      "sandbox", "cli"};

/// The folders that compute and do nothing else.
const Names pure{"events", "domain", "projections", "knowledge"};

bool serves_http(const Source& source) { return source.path.starts_with("http/server"); }
/// What the codecs of one folder share among themselves; no other folder includes it.
bool shared_by_codecs(std::string_view path) { return path.ends_with("/json.hpp"); }

bool is_handler_or_codec(const Source& source) {
    return (!is_header(source) || shared_by_codecs(source.path)) &&
           !Names{"crypto", "domain", "projections", "knowledge"}.contains(folder_of(source));
}

/// One row per library: how its headers begin, and who may know it. The first row that fits counts;
/// tests/, bench/ and main.cpp may know all.
struct Library {
    std::string_view prefix;
    Names folders;
    bool (*also)(const Source&) = nullptr;
};
const std::vector<Library> libraries{
    {"caf/", {"actors"}},
    {"libpq-fe.h", {"db"}},
    {"libpq/", {"db"}},
    {"sqlite3.h", {"db"}},
    {"boost/url", {"net", "http", "sandbox", "cli"}},
    {"boost/", {"net"}, serves_http},
    {"openssl/", {"crypto", "net"}},
    {"nlohmann/", {}, is_handler_or_codec},
    {"simdjson", {}, is_handler_or_codec},
    {"spdlog/", {"db", "intake", "actors", "http", "sandbox", "cli"}},
    {"CLI/", {"cli"}},
};

/// Effects of the standard library that the pure folders do without.
const Names effects{"condition_variable", "filesystem", "fstream", "iostream", "random",
                    "semaphore",          "syncstream", "thread",  "ctime"};

/// The same, by call.
constexpr std::array<std::string_view, 3> questions{"clock::now(", "new_uuid(", "random_uuid("};

bool stands_above(std::string_view mine, std::string_view other) {
    const auto me = std::ranges::find(storeys, mine);
    const auto it = std::ranges::find(storeys, other);
    return it != storeys.end() && it <= me;
}

std::string objection_to_ours(const Source& source, const std::string& header) {
    const auto mine = folder_of(source);
    const auto other = header.substr(0, header.find('/'));
    if (header.find('/') == std::string::npos) return "name the folder: \"folder/" + header + "\"";
    if (header == "crypto/random.hpp" && pure.contains(mine)) {
        return mine + "/ is pure: randomness comes in as values, never from " + header;
    }
    if (shared_by_codecs(header) && mine != other) return header + " is " + other + "/'s own";
    if (stands_above(mine, other)) return {};
    return mine + "/ may not include " + header + ": " + other + "/ does not stand above it";
}

/// POSIX and C headers end in .h; a header of the standard library has neither dot nor slash.
std::string objection_to_system(const Source& source, const std::string& header) {
    const auto mine = folder_of(source);
    const bool posix = header.ends_with(".h");
    if (pure.contains(mine) && (posix || effects.contains(header))) {
        return mine + "/ is pure: no <" + header + ">";
    }
    if (!posix && header.find('/') != std::string::npos) {
        return "<" + header +
               "> has no row in tests/house/includes.cpp: who may know this library?";
    }
    return {};
}

std::string objection_to_library(const Source& source, const std::string& header) {
    const auto row = std::ranges::find_if(
        libraries, [&](const Library& library) { return header.starts_with(library.prefix); });
    if (row == libraries.end()) return objection_to_system(source, header);
    if (row->folders.contains(folder_of(source)) || (row->also && row->also(source))) return {};
    return source.path + " may not know <" + header + ">";
}

bool may_know_all(const Source& source) {
    const auto folder = folder_of(source);
    return source.path == "main.cpp" || folder == "tests" || folder == "bench";
}

/// `text` without what `begin` says at its front, blanks passed over; std::nullopt without it.
std::optional<std::string_view> behind(std::string_view begin, std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    if (!text.starts_with(begin)) return std::nullopt;
    return text.substr(begin.size());
}

/// What is wrong with one line; empty where nothing is.
std::string objection_to(const Source& source, std::string_view line, std::string_view code) {
    const auto directive = behind("#", line);
    const auto included = directive ? behind("include", *directive) : std::nullopt;
    if (const auto ours = included ? behind("\"", *included) : std::nullopt) {
        return objection_to_ours(source, std::string(ours->substr(0, ours->find('"'))));
    }
    if (const auto theirs = included ? behind("<", *included) : std::nullopt) {
        return objection_to_library(source, std::string(theirs->substr(0, theirs->find('>'))));
    }
    const auto asked = std::ranges::find_if(
        questions, [&](auto question) { return code.find(question) != code.npos; });
    if (asked == questions.end() || !pure.contains(folder_of(source))) return {};
    return "a pure folder asks no clock and no chance: time and ids come in as values";
}

}  // namespace

Complaints broken_include_rules(const Source& source) {
    Complaints complaints;
    if (!is_cpp(source) || may_know_all(source)) return complaints;
    if (std::ranges::find(storeys, folder_of(source)) == storeys.end()) {
        return {complaint(source, 1, "this folder is no room of the house")};
    }
    const auto lines = lines_of(source.text);
    const auto code = lines_of(code_of(source.text));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto objection = objection_to(source, lines[i], code[i]);
        if (!objection.empty()) complaints.push_back(complaint(source, i + 1, objection));
    }
    return complaints;
}

}  // namespace house
