#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crypto {

/// Bytes that are not text: ciphertexts, keys, digests of variable length.
using Bytes = std::string;

template <std::size_t N>
using Fixed = std::array<std::uint8_t, N>;

template <std::size_t N>
std::string_view view(const Fixed<N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}

/// Takes exactly N bytes; std::nullopt for any other length.
template <std::size_t N>
std::optional<Fixed<N>> fixed(std::string_view bytes) {
    if (bytes.size() != N) return std::nullopt;
    Fixed<N> out;
    for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(bytes[i]);
    return out;
}

/// Lower-case hexadecimal digits, two per byte.
std::string hex(std::string_view bytes);
/// Accepts either case; std::nullopt for an odd length or any other character.
std::optional<Bytes> unhex(std::string_view text);

/// Big-endian writers for everything that is hashed (docs/events.md, "Digest and seal").
class Writer {
public:
    template <class Int>
    Writer& integer(Int value) {
        std::array<char, sizeof(Int)> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto shift = 8 * (bytes.size() - 1 - i);
            bytes[i] = static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xff);
        }
        bytes_.append(bytes.data(), bytes.size());
        return *this;
    }
    Writer& raw(std::string_view bytes) {
        bytes_ += bytes;
        return *this;
    }
    /// A field that may be absent or vary: four bytes of length, then the bytes.
    Writer& variable(std::string_view bytes) {
        integer(static_cast<std::uint32_t>(bytes.size()));
        return raw(bytes);
    }
    const Bytes& bytes() const { return bytes_; }
    /// Keeps its memory.
    void clear() { bytes_.clear(); }

private:
    Bytes bytes_;
};

}  // namespace crypto
