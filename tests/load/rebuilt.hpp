#pragma once

#include <gtest/gtest.h>

#include "tests/load/database.hpp"

namespace load {

inline nlohmann::json json_from(const Served& hilo, const std::string& path) {
    return nlohmann::json::parse(tests::body_of(hilo.ask("GET", path)), nullptr, false);
}

/// Every table has followed the log to its end, and none is being rebuilt.
inline bool tables_rest(const Served& hilo) {
    const auto all = json_from(hilo, "/api/projections");
    return all.is_object() && std::ranges::all_of(all["projections"], [](const auto& one) {
               return one["lag"] == 0 && one["rebuilding"].is_null();
           });
}

/// The tables of a server are those that its log makes when they are built again.
inline void expect_rebuilt_is_live(const Database& database, const Served& hilo) {
    const auto tables = [&] {
        return tests::all_tables([&](const std::string& sql) { return database.rows(sql); });
    };
    const auto head = [&] { return json_from(hilo, "/readyz")["head"]; };
    const auto rest = [&] { return tables_rest(hilo); };
    const auto in_time = 60s + std::chrono::milliseconds(head().get<std::int64_t>());
    for (int tries = 0; tries < 10; ++tries) {
        const auto before = head();
        ASSERT_TRUE(eventually(in_time, rest)) << hilo.said();
        const auto live = tables();
        if (head() != before) continue;  // what we read is of two moments
        const auto all = json_from(hilo, "/api/projections")["projections"];
        for (const auto& one : all) {
            const auto path = "/api/projections/" + one["name"].get<std::string>() + "/rebuild";
            EXPECT_EQ(tests::status_of(hilo.ask("POST", path)), 202) << path;
        }
        ASSERT_TRUE(eventually(in_time, rest)) << hilo.said();
        const auto rebuilt = tables();
        if (head() != before) continue;
        for (const auto& [name, rows] : live) EXPECT_EQ(rows, rebuilt.at(name)) << name;
        return;
    }
    ADD_FAILURE() << "the log never came to rest";
}

}  // namespace load
