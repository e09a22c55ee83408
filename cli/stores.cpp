#include "cli/stores.hpp"

namespace cli {

std::unique_ptr<db::Store> open_for_reading(const Config& config) {
    try {
        return db::open_store({config.database_url, config.master_key, true, false});
    } catch (const db::StoreError& error) {
        throw db::StoreError(std::string(error.what()) +
                             "\n(hilo migrate prepares a new database, hilo doctor looks closer)");
    }
}

}  // namespace cli
