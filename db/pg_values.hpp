#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "crypto/bytes.hpp"
#include "crypto/uuid.hpp"
#include "db/value.hpp"

namespace db::pg {

/// PostgreSQL's number for a type and for arrays of it (src/include/catalog/pg_type.dat).
struct TypeIds {
    unsigned one, array;
};
template <class T>
struct TypeOf;
template <>
struct TypeOf<bool> {
    static constexpr TypeIds ids{16, 1000};
};
template <>
struct TypeOf<std::int16_t> {
    static constexpr TypeIds ids{21, 1005};
};
template <>
struct TypeOf<std::int32_t> {
    static constexpr TypeIds ids{23, 1007};
};
template <>
struct TypeOf<std::int64_t> {
    static constexpr TypeIds ids{20, 1016};
};
template <>
struct TypeOf<double> {
    static constexpr TypeIds ids{701, 1022};
};
template <>
struct TypeOf<std::string_view> {
    static constexpr TypeIds ids{25, 1009};
};
template <>
struct TypeOf<std::string> : TypeOf<std::string_view> {};
template <>
struct TypeOf<Blob> {
    static constexpr TypeIds ids{17, 1001};
};
template <>
struct TypeOf<crypto::Uuid> {
    static constexpr TypeIds ids{2950, 2951};
};

inline void write(crypto::Writer& out, std::integral auto value) { out.integer(value); }
inline void write(crypto::Writer& out, bool value) { out.integer(std::uint8_t{value}); }
void write(crypto::Writer& out, double value);
inline void write(crypto::Writer& out, std::string_view value) { out.raw(value); }
inline void write(crypto::Writer& out, Blob value) { out.raw(value.bytes); }
inline void write(crypto::Writer& out, const crypto::Uuid& value) { out.raw(value.view()); }

template <class T>
struct Unwrapped {
    using type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
    using type = T;
};

/// The parameters of one statement: bool, int16_t, int32_t, int64_t, double, string_view (text),
/// Blob, Uuid, optionals of these, and vectors of all of them (arrays).
class Values {
public:
    template <class T>
    void add(const T& value) {
        crypto::Writer out;
        write(out, value);
        push(TypeOf<T>::ids.one, out.bytes());
    }
    void add(const char* text) { add(std::string_view(text)); }
    template <class T>
    void add(const std::optional<T>& value) {
        if (value) {
            add(*value);
        } else {
            push(TypeOf<T>::ids.one, std::nullopt);
        }
    }
    template <class T>
    void add(const std::vector<T>& values) {
        using One = typename Unwrapped<T>::type;
        crypto::Writer out;
        out.integer(std::int32_t{values.empty() ? 0 : 1}).integer(std::int32_t{1});
        out.integer(TypeOf<One>::ids.one);
        if (!values.empty()) {
            out.integer(static_cast<std::int32_t>(values.size())).integer(std::int32_t{1});
        }
        for (const T& value : values) element(out, value);
        push(TypeOf<One>::ids.array, out.bytes());
    }
    template <class T>
    void add(const std::optional<std::vector<T>>& values) {
        if (values) {
            add(*values);
        } else {
            push(TypeOf<typename Unwrapped<T>::type>::ids.array, std::nullopt);
        }
    }

    const std::vector<unsigned>& types() const { return types_; }
    const std::vector<std::optional<std::string>>& bytes() const { return bytes_; }

private:
    template <class T>
    static void element(crypto::Writer& out, const T& value) {
        crypto::Writer bytes;
        write(bytes, value);
        out.variable(bytes.bytes());
    }
    template <class T>
    static void element(crypto::Writer& out, const std::optional<T>& value) {
        if (value) {
            element(out, *value);
        } else {
            out.integer(std::int32_t{-1});
        }
    }
    void push(unsigned type, std::optional<std::string> bytes) {
        types_.push_back(type);
        bytes_.push_back(std::move(bytes));
    }

    std::vector<unsigned> types_;
    std::vector<std::optional<std::string>> bytes_;
};

/// A big-endian integer of 1 (unsigned), 2, 4 or 8 bytes.
std::int64_t read_integer(std::string_view bytes);
/// The elements of a binary array of integers without nulls, as a result holds it.
std::vector<std::int64_t> read_integers(std::string_view array);
/// The same for ids, of which some may be null.
std::vector<std::optional<crypto::Uuid>> read_uuids(std::string_view array);

}  // namespace db::pg
