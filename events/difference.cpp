#include "events/difference.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "events/codec.hpp"

namespace events {

std::vector<Difference> differences(const Event& a, const Event& b) {
    const auto &type_a = type_of(a), &type_b = type_of(b);
    if (type_a.code != type_b.code) {
        return {{"type", std::string(type_a.name), std::string(type_b.name)}};
    }
    const auto body_a = nlohmann::json::parse(encode(a)), body_b = nlohmann::json::parse(encode(b));
    std::set<std::string> fields;
    for (const auto* body : {&body_a, &body_b}) {
        for (const auto& [name, value] : body->items()) fields.insert(name);
    }
    std::vector<Difference> all;
    for (const auto& field : fields) {
        const auto in = [&](const auto& body) {
            return body.contains(field) ? body.at(field).dump() : std::string();
        };
        if (in(body_a) != in(body_b)) all.push_back({field, in(body_a), in(body_b)});
    }
    return all;
}

}  // namespace events
