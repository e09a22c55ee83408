#include "cli/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/places.hpp"

namespace {

using cli::Config;
using cli::config_of;
using cli::ConfigError;
using Values = std::map<std::string, std::string>;

std::string complaint(const Values& values) {
    try {
        config_of(values);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no complaint";
}

constexpr auto present_kapso = "https://api.kapso.ai/meta/whatsapp/v24.0";

TEST(Config, StandsWithoutAnyVariable) {
    const auto config = config_of({});
    EXPECT_EQ(config.host, "127.0.0.1");
    EXPECT_EQ(config.port, 3002);
    EXPECT_EQ(config.database_url, "sqlite:data/hilo.db");
    EXPECT_EQ(config.master_key, std::nullopt);
    EXPECT_EQ(config.kapso_base_url, present_kapso);
    EXPECT_EQ(config.providers.at("deepseek").base_url, "https://api.deepseek.com");
    EXPECT_TRUE(config.webhook_secrets.empty());
    EXPECT_FALSE(config.allow_unsigned);
    EXPECT_TRUE(config.notices.empty());
}

/// What a variable's value becomes, as text.
struct Row {
    std::string name, value, expected;
    std::string (*field)(const Config&);
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name << "=" << row.value; }

class ConfigRow : public testing::TestWithParam<Row> {};

TEST_P(ConfigRow, ReachesItsField) {
    const auto& [name, value, expected, field] = GetParam();
    EXPECT_EQ(field(config_of({{name, value}})), expected);
    EXPECT_NE(std::ranges::find(cli::variables(), name, &cli::Variable::name),
              cli::variables().end());
}

std::string flag(bool value) { return value ? "true" : "false"; }
std::string joined(const std::vector<std::string>& list) {
    std::string out;
    for (const auto& one : list) out += (out.empty() ? "" : "|") + one;
    return out;
}
template <const char* Name>
std::string key(const Config& config) {
    return config.providers.at(Name).key;
}
template <const char* Name>
std::string base(const Config& config) {
    return config.providers.at(Name).base_url;
}
constexpr char openai[] = "openai", deepseek[] = "deepseek", anthropic[] = "anthropic";

const std::vector<Row> rows{
    Row{"PORT", "0", "0", [](const Config& c) { return std::to_string(c.port); }},
    Row{"HOST", "0.0.0.0", "0.0.0.0", [](const Config& c) { return c.host; }},
    Row{"DATABASE_URL", "sqlite:x.db", "sqlite:x.db",
        [](const Config& c) { return c.database_url; }},
    Row{"KAPSO_API_KEY", "k", "k", [](const Config& c) { return c.kapso_api_key; }},
    Row{"KAPSO_API_TOKEN", "k", "k", [](const Config& c) { return c.kapso_api_key; }},
    Row{"KAPSO_API_BASE_URL", "http://127.0.0.1:1/x/", "http://127.0.0.1:1/x",
        [](const Config& c) { return c.kapso_base_url; }},
    Row{"KAPSO_API_BASE_URL", "https://api.kapso.ai", present_kapso,
        [](const Config& c) { return c.kapso_base_url; }},
    Row{"KAPSO_PHONE_NUMBER_ID", "12", "12", [](const Config& c) { return c.line; }},
    Row{"KAPSO_WEBHOOK_SECRET", " a , b ", "a|b",
        [](const Config& c) { return joined(c.webhook_secrets); }},
    Row{"KAPSO_WEBHOOK_TOKEN", "t", "t", [](const Config& c) { return c.verify_token; }},
    Row{"OPENAI_API_KEY", "k", "k", key<openai>},
    Row{"DEEPSEEK_API_KEY", "k", "k", key<deepseek>},
    Row{"ANTHROPIC_API_KEY", "k", "k", key<anthropic>},
    Row{"OPENAI_BASE_URL", "https://o.example/v1", "https://o.example/v1", base<openai>},
    Row{"DEEPSEEK_BASE_URL", "https://d.example", "https://d.example", base<deepseek>},
    Row{"ANTHROPIC_BASE_URL", "https://a.example", "https://a.example", base<anthropic>},
    Row{"HILO_ADMIN_TOKEN", "t", "t", [](const Config& c) { return c.admin_token; }},
    Row{"HILO_MASTER_KEY", "abc", "abc", [](const Config& c) { return *c.master_key; }},
    Row{"HILO_SIGNING_KEY", "abc", "abc", [](const Config& c) { return *c.signing_key; }},
    Row{"HILO_CHECKPOINTS", "c", "c", [](const Config& c) { return c.checkpoints; }},
    Row{"HILO_CHECKPOINTS_URL", "https://c.example/x", "https://c.example/x",
        [](const Config& c) { return c.checkpoints_url; }},
    Row{"HILO_ALLOW_UNSIGNED", "true", "true",
        [](const Config& c) { return flag(c.allow_unsigned); }},
    Row{"DEBUG_WEBHOOK", "1", "true", [](const Config& c) { return flag(c.debug_webhook); }},
    Row{"LOG_CONTENT", "0", "false", [](const Config& c) { return flag(c.log_content); }},
    Row{"NEXTAUTH_URL", "x", "NEXTAUTH_* is accepted and not used",
        [](const Config& c) { return joined(c.notices); }},
    Row{"NEXTAUTH_SECRET", "x", "NEXTAUTH_* is accepted and not used",
        [](const Config& c) { return joined(c.notices); }}};

INSTANTIATE_TEST_SUITE_P(Each, ConfigRow, testing::ValuesIn(rows));

TEST(Config, EveryKnownVariableHasARowAbove) {
    for (const auto& variable : cli::variables()) {
        EXPECT_NE(std::ranges::find(rows, variable.name, &Row::name), rows.end()) << variable.name;
    }
}

TEST(Config, KapsosKeyGoesBeforeItsOlderName) {
    const auto config = config_of({{"KAPSO_API_KEY", "new"}, {"KAPSO_API_TOKEN", "old"}});
    EXPECT_EQ(config.kapso_api_key, "new");
}

TEST(Config, EverySecretMayStandInAFile) {
    const auto file =
        std::filesystem::temp_directory_path() / ("hilo-secret-" + std::to_string(::getpid()));
    std::ofstream(file) << "  first,second\n";
    EXPECT_EQ(config_of({{"KAPSO_WEBHOOK_SECRET_FILE", file}}).webhook_secrets,
              (std::vector<std::string>{"first", "second"}));
    EXPECT_EQ(config_of({{"HILO_MASTER_KEY_FILE", file}}).master_key, "first,second");
    EXPECT_EQ(complaint({{"HILO_MASTER_KEY_FILE", file}, {"HILO_MASTER_KEY", "x"}}),
              "HILO_MASTER_KEY and HILO_MASTER_KEY_FILE are both set; keep one");
    std::filesystem::remove(file);
    EXPECT_EQ(complaint({{"HILO_MASTER_KEY_FILE", file}}),
              "HILO_MASTER_KEY_FILE names a file that can't be read");
}

TEST(Config, WrongValuesAreNamedWithTheirVariable) {
    EXPECT_EQ(complaint({{"PORT", "70000"}}), "PORT must be a number from 0 to 65535");
    EXPECT_EQ(complaint({{"PORT", "30o2"}}), "PORT must be a number from 0 to 65535");
    EXPECT_EQ(complaint({{"LOG_CONTENT", "yes"}}), "LOG_CONTENT must be true or false (1 or 0)");
    EXPECT_EQ(complaint({{"OPENAI_BASE_URL", "http://api.example.com"}}),
              "OPENAI_BASE_URL must start with https:// (http:// is for localhost, 127.0.0.1 and "
              "[::1] only)");
    EXPECT_TRUE(complaint({{"KAPSO_API_BASE_URL", "::"}}).starts_with("KAPSO_API_BASE_URL "));
    EXPECT_EQ(complaint({{"KAPSO_WEBHOOK_SECRET", "a,b,c"}}),
              "KAPSO_WEBHOOK_SECRET may hold two secrets, while rotating");
}

TEST(Config, AnUnknownNameOfOursIsASlipOfThePen) {
    EXPECT_EQ(complaint({{"HILO_MASTERKEY", "x"}}),
              "unknown variable HILO_MASTERKEY; did you mean HILO_MASTER_KEY?");
    EXPECT_EQ(complaint({{"KAPSO_API_BASE_URL_FILE", "x"}}),
              "unknown variable KAPSO_API_BASE_URL_FILE; did you mean KAPSO_API_BASE_URL?");
    EXPECT_EQ(complaint({{"SOMEBODY_ELSES", "x"}}), "no complaint");
}

TEST(Config, ANameThatIsNearlyOneOfOursIsWorthAWord) {
    const auto notices = [](const Values& values) { return joined(config_of(values).notices); };
    EXPECT_EQ(notices({{"OPENAI_API_KY", "x"}}),
              "OPENAI_API_KY is not read; did you mean OPENAI_API_KEY?");
    EXPECT_EQ(notices({{"DATABASE_URI", "x"}}),
              "DATABASE_URI is not read; did you mean DATABASE_URL?");
    EXPECT_EQ(notices({{"HOSTS", "x"}, {"OPENAI_MODEL", "x"}, {"PATH", "x"}}), "");
    const auto file =
        std::filesystem::temp_directory_path() / ("hilo-key-" + std::to_string(::getpid()));
    std::ofstream(file) << "k";
    EXPECT_EQ(notices({{"OPENAI_API_KEY_FILE", file}}), "");
    std::filesystem::remove(file);
}

TEST(Config, KapsosLegacyApiIsReplacedWithAWord) {
    const auto config = config_of({{"KAPSO_API_BASE_URL", "https://app.kapso.ai/api/v1"}});
    EXPECT_EQ(config.kapso_base_url, present_kapso);
    ASSERT_EQ(config.notices.size(), 1u);
    EXPECT_NE(config.notices[0].find("legacy"), std::string::npos);
}

/// The value that the second set-up guide prints; read where it stands.
std::string printed_secret() {
    const std::string name = "KAPSO_WEBHOOK_SECRET=";
    const std::filesystem::path folder = support::source_dir() + "/../shared/seeds";
    if (!std::filesystem::exists(folder)) return {};
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream text(file.path());
        for (std::string line; std::getline(text, line);) {
            if (line.starts_with(name)) return line.substr(name.size());
        }
    }
    return {};
}

TEST(Config, TheSecretThatAGuidePrintsIsRefusedAndNotRepeated) {
    const auto secret = printed_secret();
    if (secret.empty()) GTEST_SKIP() << "the guides are not here";
    for (const auto& value : {secret, "mine," + secret}) {
        const auto said = complaint({{"KAPSO_WEBHOOK_SECRET", value}});
        EXPECT_NE(said.find("public guide prints"), std::string::npos) << said;
        EXPECT_NE(said.find("openssl rand -hex 32"), std::string::npos) << said;
        EXPECT_EQ(said.find(secret), std::string::npos);
    }
}

TEST(ConfigForServe, WantsASecretOrALoopbackAddress) {
    using cli::check_for_serve;
    EXPECT_THROW(check_for_serve(config_of({})), ConfigError);
    EXPECT_NO_THROW(check_for_serve(config_of({{"KAPSO_WEBHOOK_SECRET", "s"}})));
    EXPECT_NO_THROW(check_for_serve(config_of({{"HILO_ALLOW_UNSIGNED", "true"}})));
    for (const auto* host : {"::1", "localhost", "127.8.9.1"}) {
        EXPECT_NO_THROW(
            check_for_serve(config_of({{"HILO_ALLOW_UNSIGNED", "true"}, {"HOST", host}})))
            << host;
    }
    for (const auto* host : {"0.0.0.0", "::", "10.1.2.3"}) {
        EXPECT_THROW(check_for_serve(config_of({{"HILO_ALLOW_UNSIGNED", "true"}, {"HOST", host}})),
                     ConfigError)
            << host;
    }
    EXPECT_NO_THROW(
        check_for_serve(config_of({{"KAPSO_WEBHOOK_SECRET", "s"}, {"HOST", "0.0.0.0"}})));
}

}  // namespace
