#include "db/keyring.hpp"

#include <array>

#include "crypto/random.hpp"
#include "db/store.hpp"

namespace db {
namespace {

constexpr std::array<const char*, 5> names{"alias", "print", "message_ref", "send", "delivery"};
// Sealed under the master key itself, so that a wrong one is known before anything is read.
constexpr const char* check = "check";
constexpr std::string_view check_value = "this is the master key of this log";

std::string bound_to(std::string_view name) { return "hilo special key " + std::string(name); }
std::string bound_to(const crypto::Uuid& id) { return "hilo stream key " + std::string(id.view()); }

const crypto::Bytes& stored_under(const Keyring::Wrapped& stored, const char* name) {
    const auto found = stored.find(name);
    if (found == stored.end()) {
        throw StoreError(std::string("the key '") + name +
                         "' is missing in the table special_key; restore it from a backup");
    }
    return found->second;
}

crypto::Key unwrapped(const crypto::Key& master, const Keyring::Wrapped& stored, const char* name) {
    const auto plain = crypto::open(master, stored_under(stored, name), bound_to(name));
    const auto key = crypto::fixed<32>(plain.value_or(""));
    if (!key) throw StoreError(std::string("the key '") + name + "' can't be unwrapped");
    return *key;
}

crypto::Key checked(const crypto::Key& master, const Keyring::Wrapped& stored) {
    if (crypto::open(master, stored_under(stored, check), bound_to(check)) != check_value) {
        throw StoreError(
            "the master key (HILO_MASTER_KEY, or the key file beside an SQLite database) is not "
            "the "
            "one that this log was sealed with; set the right one, for without it the log can't be "
            "read");
    }
    return master;
}

}  // namespace

crypto::Key Keyring::parse_master(std::string_view hex_digits) {
    const auto bytes = crypto::unhex(hex_digits);
    const auto key = bytes ? crypto::fixed<32>(*bytes) : std::nullopt;
    if (!key) {
        throw StoreError(
            "HILO_MASTER_KEY must be 64 hexadecimal digits (make one with: openssl rand -hex 32)");
    }
    return *key;
}

Keyring::Wrapped Keyring::make(const crypto::Key& master) {
    Wrapped made{{check, crypto::seal(master, check_value, bound_to(check))}};
    for (const auto* name : names) {
        made[name] = crypto::seal(master, crypto::view(crypto::random<32>()), bound_to(name));
    }
    return made;
}

Keyring::Keyring(const crypto::Key& master, const Wrapped& stored)
    : master_(checked(master, stored)),
      alias_(unwrapped(master, stored, "alias")),
      print_(unwrapped(master, stored, "print")),
      message_ref_(unwrapped(master, stored, "message_ref")),
      send_(unwrapped(master, stored, "send")),
      delivery_(unwrapped(master, stored, "delivery")) {}

crypto::ShortMac Keyring::alias(AliasKind kind, std::string_view line,
                                std::string_view value) const {
    crypto::Writer out;
    out.integer(static_cast<std::uint8_t>(kind)).variable(line).raw(value);
    return crypto::short_hmac(crypto::view(alias_), out.bytes());
}

Aliases Keyring::aliases(const events::Person& person) const {
    Aliases out;
    if (!person.group.empty()) {
        out.kind = AliasKind::group;
        out.name = alias(AliasKind::group, person.line, person.group);
        return out;
    }
    if (!person.bsuid.empty()) out.name = alias(AliasKind::bsuid, person.line, person.bsuid);
    for (const auto& phone : person.phones) {
        if (phone.empty()) continue;
        const auto mac = alias(AliasKind::phone, person.line, phone);
        if (!out.phone) {
            out.phone = mac;
        } else if (!out.phone2 && mac != out.phone) {
            out.phone2 = mac;
        }
    }
    return out;
}

crypto::ShortMac Keyring::print(std::string_view normalised) const {
    return crypto::short_hmac(crypto::view(print_), normalised);
}

crypto::ShortMac Keyring::message_ref(std::string_view wamid) const {
    return crypto::short_hmac(crypto::view(message_ref_), wamid);
}

crypto::Bytes Keyring::wrap(const crypto::Uuid& id, const crypto::Key& key) const {
    return crypto::seal(master_, crypto::view(key), bound_to(id));
}

crypto::Key Keyring::unwrap(const crypto::Uuid& id, std::string_view wrapped) const {
    const auto key = crypto::fixed<32>(crypto::open(master_, wrapped, bound_to(id)).value_or(""));
    if (!key) throw std::runtime_error("the stream key " + id.text() + " can't be unwrapped");
    return *key;
}

crypto::Bytes Keyring::seal_delivery(const crypto::Uuid& id, std::string_view body) const {
    return crypto::seal(delivery_, body, id.view());
}

crypto::Bytes Keyring::open_delivery(const crypto::Uuid& id, std::string_view sealed) const {
    auto body = crypto::open(delivery_, sealed, id.view());
    if (!body) throw std::runtime_error("the delivery " + id.text() + " is not as it was kept");
    return *body;
}

std::string Keyring::send_mark(const events::StreamId& stream,
                               const events::AttemptId& attempt) const {
    const auto mac = crypto::short_hmac(
        crypto::view(send_), crypto::Writer().raw(stream.view()).raw(attempt.view()).bytes());
    return stream.text() + "." + attempt.text() + "." + crypto::hex(crypto::view(mac));
}

std::optional<events::Keys::SendMark> Keyring::read_send_mark(std::string_view text) const {
    constexpr std::size_t uuid_size = 36;
    if (text.size() != 2 * uuid_size + 2 + 32) return std::nullopt;
    const auto stream = crypto::parse_uuid(text.substr(0, uuid_size));
    const auto attempt = crypto::parse_uuid(text.substr(uuid_size + 1, uuid_size));
    if (!stream || !attempt) return std::nullopt;
    if (!crypto::equal_in_constant_time(send_mark(*stream, *attempt), text)) return std::nullopt;
    return SendMark{*stream, *attempt};
}

}  // namespace db
