#pragma once

#include <string>
#include <vector>

#include "cli/config.hpp"

namespace cli {

/// What the doctor has to say, in order.
class Findings {
public:
    enum class State { ok, warn, error };
    struct Finding {
        State state;
        std::string check, detail;  // what is wrong, and how to mend it
    };

    void ok(std::string check, std::string detail) { add(State::ok, check, detail); }
    void warn(std::string check, std::string detail) { add(State::warn, check, detail); }
    void error(std::string check, std::string detail) { add(State::error, check, detail); }

    const std::vector<Finding>& all() const { return all_; }
    bool any_error() const;

private:
    void add(State state, std::string& check, std::string& detail) {
        all_.push_back({state, std::move(check), std::move(detail)});
    }
    std::vector<Finding> all_;
};

/// Database, schema, key, log, tables and settings; opens the database for reading. The log's
/// digests and seals are recomputed where it has at most `verify` events.
void look_at_database(Findings& findings, const Config& config, std::int64_t verify);

/// Whether the running server has parked any conversation; nothing where none runs.
void look_at_parked_conversations(Findings& findings, const Config& config);

/// Whether Kapso delivers the messages of each line here; asks Kapso, within ten seconds a line.
void look_at_kapso_webhooks(Findings& findings, const Config& config);

}  // namespace cli
