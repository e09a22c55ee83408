#include "events/envelope.hpp"

namespace events {
namespace {

std::string_view bytes_of(const std::optional<Uuid>& id) { return id ? id->view() : ""; }

/// Of an erased message the clear part still tells it (docs/events.md).
bool told_later(const Recorded& recorded) {
    const auto* group = std::get_if<ConversationEvent>(&recorded.body);
    if (group == nullptr) return false;
    const auto& counts = recorded.clear.counts;
    const auto* message = std::get_if<MessageReceived>(group);
    const auto* person = std::get_if<PersonWrote>(group);
    return (message != nullptr &&
            (message->source != Source::webhook ||
             (recorded.redacted && !counts.empty() && counts.front() != 0))) ||
           (person != nullptr && person->source != Source::webhook);
}

}  // namespace

Time credible_time(const Recorded& recorded) {
    const auto occurred = recorded.clear.occurred;
    if (occurred <= Time{}) return recorded.recorded;  // the provider said none, or nonsense
    const bool ahead = occurred > recorded.recorded + minutes(10);
    const bool old = occurred < recorded.recorded - hours(24 * 30);
    return ahead || (old && !told_later(recorded)) ? recorded.recorded : occurred;
}

crypto::Digest digest_of(const Digested& clear, std::string_view sealed) {
    crypto::Writer out;
    out.raw(clear.id)
        .integer(clear.type)
        .integer(clear.schema)
        .integer(clear.occurred)
        .variable(clear.correlation)
        .variable(clear.causation)
        .variable(clear.code ? crypto::Writer().integer(*clear.code).bytes() : "")
        .variable(clear.counts)
        .variable(clear.key)
        .raw(clear.print)
        .raw(crypto::view(crypto::sha256(sealed)));
    return crypto::sha256(out.bytes());
}

crypto::Digest digest_of(const Clear& clear, std::string_view sealed) {
    const auto counts = pack(clear.counts);
    return digest_of({clear.id.view(), clear.type, clear.schema, micros(clear.occurred),
                      bytes_of(clear.correlation), bytes_of(clear.causation), clear.code, counts,
                      bytes_of(clear.key), crypto::view(clear.print)},
                     sealed);
}

void begin_seal(crypto::Writer& out, std::string_view previous, std::int64_t first,
                std::int32_t count, std::int64_t recorded) {
    out.raw(previous).integer(first).integer(count).integer(recorded);
}

void add_to_seal(crypto::Writer& out, std::string_view stream, std::int32_t version,
                 std::string_view digest) {
    out.raw(stream).integer(version).raw(digest);
}

crypto::Digest seal_of(std::string_view previous, std::int64_t first, Time recorded,
                       const std::vector<Sealed>& batch) {
    crypto::Writer out;
    begin_seal(out, previous, first, static_cast<std::int32_t>(batch.size()), micros(recorded));
    for (const auto& event : batch) {
        add_to_seal(out, event.stream.view(), event.version, crypto::view(event.digest));
    }
    return crypto::sha256(out.bytes());
}

crypto::Bytes pack(const std::vector<std::int64_t>& counts) {
    crypto::Writer out;
    for (const auto count : counts) out.integer(count);
    return out.bytes();
}

std::vector<std::int64_t> unpack_counts(std::string_view bytes) {
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
        std::uint64_t value = 0;
        for (std::size_t b = 0; b < 8; ++b)
            value = value << 8 | static_cast<unsigned char>(bytes[i + b]);
        counts.push_back(static_cast<std::int64_t>(value));
    }
    return counts;
}

}  // namespace events
