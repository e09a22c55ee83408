#include "db/migrations.hpp"

#include <charconv>

#include "crypto/hash.hpp"
#include "db/store.hpp"

namespace db::migrations {

// "pg_0001_log" -> 1 and "log"
Applied described(const File& file) {
    const auto from = file.name.find('_') + 1;
    const auto to = file.name.find('_', from);
    Applied out;
    std::from_chars(file.name.data() + from, file.name.data() + to, out.number);
    out.name = file.name.substr(to + 1);
    out.sha256 = crypto::hex(crypto::view(crypto::sha256(file.text)));
    return out;
}

std::vector<File> pending(std::span<const File> files, const std::vector<Applied>& applied,
                          bool may_migrate) {
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto label = std::to_string(applied[i].number) + " (" + applied[i].name + ")";
        if (i >= files.size()) {
            throw StoreError("the database has migration " + label +
                             ", which this hilo doesn't know: it is newer; upgrade hilo");
        }
        const auto known = described(files[i]);
        if (known.number != applied[i].number || known.sha256 != applied[i].sha256) {
            throw StoreError("the database's migration " + label +
                             " is not the one of this hilo: its file was changed after it was "
                             "applied; use the hilo that made this database, or a later release");
        }
    }
    const auto rest = files.subspan(applied.size());
    if (!rest.empty() && !may_migrate) {
        throw StoreError("the database's schema is older than this hilo (" +
                         std::to_string(rest.size()) +
                         " migrations are missing); run: hilo migrate");
    }
    return {rest.begin(), rest.end()};
}

}  // namespace db::migrations
