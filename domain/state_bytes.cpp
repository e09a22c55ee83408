#include "domain/state_bytes.hpp"

#include <algorithm>
#include <type_traits>

namespace domain::conversation {
namespace {

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

// What a state is made of, once for both directions, in the order of the bytes.

void fields(auto& of, Is<Line> auto& line) { of(line.speaker, line.text, line.at, line.version); }
void fields(auto& of, Is<Open> auto& open) {
    of(open.id, open.kind, open.at, open.said, open.version);
}
void fields(auto& of, Is<Asked> auto& asked) {
    of(asked.turn, asked.asks, asked.settings_version, asked.history_upto, asked.provider,
       asked.model);
}
void fields(auto& of, Is<Attempt> auto& one) {
    of(one.turn, one.id, one.by, one.part, one.parts, one.try_number, one.to, one.text, one.author,
       one.retry_at, one.version, one.at, one.heard, one.since, one.about, one.answered,
       one.unheard, one.held_back, one.settle_by, one.doubted);
}
void fields(auto& of, Is<Rest> auto& rest) {
    of(rest.turn, rest.asks, rest.next_part, rest.parts, rest.at, rest.about, rest.answered);
}
void fields(auto& of, Is<Guess> auto& guess) { of(guess.text, guess.version); }
void fields(auto& of, Is<Known> auto& known) { of(known.wamid, known.attempt, known.guess); }
void fields(auto& of, Is<Stranger> auto& one) { of(one.wamid, one.text, one.raw, one.at); }
void fields(auto& of, Is<Untold> auto& untold) { of(untold.wamid, untold.version); }
void fields(auto& of, Is<State> auto& s) {
    of(s.line, s.phone, s.bsuid, s.group, s.said, s.open, s.asked, s.rest, s.sends, s.uncertain,
       s.known, s.strangers, s.untold, s.hold_until, s.person_at, s.person_told, s.wrote_at,
       s.heard, s.superseded, s.linked, s.version, s.gate);
}

template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;
template <class T>
concept List = requires(T list) {
    typename T::value_type;
    list.emplace_back();
};

/// Numbers are eight bytes, texts and lists begin with their length.
class Writing {
public:
    void operator()(const auto&... values) { (one(values), ...); }
    const crypto::Bytes& bytes() const { return out_.bytes(); }

private:
    void one(const Number auto& value) { out_.integer(static_cast<std::int64_t>(value)); }
    void one(const std::string& text) {
        one(text.size());
        out_.raw(text);
    }
    void one(const events::Uuid& id) { out_.raw(id.view()); }
    void one(const Time& time) { one(events::micros(time)); }
    template <class T>
    void one(const std::optional<T>& value) {
        one(value.has_value());
        if (value) one(*value);
    }
    template <List L>
    requires(!std::same_as<L, std::string>) void one(const L& list) {
        one(list.size());
        for (const auto& item : list) one(item);
    }
    template <class T>
    requires requires(Writing& self, const T& value) { fields(self, value); }
    void one(const T& value) { fields(*this, value); }

    crypto::Writer out_;
};

/// What is no state leaves `fine` false, and reads as little as there is.
class Reading {
public:
    explicit Reading(std::string_view bytes) : rest_(bytes) {}
    void operator()(auto&... values) { (one(values), ...); }
    bool ended_well() const { return fine_ && rest_.empty(); }

private:
    std::string_view take(std::size_t size) {
        fine_ = fine_ && size <= rest_.size();
        if (!fine_) return {};
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::int64_t number() {
        std::uint64_t value = 0;
        for (const char c : take(sizeof value)) value = value << 8 | static_cast<unsigned char>(c);
        return static_cast<std::int64_t>(value);
    }
    void one(Number auto& value) {
        using Value = std::remove_reference_t<decltype(value)>;
        const auto found = number();
        value = static_cast<Value>(found);
        fine_ = fine_ && static_cast<std::int64_t>(value) == found;
    }
    void one(std::string& text) { text = take(static_cast<std::size_t>(number())); }
    void one(events::Uuid& id) {
        const auto bytes = crypto::fixed<16>(take(16));
        if (bytes) id.bytes = *bytes;
    }
    void one(Time& time) { time = events::from_micros(number()); }
    template <class T>
    void one(std::optional<T>& value) {
        bool has = false;
        one(has);
        if (fine_ && has) one(value.emplace());
    }
    template <List L>
    requires(!std::same_as<L, std::string>) void one(L& list) {
        // Nothing in a list has no bytes, so that a length of billions ends with the bytes.
        for (auto left = number(); fine_ && left != 0; --left) one(list.emplace_back());
    }
    template <class T>
    requires requires(Reading& self, T& value) { fields(self, value); }
    void one(T& value) { fields(*this, value); }

    std::string_view rest_;
    bool fine_ = true;
};

}  // namespace

crypto::Bytes to_bytes(const State& state) {
    Writing out;
    out(state_format, state);
    return out.bytes();
}

std::optional<State> state_from(std::string_view bytes) {
    Reading in(bytes);
    std::int32_t format = 0;
    in(format);
    if (format != state_format) return std::nullopt;
    State state;
    in(state);
    return in.ended_well() ? std::optional(std::move(state)) : std::nullopt;
}

}  // namespace domain::conversation
