#include "events/chain.hpp"

#include <limits>

#include "events/codec.hpp"

namespace events {
namespace {

template <class Int>
bool fits(std::int64_t value) {
    return value >= std::numeric_limits<Int>::min() && value <= std::numeric_limits<Int>::max();
}

/// std::nullopt where a number or an id can't be one that was ever written.
std::optional<crypto::Digest> digest_of(const StoredEvent& event) {
    const auto& clear = event.clear;
    const bool possible =
        event.possible && fits<std::int16_t>(clear.type) && fits<std::int16_t>(clear.schema) &&
        (!clear.code || fits<std::int32_t>(*clear.code)) && fits<std::int32_t>(event.version) &&
        event.stream.size() == 16 && clear.id.size() == 16 && clear.print.size() == 16;
    if (!possible) return std::nullopt;
    Digested digested;
    digested.id = clear.id;
    digested.type = static_cast<std::int16_t>(clear.type);
    digested.schema = static_cast<std::int16_t>(clear.schema);
    digested.occurred = clear.occurred;
    digested.correlation = clear.correlation;
    digested.causation = clear.causation;
    if (clear.code) digested.code = static_cast<std::int32_t>(*clear.code);
    digested.counts = clear.counts;
    digested.key = clear.key;
    digested.print = clear.print;
    return digest_of(digested, event.sealed);
}

enum class Gating { yes, no, unknown };
Gating gating_of(const StoredEvent& event) {
    const auto* type = type_with(static_cast<std::int16_t>(event.clear.type));
    if (type == nullptr) return Gating::unknown;  // a newer Hilo knows
    return type->gating ? Gating::yes : Gating::no;
}

Defect wrong_version(std::int64_t position) {
    return {position, "the version does not follow the stream's last one"};
}
Defect wrong_gate(std::int64_t position) {
    return {position, "the gate is not the stream's last gating event"};
}

}  // namespace

std::optional<Defect> ChainVerifier::begin(const StoredSeal& seal) {
    if (seal.first != position_ + 1) {
        return Defect{position_ + 1, "a seal is missing, or its range was changed"};
    }
    if (!seal.possible || seal.count < 1 || !fits<std::int32_t>(seal.count)) {
        return Defect{seal.first, "the seal of the batch that starts here is none"};
    }
    batch_ = {seal.first, seal.recorded, seal.seal};
    missing_ = seal.count;
    sealed_.clear();
    begin_seal(sealed_, seal_, seal.first, static_cast<std::int32_t>(seal.count), seal.recorded);
    return std::nullopt;
}

std::optional<Defect> ChainVerifier::take(const StoredEvent& event) {
    if (event.position != position_ + 1) return Defect{position_ + 1, "an event is missing"};
    const auto digest = digest_of(event);
    if (!digest || crypto::view(*digest) != event.digest) {
        return Defect{event.position, "the event does not fit its digest"};
    }
    if (event.recorded != batch_.recorded) {
        return Defect{event.position, "the time of recording is not that of its batch"};
    }
    if (auto defect = follow(event)) return defect;
    add_to_seal(sealed_, event.stream, static_cast<std::int32_t>(event.version), event.digest);
    position_ = event.position;
    if (--missing_ > 0) return std::nullopt;
    return end_batch();
}

std::optional<Defect> ChainVerifier::follow(const StoredEvent& event) {
    const auto [found, fresh] = streams_.try_emplace(
        StreamId{crypto::fixed<16>(event.stream).value_or(crypto::Fixed<16>{})});
    auto& stream = found->second;
    if (fresh) {
        stream.first_position = event.position;
        stream.first_version = event.version;
    } else if (event.version != stream.version + 1) {
        return wrong_version(event.position);
    }
    stream.version = event.version;
    const auto gating = gating_of(event);
    const bool gates =
        gating == Gating::yes || (gating == Gating::unknown && event.gate == event.version);
    if (gates ? event.gate != event.version : !fresh && event.gate != stream.gate) {
        return wrong_gate(event.position);
    }
    if (!gates && fresh) {
        stream.gate_before = event.gate;
        stream.gate_at = event.position;
    }
    stream.gate = event.gate;
    return std::nullopt;
}

std::optional<Defect> ChainVerifier::end_batch() {
    const auto expected = crypto::sha256(sealed_.bytes());
    if (crypto::view(expected) != batch_.seal) {
        return Defect{batch_.first, "the seal of the batch that starts here does not fit"};
    }
    seal_ = batch_.seal;
    return std::nullopt;
}

std::optional<Defect> StreamsInOrder::follow(const ChainVerifier::Streams& next) {
    std::optional<Defect> first;
    const auto note = [&](const Defect& defect) {
        if (!first || defect.position < first->position) first = defect;
    };
    for (const auto& [id, stream] : next) {
        const auto [found, fresh] = streams_.try_emplace(id);
        auto& before = found->second;
        if (!fresh || from_the_beginning_) {
            if (stream.first_version != before.version + 1) {
                note(wrong_version(stream.first_position));
            } else if (stream.gate_before && *stream.gate_before != before.gate) {
                note(wrong_gate(stream.gate_at));
            }
        }
        before = {stream.version, stream.gate};
    }
    return first;
}

}  // namespace events
