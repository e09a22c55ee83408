#include "sandbox/json.hpp"

#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

struct TooDeep {};

/// What copies or writes a value does so on its stack.
bool bounded(int depth, Json::parse_event_t event, const Json&) {
    using enum Json::parse_event_t;
    constexpr int deepest = 32;
    if ((event == object_start || event == array_start) && depth >= deepest) throw TooDeep{};
    return true;
}

}  // namespace

Json read_json(std::string_view body) {
    try {
        return Json::parse(body, bounded, false);
    } catch (const TooDeep&) {
        return Json::value_t::discarded;
    }
}

}  // namespace sandbox
