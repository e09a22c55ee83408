#include "kapso/errors.hpp"

#include <algorithm>

namespace kapso {
namespace {

using enum Remedy;

constexpr std::string_view wait = "Nothing: it is tried again.";
constexpr std::string_view mend_key = "Check KAPSO_API_KEY and the connection in Kapso.";
constexpr std::string_view mend_template = "Check the template in WhatsApp Manager.";
constexpr std::string_view ask_support = "Look at the account in WhatsApp Manager.";
constexpr std::string_view report = "Report it with the conversation's events.";

constexpr ErrorRow rows[] = {
    {0, 0, credentials, "the access token was refused", mend_key},
    {2, 2, later, "WhatsApp is temporarily unavailable", wait},
    {4, 4, later, "too many calls by this app", wait},
    {10, 10, never, "permission missing", mend_key},
    {100, 100, never, "a parameter is invalid", report},
    {190, 190, credentials, "the access token has expired", mend_key},
    {200, 299, never, "permission missing", mend_key},
    {368, 368, never, "the account is blocked for a policy violation", ask_support},
    {1026, 1026, never, "the receiver can't get this message", "Reach the customer otherwise."},
    {80007, 80007, later, "too many calls by this account", wait},
    {130429, 130429, later, "too many messages from this number", wait},
    {130472, 130472, never, "the customer's number is part of an experiment",
     "Wait until the customer writes."},
    {130497, 130497, never, "the account may not message this country", ask_support},
    {131000, 131000, unknown, "something went wrong at WhatsApp",
     "Look into the chat whether it arrived before sending again."},
    {131005, 131005, never, "access denied", mend_key},
    {131008, 131008, never, "a required parameter is missing", report},
    {131009, 131009, never, "a parameter's value is invalid", report},
    {131016, 131016, later, "the service is temporarily unavailable", wait},
    {131021, 131021, never, "sender and recipient are the same number", "Use another number."},
    {131026, 131026, never, "the message can't be delivered to this number",
     "Reach the customer otherwise."},
    {131031, 131031, never, "the account is locked", ask_support},
    {131047, 131047, never, "more than 24 hours since the customer wrote",
     "Send a template, or wait until the customer writes."},
    {131048, 131048, later, "too many messages of this number were reported as spam",
     "Send less; look at the number's quality in WhatsApp Manager."},
    {131049, 131049, never, "WhatsApp holds it back to keep users engaged",
     "Wait until the customer writes."},
    {131050, 131050, never, "the customer stopped marketing messages", "Don't send marketing."},
    {131051, 131051, never, "this kind of message is not supported", "Send it as text."},
    {131052, 131052, never, "the media could not be downloaded", "Ask the customer to resend it."},
    {131053, 131053, never, "the media could not be uploaded", "Send it in another format."},
    {131056, 131056, later, "too many messages to this customer", wait},
    {131057, 131057, later, "the account is in maintenance", wait},
    {132000, 132016, never, "the template does not fit or is not approved", mend_template},
    {133004, 133004, later, "the server is temporarily unavailable", wait},
    {135000, 135000, never, "WhatsApp could not read the message", report},
};

}  // namespace

std::span<const ErrorRow> error_rows() { return rows; }

const ErrorRow* error_row(int code) {
    const auto* row = std::ranges::find_if(
        rows, [code](const ErrorRow& r) { return r.first <= code && code <= r.last; });
    return row == std::end(rows) ? nullptr : row;
}

}  // namespace kapso
