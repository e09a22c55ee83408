#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "kapso/message_list.hpp"
#include "kapso/turnstile.hpp"

namespace kapso {

enum class Way { both, inbound, outbound };

/// What is to be listed: the messages of one line from `since` to `until`, both included.
struct Listing {
    std::string line;
    Way way = Way::both;
    events::Time since;
    std::optional<events::Time> until = std::nullopt;
};

/// Reads what Kapso keeps of a line's messages (reference/kapso.md 2.6), the newest first, page by
/// page, at Kapso's pace.
class History {
public:
    static constexpr int page_size = 100;  // the most that Kapso gives
    static constexpr std::chrono::seconds deadline{20};

    /// As for a Sender.
    History(net::Client& client, Turnstile& turnstile, std::string base_url, std::string api_key);

    /// No page, and why in words.
    struct Failed {
        std::string reason;
        bool stopped = false;  // because `stop` was asked for
        /// What came is no list, or too large; a smaller part of the list may be another matter.
        bool unreadable = false;
    };
    using Page = std::variant<MessageList, Failed>;
    /// The page after a cursor (empty: the first). Blocks until it has come, its deadline has
    /// passed or `stop` is asked for; waiting for a turn may take minutes where sends need the
    /// key's budget.
    Page read(const Listing& listing, const std::string& after, const std::stop_token& stop) const;

private:
    net::Client& client_;
    Turnstile& turnstile_;
    std::string base_url_, api_key_;
};

/// The request for a page. Pure.
net::Request list_request(const Listing& listing, const std::string& after,
                          std::string_view base_url, const std::string& api_key);
/// What its answer is. Pure.
History::Page page_of(const net::Result& result, const std::string& line);

/// A call made at its turn; std::nullopt where `stop` was asked for first. Blocks.
std::optional<net::Result> call_in_turn(net::Client& client, Turnstile& turnstile,
                                        net::Request request, const std::stop_token& stop);

}  // namespace kapso
