#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kapso/json.hpp"
#include "kapso/payload.hpp"

namespace kapso {

inline constexpr std::size_t longest_name = 100;  // names become labels; a real one has 40 bytes

/// Collects what one body says. What no conversation needs is bounded, since a body of 4 MiB can
/// hold a million tiny entries: beyond the limits, the body itself is kept once.
class Items {
public:
    static constexpr std::size_t limit = 1'000;        // ignored and unclear entries that are kept
    static constexpr std::size_t raw_limit = 8 << 20;  // bytes of the unclear ones
    static constexpr std::size_t patience = 50'000;    // of both, before the rest is left unread
    struct GiveUp {};  // thrown then, from any of the functions below

    /// `body` must live as long as this.
    explicit Items(std::string_view body) : body_(body) {}

    void add(Inbound item) { items_.emplace_back(std::move(item)); }
    void add(Outbound item) { items_.emplace_back(std::move(item)); }
    void add(Status item) { items_.emplace_back(std::move(item)); }
    void ignore(std::string name);

    /// Runs `read`; where that throws Malformed, this entry alone is Unclear. `whole` makes the
    /// JSON that is kept of it: a body that could be posted by itself.
    template <class Whole, class Read>
    void entry(Whole whole, Read read) {
        try {
            read();
        } catch (const Malformed& malformed) {
            if (has_room()) keep({malformed.reason, compact(whole())});
        }
    }

    /// The whole body is kept once more; never gives up.
    void keep_body(std::string reason);
    bool empty() const { return items_.empty(); }
    std::size_t size() const { return items_.size(); }

    std::vector<Item> take() &&;

private:
    bool has_room();
    void keep(Unclear unclear);

    std::string_view body_;
    std::vector<Item> items_;
    std::size_t aside_ = 0, left_out_ = 0, raw_bytes_ = 0;
};

}  // namespace kapso
