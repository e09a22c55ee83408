#include "db/sealer.hpp"

#include <algorithm>
#include <chrono>

#include "crypto/random.hpp"
#include "db/unsealed.hpp"
#include "events/codec.hpp"

namespace db {
namespace {

crypto::Bytes bound_to(const events::Clear& clear) {
    return crypto::Writer().raw(clear.id.view()).integer(clear.type).bytes();
}

std::string name_of(const Request& request) {
    if (!request.aliases) return std::string(request.stream.view());
    std::string name;
    for (const auto& mac : request.aliases->all()) name += crypto::view(mac);
    return name + "person";  // longer than a stream's id, so that the two never meet
}

std::int32_t this_month() {
    const std::chrono::year_month_day day(
        std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    return static_cast<int>(day.year()) * 100 + static_cast<int>(unsigned{day.month()});
}

}  // namespace

StreamKey Sealer::key_for(const std::string& addressee) {
    const auto month = this_month();
    if (auto known = cache_.find(addressee, month)) return *known;
    StreamKey made{crypto::random_uuid(), crypto::random<32>(), month, {}};
    made.wrapped = keys_.wrap(made.id, made.key);
    return made;
}

Row Sealer::seal_row(const events::NewEvent& event, const StreamKey& key) const {
    auto row = unsealed_row(event, keys_);
    row.clear.key = key.id;
    row.sealed = crypto::seal(key.key, events::encode(event.body), bound_to(row.clear));
    row.digest = events::digest_of(row.clear, row.sealed);
    return row;
}

Request Sealer::seal(const events::Append& append) {
    auto request = addressed(append, crypto::random_uuid, keys_);
    request.key = key_for(name_of(request));
    for (const auto& event : append.events) {
        auto row = seal_row(event, request.key);
        const auto twin = std::ranges::find(request.rows, event.id,
                                            [](const Row& other) { return other.clear.id; });
        if (twin == request.rows.end()) {
            request.rows.push_back(std::move(row));
        } else if (twin->clear.print != row.clear.print) {
            request.contradicts = true;
        }
    }
    return request;
}

void Sealer::stored(const Request& request, const events::StreamId& stream) {
    if (request.key.wrapped.empty()) return;
    auto key = request.key;
    key.wrapped.clear();
    cache_.put(name_of(request), key);
    if (request.aliases) cache_.put(std::string(stream.view()), key);
}

events::Recorded Sealer::open(const Stored& stored) const {
    events::Recorded out{stored.position,
                         stored.stream,
                         stored.version,
                         stored.gate,
                         stored.recorded,
                         stored.clear,
                         {},
                         false};
    out.redacted = !stored.wrapped || !stored.clear.key;
    try {
        out.body = out.redacted ? events::blank(stored.clear.type) : body_of(stored);
    } catch (const std::exception& error) {
        out.defect = error.what();
        if (events::type_with(stored.clear.type)) out.body = events::blank(stored.clear.type);
    }
    return out;
}

events::Event Sealer::body_of(const Stored& stored) const {
    const auto key = keys_.unwrap(*stored.clear.key, *stored.wrapped);
    const auto plain = crypto::open(key, stored.sealed, bound_to(stored.clear));
    if (!plain) throw std::runtime_error("the event is not as it was sealed");
    return events::decode(stored.clear.type, stored.clear.schema, *plain);
}

}  // namespace db
