#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/intake.hpp"
#include "bench/machine.hpp"
#include "bench/sample.hpp"

namespace bench {
namespace {

constexpr auto about = R"(
accepted          signed v2 webhooks of about 1 kB from 10,000 persons over 64 keep-alive
                  connections, each with one request out at a time, answered 200
idle              one at a time, 50 ms apart
POST to 200       from the first byte sent to the last one received
POST to model     from the first byte sent until the model has the whole request, debounce 0
alone             both switches off: the webhook's facts and one ReplySuppressed per message, the
                  tables follow; nothing is asked or sent
whole             both switches on, with a model and a Kapso that answer at once over real HTTP

The load generator, the model and Kapso run on the same machine. Median (least to most) of the runs.
)";

struct Row {
    Store store;
    Mode mode;
    std::vector<Figures> runs;

    std::vector<double> of(std::size_t figure) const {
        std::vector<double> values;
        for (const auto& one : runs) values.push_back(one[figure]);
        return values;
    }
};

void say(const Row& row) {
    std::fprintf(stderr, "%s, %s\n", name_of(row.store).data(), name_of(row.mode).data());
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const auto values = row.of(i);
        if (std::isnan(values.front())) continue;
        const auto [least, most] = std::ranges::minmax(values);
        std::fprintf(stderr, "  %-24s %10.2f %-4s (%.2f to %.2f)\n", figures[i].name.data(),
                     quantile(values, 0.5), figures[i].unit.data(), least, most);
    }
}

nlohmann::json json_of(const Row& row) {
    nlohmann::json out{{"store", name_of(row.store)}, {"mode", name_of(row.mode)}};
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const auto values = row.of(i);
        if (std::isnan(values.front())) continue;
        out["figures"].push_back({{"name", figures[i].name},
                                  {"unit", figures[i].unit},
                                  {"median", quantile(values, 0.5)},
                                  {"runs", values}});
    }
    return out;
}

void measure(int seconds, int runs) {
    nlohmann::json out{{"seconds", seconds}, {"machine", nlohmann::json::object()}};
    for (const auto& [name, value] : machine()) {
        std::fprintf(stderr, "%-12s %s\n", name.c_str(), value.c_str());
        out["machine"][name] = value;
    }
    std::fprintf(stderr, "%s\n", about);
    for (const auto store : {Store::sqlite, Store::postgresql}) {
        for (const auto mode : {Mode::alone, Mode::whole}) {
            Row row{store, mode, {}};
            for (int i = 0; i < runs; ++i) {
                row.runs.push_back(run(store, mode, std::chrono::seconds(seconds)));
            }
            say(row);
            out["rows"].push_back(json_of(row));
        }
    }
    std::printf("%s\n", out.dump(2).c_str());
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    CLI::App app{"Prints what this machine does with webhooks today."};
    int seconds = 5, runs = 3;
    app.add_option("--seconds", seconds, "of load in each run")->check(CLI::Range(1, 600));
    app.add_option("--runs", runs, "per store and mode")->check(CLI::Range(1, 99));
    CLI11_PARSE(app, argc, argv);
    try {
        bench::measure(seconds, runs);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
    return 0;
}
