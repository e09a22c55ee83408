#pragma once

#include <rapidcheck.h>

#include "events/codec.hpp"
#include "events/names.hpp"

/// Events as RapidCheck draws them: every type, every field, texts of valid UTF-8 with what breaks
/// naive code (quotes, controls, zero bytes, four-byte characters), times over the whole range that
/// a provider may claim. `*rc::gen::arbitrary<events::Event>()`, or as a property's argument.
namespace testing_support {

inline rc::Gen<std::string> text() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
            "a", "Z", "0", " ", "\n", "\t", "\"", "\\", "/", "{", "]", "ñ", "¿", "漢", "🙂",
            "👩‍👩‍👧", "\xE2\x80\xAE", "\x01", std::string(1, '\0'), "hola", ". ")),
        [](const std::vector<std::string>& pieces) {
            std::string out;
            for (const auto& piece : pieces) out += piece;
            return out;
        });
}

inline rc::Gen<std::string> short_text() {
    return rc::gen::oneOf(rc::gen::just(std::string()), text());
}

inline rc::Gen<crypto::Uuid> uuid() {
    return rc::gen::map(rc::gen::arbitrary<crypto::Fixed<16>>(),
                        [](const auto& bytes) { return crypto::Uuid{bytes}; });
}

inline rc::Gen<events::Time> time() {
    return rc::gen::map(rc::gen::arbitrary<std::int64_t>(), events::from_micros);
}

template <class Enum>
rc::Gen<Enum> named_value() {
    return rc::gen::map(rc::gen::inRange<std::size_t>(0, events::Names<Enum>::all.size()),
                        [](std::size_t index) { return static_cast<Enum>(index); });
}

}  // namespace testing_support

namespace rc {

template <>
struct Arbitrary<crypto::Uuid> {
    static Gen<crypto::Uuid> arbitrary() { return testing_support::uuid(); }
};
template <>
struct Arbitrary<events::Time> {
    static Gen<events::Time> arbitrary() { return testing_support::time(); }
};
template <>
struct Arbitrary<events::Source> {
    static auto arbitrary() { return testing_support::named_value<events::Source>(); }
};
template <>
struct Arbitrary<events::Kind> {
    static auto arbitrary() { return testing_support::named_value<events::Kind>(); }
};
template <>
struct Arbitrary<events::Via> {
    static auto arbitrary() { return testing_support::named_value<events::Via>(); }
};
template <>
struct Arbitrary<events::Act> {
    static auto arbitrary() { return testing_support::named_value<events::Act>(); }
};
template <>
struct Arbitrary<events::Silence> {
    static auto arbitrary() { return testing_support::named_value<events::Silence>(); }
};

}  // namespace rc

namespace testing_support {

template <class T>
struct Drawn {
    static T value() { return *rc::gen::arbitrary<T>(); }
};
template <>
struct Drawn<std::string> {
    static std::string value() { return *short_text(); }
};
template <class T>
struct Drawn<std::optional<T>> {
    static std::optional<T> value() {
        if (*rc::gen::arbitrary<bool>()) return std::nullopt;
        return Drawn<T>::value();
    }
};
template <class T>
struct Drawn<std::vector<T>> {
    static std::vector<T> value() {
        std::vector<T> out(*rc::gen::inRange<std::size_t>(0, 4));
        for (auto& one : out) one = Drawn<T>::value();
        return out;
    }
};
template <>
struct Drawn<events::FailedCall> {
    static events::FailedCall value() {
        return {*text(), *text(), *text(), Drawn<std::int64_t>::value()};
    }
};
template <>
struct Drawn<events::Basis> {
    static events::Basis value() {
        return {Drawn<std::int32_t>::value(),
                Drawn<std::int32_t>::value(),
                Drawn<std::vector<std::string>>::value(),
                Drawn<bool>::value(),
                Drawn<std::optional<events::Time>>::value(),
                Drawn<std::int32_t>::value()};
    }
};
template <>
struct Drawn<events::SettingValue> {
    static events::SettingValue value() {
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                return Drawn<bool>::value();
            case 1:
                return Drawn<std::int64_t>::value();
            default:
                return Drawn<std::string>::value();
        }
    }
};
template <>
struct Drawn<std::map<std::string, events::SettingValue>> {
    static std::map<std::string, events::SettingValue> value() {
        std::map<std::string, events::SettingValue> out;
        const int size = *rc::gen::inRange(0, 4);
        for (int i = 0; i < size; ++i) out[*text()] = Drawn<events::SettingValue>::value();
        return out;
    }
};

/// One event with every field drawn; tests/events/codec_test.cpp finds a field that is forgotten.
template <class E, class... M>
E with(M E::*... members) {
    E event;
    ((event.*members = Drawn<M>::value()), ...);
    return event;
}

template <class E>
E drawn();
template <>
inline events::ConversationOpened drawn() {
    return with(&events::ConversationOpened::line, &events::ConversationOpened::phone,
                &events::ConversationOpened::bsuid, &events::ConversationOpened::group,
                &events::ConversationOpened::name);
}
template <>
inline events::AliasLearned drawn() {
    return with(&events::AliasLearned::phone, &events::AliasLearned::bsuid);
}
template <>
inline events::ConversationLinked drawn() {
    return with(&events::ConversationLinked::into);
}
template <>
inline events::MessageReceived drawn() {
    return with(&events::MessageReceived::source, &events::MessageReceived::kind,
                &events::MessageReceived::wamid, &events::MessageReceived::text,
                &events::MessageReceived::typed, &events::MessageReceived::name,
                &events::MessageReceived::phone, &events::MessageReceived::bsuid,
                &events::MessageReceived::group, &events::MessageReceived::reply_to,
                &events::MessageReceived::raw);
}
template <>
inline events::PersonWrote drawn() {
    return with(&events::PersonWrote::via, &events::PersonWrote::source,
                &events::PersonWrote::wamid, &events::PersonWrote::turn, &events::PersonWrote::text,
                &events::PersonWrote::author, &events::PersonWrote::raw,
                &events::PersonWrote::typed);
}
template <>
inline events::HoldStarted drawn() {
    return with(&events::HoldStarted::until);
}
template <>
inline events::HoldEnded drawn() {
    return {};
}
template <>
inline events::ReplyRequested drawn() {
    return with(&events::ReplyRequested::turn, &events::ReplyRequested::asks,
                &events::ReplyRequested::settings_version, &events::ReplyRequested::history_upto,
                &events::ReplyRequested::now, &events::ReplyRequested::provider,
                &events::ReplyRequested::model, &events::ReplyRequested::prompt_sha256,
                &events::ReplyRequested::basis);
}
template <>
inline events::ReplyGenerated drawn() {
    return with(&events::ReplyGenerated::turn, &events::ReplyGenerated::provider,
                &events::ReplyGenerated::model, &events::ReplyGenerated::text,
                &events::ReplyGenerated::input_tokens, &events::ReplyGenerated::output_tokens,
                &events::ReplyGenerated::took_ms);
}
template <>
inline events::GenerationFailed drawn() {
    return with(&events::GenerationFailed::turn, &events::GenerationFailed::attempts);
}
template <>
inline events::ReplySuppressed drawn() {
    return with(&events::ReplySuppressed::turn, &events::ReplySuppressed::answers,
                &events::ReplySuppressed::reason, &events::ReplySuppressed::basis);
}
template <>
inline events::SendRequested drawn() {
    return with(&events::SendRequested::turn, &events::SendRequested::part,
                &events::SendRequested::parts, &events::SendRequested::try_number,
                &events::SendRequested::attempt, &events::SendRequested::by,
                &events::SendRequested::answers, &events::SendRequested::to,
                &events::SendRequested::text, &events::SendRequested::author,
                &events::SendRequested::basis);
}
template <>
inline events::SendAccepted drawn() {
    return with(&events::SendAccepted::turn, &events::SendAccepted::attempt,
                &events::SendAccepted::wamid);
}
template <>
inline events::SendRejected drawn() {
    return with(&events::SendRejected::turn, &events::SendRejected::attempt,
                &events::SendRejected::reason, &events::SendRejected::code,
                &events::SendRejected::retry_at);
}
template <>
inline events::SendUncertain drawn() {
    return with(&events::SendUncertain::turn, &events::SendUncertain::attempt,
                &events::SendUncertain::reason, &events::SendUncertain::settle_by);
}
template <>
inline events::SendSettled drawn() {
    return with(&events::SendSettled::turn, &events::SendSettled::attempt,
                &events::SendSettled::sent, &events::SendSettled::wamid,
                &events::SendSettled::evidence, &events::SendSettled::retry_at);
}
template <>
inline events::MessageSent drawn() {
    return with(&events::MessageSent::wamid, &events::MessageSent::attempt,
                &events::MessageSent::text, &events::MessageSent::raw);
}
template <>
inline events::MessageDelivered drawn() {
    return with(&events::MessageDelivered::wamid, &events::MessageDelivered::attempt);
}
template <>
inline events::MessageRead drawn() {
    return with(&events::MessageRead::wamid, &events::MessageRead::attempt);
}
template <>
inline events::MessagePlayed drawn() {
    return with(&events::MessagePlayed::wamid, &events::MessagePlayed::attempt);
}
template <>
inline events::MessageFailed drawn() {
    return with(&events::MessageFailed::wamid, &events::MessageFailed::attempt,
                &events::MessageFailed::code, &events::MessageFailed::reason);
}
template <>
inline events::SettingsChanged drawn() {
    return with(&events::SettingsChanged::changed, &events::SettingsChanged::by);
}
template <>
inline events::DeliveryKept drawn() {
    return with(&events::DeliveryKept::delivery, &events::DeliveryKept::sha256,
                &events::DeliveryKept::reason);
}
template <>
inline events::OperatorActed drawn() {
    return with(&events::OperatorActed::act, &events::OperatorActed::consumer,
                &events::OperatorActed::stream, &events::OperatorActed::position,
                &events::OperatorActed::by, &events::OperatorActed::why);
}

template <class Group>
events::Event drawn_of(std::size_t index) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        events::Event event;
        (void)((index == I &&
                (event = Group(drawn<std::variant_alternative_t<I, Group>>()), true)) ||
               ...);
        return event;
    }
    (std::make_index_sequence<std::variant_size_v<Group>>());
}

/// The type at an index of events::all_types(), in the order of the two groups.
inline events::Event event_at(std::size_t index) {
    constexpr auto of_conversations = std::variant_size_v<events::ConversationEvent>;
    if (index < of_conversations) return drawn_of<events::ConversationEvent>(index);
    return drawn_of<events::SystemEvent>(index - of_conversations);
}

inline constexpr std::size_t event_types =
    std::variant_size_v<events::ConversationEvent> + std::variant_size_v<events::SystemEvent>;

}  // namespace testing_support

namespace rc {

template <>
struct Arbitrary<events::Event> {
    static Gen<events::Event> arbitrary() {
        return gen::exec([] {
            return testing_support::event_at(*gen::resize(
                kNominalSize, gen::inRange<std::size_t>(0, testing_support::event_types)));
        });
    }
};

}  // namespace rc
