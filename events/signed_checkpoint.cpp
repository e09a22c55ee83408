#include "events/signed_checkpoint.hpp"

#include <nlohmann/json.hpp>

namespace events {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format = "hilo-checkpoint-1";

crypto::Bytes signed_bytes(const SignedCheckpoint& checkpoint) {
    return crypto::Writer()
        .raw(format)
        .integer(checkpoint.head.position)
        .integer(micros(checkpoint.head.recorded))
        .variable(checkpoint.head.seal)
        .integer(micros(checkpoint.signed_at))
        .bytes();
}

std::string text_of(const Json& json, const char* field) {
    if (!json.contains(field)) throw std::invalid_argument("has no " + std::string(field));
    if (!json[field].is_string()) throw std::invalid_argument(std::string(field) + " is no text");
    return json[field].get<std::string>();
}

Time time_of(const Json& json, const char* field) {
    const auto time = parse_iso8601(text_of(json, field));
    if (!time) throw std::invalid_argument(std::string(field) + " is no time");
    return *time;
}

crypto::Bytes bytes_of(const Json& json, const char* field) {
    auto bytes = crypto::unhex(text_of(json, field));
    if (!bytes) throw std::invalid_argument(std::string(field) + " is not hexadecimal");
    return *std::move(bytes);
}

template <std::size_t N>
crypto::Fixed<N> fixed_of(const Json& json, const char* field) {
    const auto bytes = crypto::fixed<N>(bytes_of(json, field));
    if (!bytes) {
        throw std::invalid_argument(std::string(field) + " has not " + std::to_string(2 * N) +
                                    " hexadecimal digits");
    }
    return *bytes;
}

SignedCheckpoint checkpoint_of(const Json& json) {
    if (!json.is_object()) throw std::invalid_argument("is no JSON object");
    if (text_of(json, "format") != format) {
        throw std::invalid_argument("has the format \"" + text_of(json, "format") +
                                    "\", and this Hilo knows " + std::string(format));
    }
    if (!json.contains("position") || !json["position"].is_number_integer()) {
        throw std::invalid_argument("position is no whole number");
    }
    SignedCheckpoint checkpoint;
    checkpoint.head = {json["position"].get<std::int64_t>(), time_of(json, "recorded"),
                       bytes_of(json, "seal")};
    checkpoint.signed_at = time_of(json, "signed_at");
    checkpoint.key = fixed_of<32>(json, "key");
    checkpoint.signature = fixed_of<64>(json, "signature");
    return checkpoint;
}

}  // namespace

SignedCheckpoint sign(const SealedHead& head, Time now, const crypto::SigningSeed& seed) {
    SignedCheckpoint checkpoint{head, now, crypto::public_key_of(seed), {}};
    checkpoint.signature = crypto::sign(seed, signed_bytes(checkpoint));
    return checkpoint;
}

bool is_signed(const SignedCheckpoint& checkpoint) {
    return crypto::is_signed(checkpoint.key, signed_bytes(checkpoint), checkpoint.signature);
}

std::string line_of(const SignedCheckpoint& checkpoint) {
    return Json{{"format", format},
                {"position", checkpoint.head.position},
                {"recorded", iso8601(checkpoint.head.recorded)},
                {"seal", crypto::hex(checkpoint.head.seal)},
                {"signed_at", iso8601(checkpoint.signed_at)},
                {"key", crypto::hex(crypto::view(checkpoint.key))},
                {"signature", crypto::hex(crypto::view(checkpoint.signature))}}
        .dump();
}

std::variant<SignedCheckpoint, std::string> parse_checkpoint(std::string_view line) {
    try {
        return checkpoint_of(Json::parse(line));
    } catch (const Json::exception&) {
        return "is no JSON object";
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
}

}  // namespace events
