#include "events/signed_checkpoint.hpp"

#include "events/json_fields.hpp"

namespace events {
namespace {

using fields::Json;

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

Time time_of(const Json& json, const char* field) {
    const auto time = parse_iso8601(fields::text(json, field));
    if (!time) throw std::invalid_argument(std::string(field) + " is no time");
    return *time;
}

SignedCheckpoint checkpoint_of(const Json& json) {
    if (!json.is_object()) throw std::invalid_argument("is no JSON object");
    if (fields::text(json, "format") != format) {
        throw std::invalid_argument("has the format \"" + fields::text(json, "format") +
                                    "\", and this Hilo knows " + std::string(format));
    }
    SignedCheckpoint checkpoint;
    checkpoint.head = {fields::number_in<std::int64_t>(json, "position"), time_of(json, "recorded"),
                       fields::bytes(json, "seal")};
    checkpoint.signed_at = time_of(json, "signed_at");
    checkpoint.key = fields::fixed<32>(json, "key");
    checkpoint.signature = fields::fixed<64>(json, "signature");
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
    return nlohmann::ordered_json{{"format", format},
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
