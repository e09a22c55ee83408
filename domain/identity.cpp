#include "domain/identity.hpp"

namespace domain {

std::string digits_of(std::string_view phone) {
    std::string digits;
    for (const char c : phone) {
        if (c >= '0' && c <= '9') digits.push_back(c);
    }
    return digits;
}

bool is_phone(std::string_view name) {
    return name.find_first_not_of("+0123456789 ()-.") == std::string_view::npos;
}

std::string canonical_phone(std::string_view phone) {
    auto digits = digits_of(phone);
    // A mobile number abroad: country, a digit that only some networks write, then the number.
    if (digits.size() == 13 && (digits.starts_with("521") || digits.starts_with("549"))) {
        digits.erase(2, 1);
    } else if (digits.size() == 13 && digits.starts_with("55") && digits[4] == '9') {
        digits.erase(4, 1);
    }
    return digits;
}

}  // namespace domain
