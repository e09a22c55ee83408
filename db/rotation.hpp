#pragma once

#include <utility>
#include <vector>

#include "db/schema.hpp"

namespace db {

/// Wraps every key of the log by another master key; what they seal stays as it is. The caller
/// holds a transaction, in which nobody else wraps any. Returns how many keys of streams there are.
/// Throws StoreError, and std::runtime_error for a key that can't be unwrapped.
template <class Db>
std::int64_t rewrap_all(Db& db, const crypto::Key& from, const crypto::Key& to) {
    const Keyring before(from, special_keys(db));
    for (const auto& [name, wrapped] : Keyring::rewrapped(special_keys(db), from, to)) {
        db.run("update special_key set wrapped = $1 where name = $2", Blob{wrapped}, name);
    }
    const Keyring after(to, special_keys(db));
    std::int64_t count = 0;
    crypto::Uuid last;
    for (;;) {
        std::vector<std::pair<crypto::Uuid, crypto::Bytes>> page;
        db.each(
            "select key, wrapped from stream_key where key > $1 order by key limit 1000",
            [&](const auto& row) { page.emplace_back(row.uuid(0), row.blob(1)); }, last);
        if (page.empty()) return count;
        for (const auto& [id, wrapped] : page) {
            db.run("update stream_key set wrapped = $1 where key = $2",
                   Blob{after.wrap(id, before.unwrap(id, wrapped))}, id);
        }
        last = page.back().first;
        count += std::ssize(page);
    }
}

}  // namespace db
