#include "db/pg_values.hpp"

#include <bit>
#include <stdexcept>

namespace db::pg {
namespace {

/// Walks a binary array of one dimension; throws where the bytes end too early.
class ArrayReader {
public:
    explicit ArrayReader(std::string_view bytes) : rest_(bytes) {
        const auto dimensions = integer(4);
        take(8);  // whether there are nulls, and the element's type
        size_ = dimensions == 0 ? 0 : static_cast<std::size_t>(integer(4));
        if (dimensions != 0) take(4);
    }
    std::size_t size() const { return size_; }
    std::optional<std::string_view> element() {
        const auto length = static_cast<std::int32_t>(integer(4));
        if (length < 0) return std::nullopt;
        return take(static_cast<std::size_t>(length));
    }

private:
    std::string_view take(std::size_t count) {
        if (count > rest_.size()) throw std::runtime_error("PostgreSQL: an array ends too early");
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::int64_t integer(std::size_t size) { return read_integer(take(size)); }

    std::string_view rest_;
    std::size_t size_ = 0;
};

}  // namespace

void write(crypto::Writer& out, double value) { out.integer(std::bit_cast<std::int64_t>(value)); }

std::int64_t read_integer(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    switch (bytes.size()) {
        case 1:
            return static_cast<std::int64_t>(value);
        case 2:
            return static_cast<std::int16_t>(value);
        case 4:
            return static_cast<std::int32_t>(value);
        case 8:
            return static_cast<std::int64_t>(value);
        default:
            throw std::runtime_error("PostgreSQL: not an integer");
    }
}

std::vector<std::int64_t> read_integers(std::string_view array) {
    ArrayReader reader(array);
    std::vector<std::int64_t> values(reader.size());
    for (auto& value : values) value = read_integer(reader.element().value_or(""));
    return values;
}

std::vector<std::optional<crypto::Uuid>> read_uuids(std::string_view array) {
    ArrayReader reader(array);
    std::vector<std::optional<crypto::Uuid>> values(reader.size());
    for (auto& value : values) {
        if (const auto bytes = reader.element()) value = crypto::Uuid{*crypto::fixed<16>(*bytes)};
    }
    return values;
}

}  // namespace db::pg
