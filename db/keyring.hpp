#pragma once

#include <map>
#include <string>

#include "db/request.hpp"
#include "events/keys.hpp"

namespace db {

/// Holds the master key and the keys that are made once per log. Nothing it returns tells a key.
class Keyring final : public events::Keys {
public:
    /// Special keys by name, wrapped by the master key, as the table special_key holds them.
    using Wrapped = std::map<std::string, crypto::Bytes>;

    /// Takes 64 hexadecimal digits; throws StoreError for anything else.
    static crypto::Key parse_master(std::string_view hex_digits);
    /// Those of a new log, made at random.
    static Wrapped make(const crypto::Key& master);

    /// Throws StoreError where `master` is not the key that wrapped `stored`, or one is missing.
    Keyring(const crypto::Key& master, const Wrapped& stored);

    /// Empty BSUIDs, phones and groups are left out; a third phone is too.
    Aliases aliases(const events::Person& person) const;
    crypto::ShortMac print(std::string_view normalised) const;
    crypto::ShortMac message_ref(std::string_view wamid) const;

    crypto::Bytes wrap(const crypto::Uuid& id, const crypto::Key& key) const;
    /// Throws std::runtime_error where this master key didn't wrap it under this id.
    crypto::Key unwrap(const crypto::Uuid& id, std::string_view wrapped) const;

    crypto::Bytes seal_delivery(const crypto::Uuid& id, std::string_view body) const;
    crypto::Bytes open_delivery(const crypto::Uuid& id, std::string_view sealed) const;

    std::string send_mark(const events::StreamId& stream,
                          const events::AttemptId& attempt) const override;
    std::optional<SendMark> read_send_mark(std::string_view text) const override;

private:
    crypto::ShortMac alias(AliasKind kind, std::string_view line, std::string_view value) const;
    crypto::Key master_, alias_, print_, message_ref_, send_, delivery_;
};

}  // namespace db
