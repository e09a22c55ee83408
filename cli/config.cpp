#include "cli/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "ai/requests.hpp"
#include "cli/dotenv.hpp"
#include "crypto/hash.hpp"
#include "domain/nearest.hpp"
#include "http/access.hpp"

namespace cli {
namespace {

using Values = std::map<std::string, std::string>;

constexpr auto present_kapso = "https://api.kapso.ai/meta/whatsapp/v24.0";

/// SHA-256 of the webhook secret that a public set-up guide prints: everybody knows it.
constexpr auto printed_secret = "2956342bd85b0e3776e7f451d690530e01878bdfbe80f18af51ef36fbc4429ee";

[[noreturn]] void fail(const std::string& what) { throw ConfigError(what); }

std::string trimmed(std::string text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.back())) text.pop_back();
    text.erase(text.begin(), std::ranges::find_if_not(text, blank));
    return text;
}

std::string content_of(const std::string& name, const std::string& path) {
    std::ifstream file(path);
    if (!file) fail(name + " names a file that can't be read");
    std::ostringstream text;
    text << file.rdbuf();
    return trimmed(text.str());
}

/// A variable's value: itself, or for a secret the content of the file that NAME_FILE names.
std::optional<std::string> value_of(const Values& values, const std::string& name) {
    const auto found = values.find(name), file = values.find(name + "_FILE");
    if (found != values.end() && file != values.end()) {
        fail(name + " and " + name + "_FILE are both set; keep one");
    }
    if (file != values.end()) return content_of(name + "_FILE", file->second);
    if (found == values.end() || found->second.empty()) return std::nullopt;
    return trimmed(found->second);
}

std::string text_of(const Values& values, const std::string& name, std::string otherwise = "") {
    return value_of(values, name).value_or(std::move(otherwise));
}

bool flag_of(const Values& values, const std::string& name) {
    const auto text = text_of(values, name, "false");
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    fail(name + " must be true or false (1 or 0)");
}

std::uint16_t port_of(const Values& values) {
    const auto text = text_of(values, "PORT", "3002");
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (fault != std::errc() || end != text.data() + text.size()) {
        fail("PORT must be a number from 0 to 65535");
    }
    return port;
}

std::string url_of(const Values& values, const std::string& name, const std::string& otherwise) {
    auto url = text_of(values, name, otherwise);
    while (url.ends_with('/')) url.pop_back();
    const auto wrong = net::objection_to_base_url(url);
    if (!wrong.empty()) fail(name + " " + wrong);
    return url;
}

/// Kapso's base URL up to the version. A bare host gets the present path; the legacy API's address
/// stands for the present one, which takes the same key (docs/seeds.md).
std::string kapso_url(const Values& values, std::vector<std::string>& notices) {
    auto url = url_of(values, "KAPSO_API_BASE_URL", present_kapso);
    if (url.ends_with("/api/v1")) {
        notices.push_back(
            "KAPSO_API_BASE_URL names Kapso's legacy API, which Hilo does not speak; "
            "messages go to " +
            std::string(present_kapso));
        return present_kapso;
    }
    const auto host = url.find("://") + 3;
    if (url.find('/', host) == std::string::npos) url += "/meta/whatsapp/v24.0";
    return url;
}

std::vector<std::string> secrets_of(const Values& values) {
    std::vector<std::string> secrets;
    std::istringstream list(text_of(values, "KAPSO_WEBHOOK_SECRET"));
    for (std::string secret; std::getline(list, secret, ',');) {
        secret = trimmed(secret);
        if (secret.empty()) continue;
        if (crypto::hex(crypto::view(crypto::sha256(secret))) == printed_secret) {
            fail(
                "KAPSO_WEBHOOK_SECRET is the one that a public guide prints, so that anybody can "
                "sign with it; make another (openssl rand -hex 32) and set it in Kapso too");
        }
        secrets.push_back(secret);
    }
    if (secrets.size() > 2) fail("KAPSO_WEBHOOK_SECRET may hold two secrets, while rotating");
    return secrets;
}

std::map<std::string, ai::Provider> providers_of(const Values& values) {
    std::map<std::string, ai::Provider> providers;
    for (const std::string name : {"openai", "deepseek", "anthropic"}) {
        auto upper = name;
        std::ranges::transform(upper, upper.begin(),
                               [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        providers[name] = {
            text_of(values, upper + "_API_KEY"),
            url_of(values, upper + "_BASE_URL", std::string(ai::default_base_url(name)))};
    }
    return providers;
}

/// Whether it is a variable of ours, or the _FILE of a secret.
bool is_known(const std::string& name) {
    const auto base = name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name;
    const auto known = std::ranges::find(variables(), base, &Variable::name);
    return known != variables().end() && (base == name || known->secret);
}

std::string nearest_variable(const std::string& name) {
    std::vector<std::string_view> known;
    for (const auto& variable : variables()) known.push_back(variable.name);
    return domain::nearest(name, known);
}

/// A name of ours that nothing reads is a slip of the pen.
void refuse_unknown_names(const Values& values) {
    for (const auto& [name, value] : values) {
        if (!name.starts_with("HILO_") && !name.starts_with("KAPSO_")) continue;
        if (is_known(name)) continue;
        fail("unknown variable " + name + "; did you mean " + nearest_variable(name) + "?");
    }
}

/// Other names are anybody's; one that differs from ours in a letter or two is worth a word.
void note_near_misses(const Values& values, std::vector<std::string>& notices) {
    constexpr std::size_t shortest = 8, farthest = 2;  // of shorter names too many are near
    for (const auto& [name, value] : values) {
        if (name.size() < shortest || is_known(name)) continue;
        const auto nearest = nearest_variable(name);
        if (domain::edit_distance(nearest, name) > farthest) continue;
        notices.push_back(name);
        notices.back().append(" is not read; did you mean ").append(nearest).append("?");
    }
}

}  // namespace

const std::vector<Variable>& variables() {
    static const std::vector<Variable> all{
        {"PORT", false},
        {"HOST", false},
        {"DATABASE_URL", true},
        {"KAPSO_API_KEY", true},
        {"KAPSO_API_TOKEN", true},
        {"KAPSO_API_BASE_URL", false},
        {"KAPSO_PHONE_NUMBER_ID", false},
        {"KAPSO_WEBHOOK_SECRET", true},
        {"KAPSO_WEBHOOK_TOKEN", true},
        {"OPENAI_API_KEY", true},
        {"DEEPSEEK_API_KEY", true},
        {"ANTHROPIC_API_KEY", true},
        {"OPENAI_BASE_URL", false},
        {"DEEPSEEK_BASE_URL", false},
        {"ANTHROPIC_BASE_URL", false},
        {"HILO_ADMIN_TOKEN", true},
        {"HILO_MASTER_KEY", true},
        {"HILO_SIGNING_KEY", true},
        {"HILO_CHECKPOINTS", false},
        {"HILO_CHECKPOINTS_URL", true},
        {"HILO_ALLOW_UNSIGNED", false},
        {"DEBUG_WEBHOOK", false},
        {"LOG_CONTENT", false},
        {"NEXTAUTH_URL", false},
        {"NEXTAUTH_SECRET", true},
    };
    return all;
}

Config config_of(const Values& values) {
    refuse_unknown_names(values);
    Config config;
    note_near_misses(values, config.notices);
    config.host = text_of(values, "HOST", config.host);
    config.port = port_of(values);
    config.database_url = text_of(values, "DATABASE_URL", config.database_url);
    config.master_key = value_of(values, "HILO_MASTER_KEY");
    config.signing_key = value_of(values, "HILO_SIGNING_KEY");
    config.checkpoints = text_of(values, "HILO_CHECKPOINTS");
    if (values.contains("HILO_CHECKPOINTS_URL") || values.contains("HILO_CHECKPOINTS_URL_FILE")) {
        config.checkpoints_url = url_of(values, "HILO_CHECKPOINTS_URL", "");
    }
    config.kapso_api_key = text_of(values, "KAPSO_API_KEY", text_of(values, "KAPSO_API_TOKEN"));
    config.kapso_base_url = kapso_url(values, config.notices);
    config.line = text_of(values, "KAPSO_PHONE_NUMBER_ID");
    config.webhook_secrets = secrets_of(values);
    config.verify_token = text_of(values, "KAPSO_WEBHOOK_TOKEN");
    config.allow_unsigned = flag_of(values, "HILO_ALLOW_UNSIGNED");
    config.providers = providers_of(values);
    config.admin_token = text_of(values, "HILO_ADMIN_TOKEN");
    config.debug_webhook = flag_of(values, "DEBUG_WEBHOOK");
    config.log_content = flag_of(values, "LOG_CONTENT");
    if (values.contains("NEXTAUTH_URL") || values.contains("NEXTAUTH_SECRET")) {
        config.notices.emplace_back("NEXTAUTH_* is accepted and not used");
    }
    return config;
}

Config read_config() {
    Values values;
    if (std::ifstream file(".env"); file) {
        std::ostringstream text;
        text << file.rdbuf();
        try {
            values = read_dotenv(text.str());
        } catch (const DotenvError& error) {
            fail(error.what());
        }
    }
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string::npos) values[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return config_of(values);
}

void check_for_serve(const Config& config) {
    if (!config.webhook_secrets.empty()) return;
    if (!config.allow_unsigned) {
        fail(
            "KAPSO_WEBHOOK_SECRET is not set, so anybody could send messages in your customers' "
            "names; set it to the secret of the webhook in Kapso (for trying things out on this "
            "machine alone: HILO_ALLOW_UNSIGNED=true)");
    }
    if (!http::is_local_host(config.host) && !http::is_loopback(config.host)) {
        fail("HILO_ALLOW_UNSIGNED needs HOST to be a loopback address such as 127.0.0.1");
    }
}

}  // namespace cli
