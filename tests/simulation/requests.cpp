#include "tests/simulation/requests.hpp"

#include <algorithm>

#include "db/unsealed.hpp"
#include "tests/simulation/database.hpp"

namespace simulation {
namespace {

crypto::ShortMac short_hash(std::string_view text) {
    const auto digest = crypto::sha256(text);
    crypto::ShortMac mac{};
    std::copy_n(digest.begin(), mac.size(), mac.begin());
    return mac;
}

/// In one of the few slices that are dealt out here.
events::StreamId fresh_stream(Random& random) {
    auto stream = random.uuid();
    stream.bytes[0] = 0;
    stream.bytes[1] = static_cast<std::uint8_t>(random.below(Database::slices));
    return stream;
}

/// Hashes that anybody could make; nothing is hidden from anybody here.
struct Hashes {
    static crypto::ShortMac print(std::string_view text) { return short_hash(text); }
    static crypto::ShortMac message_ref(std::string_view wamid) { return short_hash(wamid); }
    static db::Aliases aliases(const events::Person& person) { return aliases_of(person); }
};

/// Its body stays here, and its place stands for what would be sealed.
db::Row row_of(const events::NewEvent& event, std::vector<events::Event>& bodies) {
    auto row = db::unsealed_row(event, Hashes());
    row.sealed = events::pack({static_cast<std::int64_t>(bodies.size())});
    bodies.push_back(event.body);
    return row;
}

}  // namespace

db::Aliases aliases_of(const events::Person& person) {
    const auto hash = [&](std::string_view kind, const std::string& value) {
        if (value.empty()) return std::optional<crypto::ShortMac>();
        return std::optional(short_hash(std::string(kind) + "/" + person.line + "/" + value));
    };
    db::Aliases aliases;
    aliases.kind = person.group.empty() ? db::AliasKind::bsuid : db::AliasKind::group;
    aliases.name = person.group.empty() ? hash("bsuid", person.bsuid) : hash("group", person.group);
    if (!person.phones.empty()) aliases.phone = hash("phone", person.phones.front());
    if (person.phones.size() > 1) aliases.phone2 = hash("phone", person.phones.back());
    return aliases;
}

std::size_t place_of(const db::Row& row) {
    return static_cast<std::size_t>(events::unpack_counts(row.sealed).front());
}

db::Request request_of(const events::Append& append, std::vector<events::Event>& bodies,
                       Random& random) {
    auto request = db::addressed(
        append, [&] { return fresh_stream(random); }, Hashes());
    for (const auto& event : append.events) request.rows.push_back(row_of(event, bodies));
    return request;
}

std::string PlainKeys::send_mark(const events::StreamId& stream,
                                 const events::AttemptId& attempt) const {
    const auto text = stream.text() + "." + attempt.text();
    return text + "." + crypto::hex(crypto::view(short_hash(text)));
}

std::optional<events::Keys::SendMark> PlainKeys::read_send_mark(std::string_view text) const {
    constexpr std::size_t uuid = 36;
    if (text.size() < 2 * uuid + 2) return std::nullopt;
    const auto stream = crypto::parse_uuid(text.substr(0, uuid));
    const auto attempt = crypto::parse_uuid(text.substr(uuid + 1, uuid));
    if (!stream || !attempt || send_mark(*stream, *attempt) != text) return std::nullopt;
    return SendMark{*stream, *attempt};
}

}  // namespace simulation
