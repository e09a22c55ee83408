#include "events/codec.hpp"
#include "events/export.hpp"
#include "events/json_fields.hpp"

namespace events {
namespace {

using Written = nlohmann::ordered_json;
using fields::Json;

constexpr std::string_view format = "hilo-export-1";
constexpr std::size_t sealed_size = 16 + 4 + 32;  // stream, version, digest
constexpr std::string_view says = R"(,"says":)";

// ---- Written ------------------------------------------------------------------------------------

Written optional_text(const std::optional<Uuid>& id) {
    return id ? Written(id->text()) : Written();
}

std::string header_line(const std::vector<StreamId>& streams) {
    auto list = Written::array();
    for (const auto& one : streams) list.push_back(one.text());
    return Written{{"format", format}, {"streams", std::move(list)}}.dump();
}

std::string key_line(const Uuid& id, const crypto::Key& key) {
    return Written{{"key", id.text()}, {"is", crypto::hex(crypto::view(key))}}.dump();
}

std::string event_line(const ExportedEvent& event) {
    const auto& clear = event.clear;
    const Written json{{"position", event.position},
                       {"stream", event.stream.text()},
                       {"version", event.version},
                       {"recorded", micros(event.recorded)},
                       {"id", clear.id.text()},
                       {"name", event.name},
                       {"type", clear.type},
                       {"schema", clear.schema},
                       {"occurred", micros(clear.occurred)},
                       {"correlation", optional_text(clear.correlation)},
                       {"causation", optional_text(clear.causation)},
                       {"code", clear.code ? Written(*clear.code) : Written()},
                       {"counts", clear.counts},
                       {"key", optional_text(clear.key)},
                       {"print", crypto::hex(crypto::view(clear.print))},
                       {"sealed", crypto::hex(event.sealed)}};
    return "{\"event\":" + json.dump() + std::string(says) + event.says.value_or("null") + "}";
}

std::string batch_line(const ExportedBatch& batch) {
    crypto::Writer all;
    for (const auto& one : batch.events) {
        all.raw(one.stream.view()).integer(one.version).raw(crypto::view(one.digest));
    }
    const Written json{{"before", crypto::hex(batch.before)},
                       {"first", batch.first},
                       {"recorded", micros(batch.recorded)},
                       {"events", crypto::hex(all.bytes())},
                       {"seal", crypto::hex(batch.seal)}};
    return "{\"batch\":" + json.dump() + "}";
}

std::string end_line(std::int64_t lines) {
    return "{\"end\":{\"lines\":" + std::to_string(lines) + "}}";
}

// ---- Read ---------------------------------------------------------------------------------------

std::vector<std::int64_t> counts_in(const Json& json) {
    std::vector<std::int64_t> counts;
    const auto& list = fields::at(json, "counts");
    if (!list.is_array()) throw std::invalid_argument("counts is no list");
    for (const auto& one : list) counts.push_back(fields::number<std::int64_t>(one, "counts"));
    return counts;
}

Clear clear_in(const Json& json) {
    Clear clear;
    clear.id = fields::uuid(fields::at(json, "id"), "id");
    clear.type = fields::number_in<std::int16_t>(json, "type");
    clear.schema = fields::number_in<std::int16_t>(json, "schema");
    clear.occurred = from_micros(fields::number_in<std::int64_t>(json, "occurred"));
    clear.correlation = fields::uuid_or_null(json, "correlation");
    clear.causation = fields::uuid_or_null(json, "causation");
    if (!fields::at(json, "code").is_null()) {
        clear.code = fields::number_in<std::int32_t>(json, "code");
    }
    clear.counts = counts_in(json);
    clear.key = fields::uuid_or_null(json, "key");
    clear.print = fields::fixed<16>(json, "print");
    return clear;
}

ExportedEvent event_in(const Json& json) {
    ExportedEvent event;
    event.position = fields::number_in<std::int64_t>(json, "position");
    event.stream = fields::uuid(fields::at(json, "stream"), "stream");
    event.version = fields::number_in<std::int32_t>(json, "version");
    event.recorded = from_micros(fields::number_in<std::int64_t>(json, "recorded"));
    event.clear = clear_in(json);
    event.name = fields::text(json, "name");
    event.sealed = fields::bytes(json, "sealed");
    return event;
}

/// Big-endian, as it is sealed.
std::int32_t version_in(std::string_view four) {
    std::uint32_t version = 0;
    for (const char c : four) version = version << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int32_t>(version);
}

std::vector<Sealed> sealed_in(std::string_view bytes) {
    if (bytes.size() % sealed_size != 0) throw std::invalid_argument("events is cut off");
    std::vector<Sealed> all;
    all.reserve(bytes.size() / sealed_size);
    for (; !bytes.empty(); bytes.remove_prefix(sealed_size)) {
        all.push_back({StreamId{*crypto::fixed<16>(bytes.substr(0, 16))},
                       version_in(bytes.substr(16, 4)), *crypto::fixed<32>(bytes.substr(20, 32))});
    }
    return all;
}

ExportedBatch batch_in(const Json& json) {
    ExportedBatch batch;
    batch.first = fields::number_in<std::int64_t>(json, "first");
    batch.recorded = from_micros(fields::number_in<std::int64_t>(json, "recorded"));
    batch.events = sealed_in(fields::bytes(json, "events"));
    batch.before = fields::bytes(json, "before");
    batch.seal = fields::bytes(json, "seal");
    if (batch.first > INT32_MAX * std::int64_t{INT32_MAX}) {
        throw std::invalid_argument("first is no position");
    }
    return batch;
}

/// Line by line. Each must be what Hilo would write of what was read from it.
class Parser {
public:
    void take(std::string_view line) {
        const auto part = part_of(line);
        if (part < part_) throw std::invalid_argument("is not where it belongs");
        part_ = part;
        if (written(part, line) != line) throw std::invalid_argument("is not as Hilo writes it");
        ++count_;
    }
    Export ended() {
        if (part_ != Part::end) throw std::invalid_argument("is not there: the export was cut off");
        return std::move(out_);
    }

private:
    enum class Part { nothing, header, keys, events, batches, checkpoints, end };

    Part part_of(std::string_view line) const {
        if (part_ == Part::end) throw std::invalid_argument("is behind the end");
        if (part_ == Part::nothing) return Part::header;
        if (line.starts_with(R"({"key":)")) return Part::keys;
        if (line.starts_with(R"({"event":)")) return Part::events;
        if (line.starts_with(R"({"batch":)")) return Part::batches;
        if (line.starts_with(R"({"format":)")) return Part::checkpoints;
        if (line.starts_with(R"({"end":)")) return Part::end;
        throw std::invalid_argument("is no line of an export");
    }

    static Json parsed(std::string_view text) {
        auto json = Json::parse(text, nullptr, false);
        if (!json.is_object()) throw std::invalid_argument("is no JSON object");
        return json;
    }

    std::string written(Part part, std::string_view line) {
        switch (part) {
            case Part::header:
                return take_header(parsed(line));
            case Part::keys:
                return take_key(parsed(line));
            case Part::events:
                return take_event(line);
            case Part::batches:
                return batch_line(
                    out_.batches.emplace_back(batch_in(fields::at(parsed(line), "batch"))));
            case Part::checkpoints:
                return take_checkpoint(line);
            default:
                return end_line(count_);
        }
    }

    std::string take_header(const Json& json) {
        if (fields::text(json, "format") != format) {
            throw std::invalid_argument("has the format \"" + fields::text(json, "format") +
                                        "\", and this Hilo knows " + std::string(format));
        }
        for (const auto& one : fields::at(json, "streams")) {
            out_.streams.push_back(fields::uuid(one, "streams"));
        }
        return header_line(out_.streams);
    }

    std::string take_key(const Json& json) {
        const auto id = fields::uuid(fields::at(json, "key"), "key");
        if (!out_.keys.empty() && id <= out_.keys.rbegin()->first) {
            throw std::invalid_argument("is not where it belongs");
        }
        const auto key = fields::fixed<32>(json, "is");
        out_.keys.emplace(id, key);
        return key_line(id, key);
    }

    /// What the event says is not parsed: it is held against what was sealed, byte for byte.
    std::string take_event(std::string_view line) {
        const auto cut = line.find(says);
        if (cut == line.npos || !line.ends_with('}')) throw std::invalid_argument("says nothing");
        const auto clear = parsed(std::string(line.substr(0, cut)) + "}");
        auto& event = out_.events.emplace_back(event_in(fields::at(clear, "event")));
        const auto what = line.substr(cut + says.size(), line.size() - cut - says.size() - 1);
        if (what != "null") event.says = what;
        return event_line(event);
    }

    std::string take_checkpoint(std::string_view line) {
        auto checkpoint = parse_checkpoint(line);
        if (const auto* why = std::get_if<std::string>(&checkpoint)) {
            throw std::invalid_argument(*why);
        }
        out_.checkpoints.push_back(std::get<SignedCheckpoint>(checkpoint));
        return line_of(out_.checkpoints.back());
    }

    Export out_;
    std::int64_t count_ = 0;
    Part part_ = Part::nothing;
};

}  // namespace

std::string lines_of(const Export& exported) {
    std::string text;
    std::int64_t count = 0;
    const auto add = [&](const std::string& line) {
        text.append(line).append("\n");
        ++count;
    };
    add(header_line(exported.streams));
    for (const auto& [id, key] : exported.keys) add(key_line(id, key));
    for (const auto& event : exported.events) add(event_line(event));
    for (const auto& batch : exported.batches) add(batch_line(batch));
    for (const auto& checkpoint : exported.checkpoints) add(line_of(checkpoint));
    add(end_line(count));
    return text;
}

std::variant<Export, std::string> parse_export(std::string_view text) {
    Parser parser;
    std::int64_t number = 1;
    try {
        for (; !text.empty(); ++number) {
            const auto end = text.find('\n');
            if (end == text.npos) throw std::invalid_argument("has no end: the export was cut off");
            parser.take(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        return parser.ended();
    } catch (const std::invalid_argument& why) {
        return "line " + std::to_string(number) + " " + why.what();
    }
}

}  // namespace events
