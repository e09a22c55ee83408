#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/of_record/filled.hpp"
#include "bench/of_record/one.hpp"
#include "bench/sample.hpp"
#include "db/store.hpp"
#include "projections/projection.hpp"
#include "projections/rebuild.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/postgres.hpp"

namespace bench {
namespace {

/// The most that this process held since the last call, in MiB.
long peak_memory() {
    long peak = 0;
    std::ifstream file("/proc/self/status");
    for (std::string text; std::getline(file, text);) {
        if (text.starts_with("VmHWM")) peak = std::stol(text.substr(6)) >> 10;
    }
    std::ofstream("/proc/self/clear_refs") << "5";
    return peak;
}

void say(const char* what, std::int64_t events, const std::vector<double>& milliseconds) {
    std::vector<double> rates;
    for (const auto one : milliseconds) rates.push_back(static_cast<double>(events) / one);
    const auto [least, most] = std::ranges::minmax(rates);
    std::printf("  %-10s %8.1f thousand events a second (%.1f to %.1f)\n", what,
                quantile(rates, 0.5), least, most);
    std::fflush(stdout);
}

void measure(const std::string& name, const std::string& url, std::int64_t events, int runs) {
    const auto store = db::open_store({url, std::string(64, '5')});
    const auto began = Clock::now();
    fill(store->log(), events);
    const auto head = store->log().head();
    std::printf("%s, %lld events, appended in %.0f s\n", name.c_str(), static_cast<long long>(head),
                milliseconds_since(began) / 1'000);
    const auto& messages = *projections::projection_named("messages");
    std::vector<double> rebuilds, verifications;
    peak_memory();
    for (int i = 0; i < runs; ++i) {
        auto start = Clock::now();
        if (!projections::rebuild(store->log(), store->views(), messages,
                                  [](std::int64_t) { return true; })) {
            throw std::runtime_error("the rebuild ended");
        }
        rebuilds.push_back(milliseconds_since(start));
        const auto memory = peak_memory();
        start = Clock::now();
        if (store->verify()) throw std::runtime_error("the log is not as it was written");
        verifications.push_back(milliseconds_since(start));
        std::printf("  run %d: rebuilt in %.1f s with %ld MiB, verified in %.1f s\n", i + 1,
                    rebuilds.back() / 1'000, memory, verifications.back() / 1'000);
        std::fflush(stdout);
    }
    say("rebuild", head, rebuilds);
    say("verify", head, verifications);
    measure_one(*store, 100'000);
}

int run(int count, char** words) {
    CLI::App app("What the log does for those who audit it and rebuild tables from it");
    std::int64_t events = 1'000'000;
    int runs = 3;
    std::string only;
    app.add_option("--events", events, "of the log");
    app.add_option("--runs", runs, "of each measurement");
    app.add_option("--store", only, "sqlite or postgresql; both where none is named");
    CLI11_PARSE(app, count, words);
    if (only != "postgresql") {
        const support::Folder folder;
        measure("SQLite", "sqlite:" + folder.file("hilo.db"), events, runs);
    }
    if (only != "sqlite") {
        measure("PostgreSQL", support::Postgres::instance().fresh(), events, runs);
    }
    return 0;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) try {
    return bench::run(count, words);
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
