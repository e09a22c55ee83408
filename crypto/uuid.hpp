#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/bytes.hpp"

namespace crypto {

/// 128 bits that name something (RFC 9562).
struct Uuid {
    Fixed<16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool nil() const { return *this == Uuid{}; }
    std::string_view view() const { return crypto::view(bytes); }
    /// 8-4-4-4-12 lower-case digits.
    std::string text() const;
};

/// std::nullopt for anything but 8-4-4-4-12 digits, in either case.
std::optional<Uuid> parse_uuid(std::string_view text);

/// Version 5: derived by SHA-1 from a name space and a name, so that the same fact has the same id.
Uuid derived_uuid(const Uuid& name_space, std::string_view name);

/// Version 7 from a time and 74 random bits; only the layout, so that it stays pure.
Uuid timed_uuid(std::int64_t unix_milliseconds, const Fixed<10>& random_bits);

/// Version 4. Says nothing of when or whom, as a stream's id must.
Uuid random_uuid();
/// Version 7 from the machine's clock.
Uuid new_uuid();

}  // namespace crypto

template <>
struct std::hash<crypto::Uuid> {
    std::size_t operator()(const crypto::Uuid& id) const noexcept {
        return std::hash<std::string_view>{}(id.view());
    }
};
