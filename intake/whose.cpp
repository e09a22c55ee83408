#include "intake/whose.hpp"

#include <algorithm>

#include "domain/identity.hpp"

namespace intake {
namespace {

using namespace events;

constexpr std::size_t page = 500;

class Search {
public:
    Search(Log& log, const std::vector<std::string>& lines) : log_(log), lines_(lines) {}

    void hear(const std::string& name) {
        if (!name.empty() && whose_.names.insert(name).second) names_.push_back(name);
    }
    void hear(const StreamId& stream) {
        if (std::ranges::find(whose_.streams, stream) == whose_.streams.end()) {
            whose_.streams.push_back(stream);
        }
    }
    Whose run() {
        for (std::size_t name = 0, stream = 0;
             name < names_.size() || stream < whose_.streams.size();) {
            if (name < names_.size()) {
                ask(names_[name++]);
            } else {
                read(StreamId(whose_.streams[stream++]));
            }
        }
        return std::move(whose_);
    }

private:
    void ask(const std::string& name) {
        for (const auto& line : lines_) {
            Person person{line, "", {}, "", false};
            if (domain::is_phone(name)) {
                person.phones = {domain::canonical_phone(name)};
            } else {
                person.bsuid = name;
            }
            if (const auto stream = log_.find(person)) hear(*stream);
        }
    }
    void read(const StreamId& stream) {
        std::int32_t version = 0;
        for (;;) {
            const auto some = log_.read_stream(stream, version, page);
            if (some.empty()) return;
            version = some.back().version;
            whose_.events += static_cast<std::int64_t>(some.size());
            for (const auto& one : some) {
                const auto* event = std::get_if<ConversationEvent>(&one.body);
                if (event == nullptr) continue;
                std::visit([&](const auto& e) { hear_of(e); }, *event);
            }
        }
    }
    void hear_of(const ConversationLinked& e) { hear(e.into); }
    /// A group's members are named in the group's stream, which is not theirs.
    void hear_of(const auto& e) {
        if constexpr (requires { e.group; }) {
            if (!e.group.empty()) return;
        }
        if constexpr (requires { e.phone; }) hear(e.phone);
        if constexpr (requires { e.bsuid; }) hear(e.bsuid);
    }

    Log& log_;
    const std::vector<std::string>& lines_;
    std::vector<std::string> names_;  // in the order in which they were heard
    Whose whose_;
};

}  // namespace

Whose whose_is(Log& log, const std::vector<std::string>& lines, const std::string& name) {
    Search search(log, lines);
    search.hear(name);
    auto whose = search.run();
    return whose.streams.empty() ? Whose() : whose;
}

Whose whose_is(Log& log, const std::vector<std::string>& lines, const StreamId& stream) {
    Search search(log, lines);
    search.hear(stream);
    auto whose = search.run();
    return whose.events == 0 ? Whose() : whose;
}

}  // namespace intake
