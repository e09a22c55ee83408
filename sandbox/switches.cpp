#include "sandbox/switches.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "sandbox/json.hpp"

namespace sandbox {
namespace {

using Names = std::vector<std::string>;

template <class T>
struct Row {
    const char* name;
    T Switches::*member;
    double least, most;
};
constexpr double hour = 3'600'000;

const auto rows = std::tuple{
    Row<std::string>{"shape", &Switches::shape, 0, 0},
    Row<std::string>{"status_order", &Switches::status_order, 0, 0},
    Row<bool>{"statuses", &Switches::statuses, 0, 0},
    Row<bool>{"auto_read", &Switches::auto_read, 0, 0},
    Row<bool>{"echo_key", &Switches::echo_key, 0, 0},
    Row<int>{"duplicates", &Switches::duplicates, 0, 5},
    Row<int>{"status_delay", &Switches::status_delay, 0, hour},
    Row<int>{"batch_window", &Switches::batch_window, 0, 60'000},
    Row<double>{"retry_scale", &Switches::retry_scale, 0, 10},
    Row<bool>{"pauses", &Switches::pauses, 0, 0},
    Row<std::string>{"send_fault", &Switches::send_fault, 0, 0},
    Row<int>{"send_fault_times", &Switches::send_fault_times, 0, 1'000'000},
    Row<int>{"send_latency", &Switches::send_latency, 0, hour},
    Row<int>{"fail_code", &Switches::fail_code, 1, 999'999},
    Row<int>{"minute_limit", &Switches::minute_limit, 0, 1'000'000},
    Row<bool>{"strangers", &Switches::strangers, 0, 0},
    Row<bool>{"pair_limit", &Switches::pair_limit, 0, 0},
    Row<std::string>{"list_fault", &Switches::list_fault, 0, 0},
    Row<int>{"list_fault_times", &Switches::list_fault_times, 0, 1'000'000},
    Row<std::string>{"model_fault", &Switches::model_fault, 0, 0},
    Row<int>{"model_fault_times", &Switches::model_fault_times, 0, 1'000'000},
    Row<int>{"model_latency", &Switches::model_latency, 0, hour},
    Row<int>{"slow", &Switches::slow, 0, hour},
};

const std::map<std::string, Names> named{
    {"shape", {"v2", "batch", "v1", "meta"}},
    {"status_order", {"in_order", "reversed", "early"}},
    {"send_fault",
     {"none", "401", "402", "409", "429", "130429", "131047", "131056", "500", "500_sent", "502",
      "504", "504_sent", "slow", "reset_before", "reset_after", "failed_later"}},
    {"list_fault", {"none", "401", "429", "500", "502", "empty", "no_list", "slow", "reset"}},
    {"model_fault",
     {"none", "429", "529", "500", "error_text", "empty", "no_json", "cut_short", "truncated",
      "drip", "slow", "reset"}},
};

std::string joined(const Names& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

/// What is wrong with a value; empty where it was set.
std::string set(const Row<std::string>& row, const Json& value, Switches& switches) {
    const auto& names = named.at(row.name);
    if (!value.is_string() || std::ranges::count(names, value.get<std::string>()) == 0) {
        return std::string(row.name) + " must be one of " + joined(names);
    }
    switches.*row.member = value.get<std::string>();
    return {};
}
std::string set(const Row<bool>& row, const Json& value, Switches& switches) {
    if (!value.is_boolean()) return std::string(row.name) + " must be true or false";
    switches.*row.member = value.get<bool>();
    return {};
}
template <class Number>
std::string set(const Row<Number>& row, const Json& value, Switches& switches) {
    const bool fits = std::is_integral_v<Number> ? value.is_number_integer() : value.is_number();
    if (!fits || value.get<double>() < row.least || value.get<double>() > row.most) {
        return std::string(row.name) + " must be a number from " + Json(row.least).dump() + " to " +
               Json(row.most).dump();
    }
    switches.*row.member = value.get<Number>();
    return {};
}

Names all_names() {
    return std::apply([](const auto&... row) { return Names{row.name...}; }, rows);
}

std::string set_named(const std::string& name, const Json& value, Switches& switches) {
    std::string wrong = "there is no switch " + name + "; there are " + joined(all_names());
    const auto try_row = [&](const auto& row) {
        if (name == row.name) wrong = set(row, value, switches);
    };
    std::apply([&](const auto&... row) { (try_row(row), ...); }, rows);
    return wrong;
}

}  // namespace

std::string written(const Switches& switches) {
    Json out;
    std::apply([&](const auto&... row) { ((out[row.name] = switches.*row.member), ...); }, rows);
    return out.dump();
}

std::string choices() { return Json(named).dump(); }

std::string change(Switches& switches, std::string_view json) {
    const auto fields = read_json(json);
    if (!fields.is_object()) return "send a JSON object of switches";
    auto changed = switches;
    for (const auto& [name, value] : fields.items()) {
        if (auto wrong = set_named(name, value, changed); !wrong.empty()) return wrong;
    }
    switches = changed;
    return {};
}

}  // namespace sandbox
