#include "db/pg_leases.hpp"

#include <unistd.h>

#include <array>

#include "db/embedded_sql.hpp"

namespace db::pg {
namespace {

// A lease allows for two renewals that come to nothing. What still waits for the log's lock must be
// over before it is asked again.
constexpr std::chrono::milliseconds deadline{3'000};
constexpr std::string_view settings = "-c lock_timeout=2s";

/// For people: where it runs, and what tells it from an earlier one with the same number.
std::string name_of_process() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    return std::string(host.data()) + " " + std::to_string(getpid()) + " " +
           crypto::new_uuid().text();
}

}  // namespace

LeaseBook::LeaseBook(std::string url) : url_(std::move(url)), owner_(name_of_process()) {}

Leases LeaseBook::renew(const std::vector<int>& give_back) {
    constexpr std::int64_t lasts = std::chrono::microseconds(lease_time).count();
    Values values;
    values.add(owner_);
    values.add(lasts);
    values.add(std::vector<std::int32_t>(give_back.begin(), give_back.end()));
    const auto row = call(sql::pg_renew_leases, values);
    const auto slices = read_integers(row.bytes(0, 0)), epochs = read_integers(row.bytes(0, 1));
    Leases leases;
    for (std::size_t i = 0; i < slices.size(); ++i) {
        leases.held.push_back({static_cast<int>(slices[i]), epochs.at(i)});
    }
    leases.deciders = static_cast<int>(row.integer(0, 2));
    return leases;
}

void LeaseBook::end() {
    Values values;
    values.add(owner_);
    call("call end_leases($1)", values);
}

Result LeaseBook::call(std::string_view sql, const Values& values) {
    if (!connection_ || !connection_->alive()) {
        connection_ = std::make_unique<Connection>(url_, settings);
        connection_->set_deadline(deadline);
    }
    try {
        return connection_->query_with(sql, values);
    } catch (const Error& error) {
        if (error.lost) connection_.reset();
        throw;
    }
}

}  // namespace db::pg
