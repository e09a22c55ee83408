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

crypto::Digest digest_of(const Clear& clear, std::string_view sealed) {
    crypto::Writer out;
    out.raw(clear.id.view())
        .integer(clear.type)
        .integer(clear.schema)
        .integer(micros(clear.occurred))
        .variable(bytes_of(clear.correlation))
        .variable(bytes_of(clear.causation))
        .variable(clear.code ? crypto::Writer().integer(*clear.code).bytes() : "")
        .variable(pack(clear.counts))
        .variable(bytes_of(clear.key))
        .raw(crypto::view(clear.print))
        .raw(crypto::view(crypto::sha256(sealed)));
    return crypto::sha256(out.bytes());
}

crypto::Digest seal_of(std::string_view previous, std::int64_t first, Time recorded,
                       const std::vector<Sealed>& batch) {
    crypto::Writer out;
    out.raw(previous)
        .integer(first)
        .integer(static_cast<std::int32_t>(batch.size()))
        .integer(micros(recorded));
    for (const auto& event : batch) {
        out.raw(event.stream.view()).integer(event.version).raw(crypto::view(event.digest));
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
