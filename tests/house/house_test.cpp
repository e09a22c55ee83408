#include <gtest/gtest.h>

#include "tests/house/forms.hpp"
#include "tests/house/includes.hpp"
#include "tests/house/sizes.hpp"

namespace house {
namespace {

using Rule = Complaints (*)(const Source&);

std::string joined(const Complaints& complaints) {
    std::string out;
    for (const auto& each : complaints) out += each + "\n";
    return out;
}

/// All complaints of one rule over the whole repository, one per line.
std::string complaints_of(Rule rule) {
    std::string out;
    for (const auto& source : sources()) out += joined(rule(source));
    return out;
}

TEST(House, EveryRoomIsRead) {
    std::size_t headers = 0;
    for (const auto& source : sources()) headers += is_header(source) ? 1 : 0;
    EXPECT_GE(headers, 20u) << "the rules below would pass on an empty list";
}

TEST(House, FoldersIncludeOnlyWhatStandsAboveThem) {
    EXPECT_EQ(complaints_of(broken_include_rules), "");
}

TEST(House, FilesLinesAndFunctionsKeepTheirSizes) {
    EXPECT_EQ(complaints_of(broken_size_rules), "");
}

TEST(House, FormsAreKept) { EXPECT_EQ(complaints_of(broken_form_rules), ""); }

// ---- Each rule finds what it is there for -----------------------------------------------------

struct Planted {
    std::string path, text;
    bool allowed;
};

void PrintTo(const Planted& planted, std::ostream* out) {
    *out << planted.path << " with " << planted.text;
}

class IncludeRule : public testing::TestWithParam<Planted> {};

TEST_P(IncludeRule, TellsAllowedFromForbidden) {
    const auto& [path, text, allowed] = GetParam();
    const auto complaints = broken_include_rules({path, "#pragma once\n\n" + text + "\n"});
    EXPECT_EQ(complaints.empty(), allowed) << joined(complaints);
    if (!allowed) {
        ASSERT_EQ(complaints.size(), 1u) << joined(complaints);
        EXPECT_TRUE(complaints[0].starts_with(path + ":3: ")) << complaints[0];
    }
}

INSTANTIATE_TEST_SUITE_P(
    Planted, IncludeRule,
    testing::Values(Planted{"domain/a.hpp", "#include \"events/event.hpp\"", true},
                    Planted{"domain/a.hpp", "#include \"domain/b.hpp\"", true},
                    Planted{"events/a.cpp", "#include \"crypto/hash.hpp\"", true},
                    Planted{"crypto/a.cpp", "#include \"crypto/random.hpp\"", true},
                    Planted{"db/a.cpp", "#include \"crypto/random.hpp\"", true},
                    Planted{"cli/a.cpp", "#include \"sandbox/b.hpp\"", true},
                    Planted{"main.cpp", "#include <caf/all.hpp>", true},
                    Planted{"tests/net/a.cpp", "#include \"http/server.hpp\"", true},
                    Planted{"domain/a.hpp", "#include <string>", true},
                    Planted{"domain/a.hpp", "#include <chrono>", true},
                    Planted{"db/a.cpp", "#include <sys/file.h>", true},
                    Planted{"db/a.cpp", "#include <libpq-fe.h>", true},
                    Planted{"events/codec.cpp", "#include <nlohmann/json.hpp>", true},
                    Planted{"kapso/json.hpp", "#include <nlohmann/json_fwd.hpp>", true},
                    Planted{"kapso/a.cpp", "#include \"kapso/json.hpp\"", true},
                    Planted{"http/server.cpp", "#include <boost/beast.hpp>", true},
                    Planted{"http/server_core.hpp", "#include <boost/asio.hpp>", true},
                    Planted{"net/a.hpp", "#include <boost/asio/ip/tcp.hpp>", true},
                    Planted{"domain/a.hpp", "// not clock::now()", true},
                    Planted{"domain/a.hpp", "#include \"db/log.hpp\"", false},
                    Planted{"domain/a.hpp", "#  include \"projections/row.hpp\"", false},
                    Planted{"crypto/a.cpp", "#include \"events/event.hpp\"", false},
                    Planted{"db/a.cpp", "#include \"tests/support/x.hpp\"", false},
                    Planted{"db/a.cpp", "#include \"b.hpp\"", false},
                    Planted{"events/a.cpp", "#include \"crypto/random.hpp\"", false},
                    Planted{"projections/a.cpp", "#include \"crypto/random.hpp\"", false},
                    Planted{"domain/a.cpp", "#include <nlohmann/json.hpp>", false},
                    Planted{"events/codec.hpp", "#include <nlohmann/json.hpp>", false},
                    Planted{"intake/a.cpp", "#include \"kapso/json.hpp\"", false},
                    Planted{"http/a.cpp", "#include <caf/all.hpp>", false},
                    Planted{"actors/a.cpp", "#include <sqlite3.h>", false},
                    Planted{"actors/a.cpp", "#include <libpq-fe.h>", false},
                    Planted{"http/router.cpp", "#include <boost/beast.hpp>", false},
                    Planted{"kapso/a.cpp", "#include <openssl/hmac.h>", false},
                    Planted{"domain/a.cpp", "#include <unistd.h>", false},
                    Planted{"domain/a.cpp", "#include <fstream>", false},
                    Planted{"domain/a.cpp", "const auto id = crypto::new_uuid();", false},
                    Planted{"db/a.cpp", "#include <zlib/zlib.hpp>", false},
                    Planted{"domain/a.cpp", "auto now = std::chrono::system_clock::now();",
                            false}));

TEST(IncludeRule, KnowsEveryRoom) {
    EXPECT_EQ(broken_include_rules({"attic/a.cpp", ""}).size(), 1u);
    EXPECT_EQ(broken_include_rules({"loose.cpp", ""}).size(), 1u);
}

std::string repeated(std::string_view line, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += line;
    return out;
}

TEST(SizeRule, CountsColumnsAsCharacters) {
    EXPECT_TRUE(broken_size_rules({"a.sql", repeated("é", 100)}).empty());
    EXPECT_EQ(broken_size_rules({"a.sql", "\n" + repeated("é", 101)}),
              Complaints{"a.sql:2: over 100 columns"});
}

TEST(SizeRule, CountsLines) {
    EXPECT_TRUE(broken_size_rules({"a.hpp", repeated("\n", 400)}).empty());
    EXPECT_EQ(broken_size_rules({"a.hpp", repeated("\n", 401)}).size(), 1u);
}

TEST(SizeRule, CountsAFunctionFromItsFirstLineToItsLast) {
    const auto body = repeated("    f();\n", 58);
    EXPECT_TRUE(broken_size_rules({"a.cpp", "void f() {\n" + body + "}\n"}).empty());
    EXPECT_EQ(broken_size_rules({"a.cpp", "\nvoid f() {\n    f();\n" + body + "}\n"}),
              Complaints{"a.cpp:2: a function of 61 lines, over 60"});
}

TEST(SizeRule, FindsFunctionsWhereverTheyStand) {
    using Functions = std::vector<Function>;
    EXPECT_EQ(functions_of("namespace a {\nint f(int x) {\n    return x;\n}\n}\n"),
              (Functions{{2, 3}}));
    EXPECT_EQ(functions_of("template <class T>\nclass A {\n    int f() { return 1; }\n};\n"),
              (Functions{{3, 1}}));
    EXPECT_EQ(functions_of("TEST(A, B) {\n    auto f = [](int i) {\n        g();\n    };\n}\n"),
              (Functions{{1, 5}}));
    EXPECT_EQ(functions_of("A::A(int x)\n    : x_{x},\n      y_{1} {\n    f();\n}\nint g() {}\n"),
              (Functions{{1, 5}, {6, 1}}));
}

TEST(SizeRule, IsNotLedAstrayByTextAndTables) {
    using Functions = std::vector<Function>;
    EXPECT_EQ(functions_of("void f() {\n    g(\"}\", '{', 1'000, R\"x(}})x\");  // }\n}\n"),
              (Functions{{1, 3}}));
    EXPECT_EQ(functions_of("#define A(x) {\nconst Map table{\n    {\"a\", f(1)},\n};\n"),
              Functions{});
}

TEST(FormRule, FindsWhatIsLeftForLater) {
    EXPECT_EQ(broken_form_rules({"db/sql/a.sql", std::string("\n-- TO") + "DO: index\n"}).size(),
              1u);
    EXPECT_TRUE(broken_form_rules({"db/sql/a.sql", "-- todos los mensajes\n"}).empty());
}

TEST(FormRule, WantsPragmaOnceAndTheFoldersNamespace) {
    const std::string good = "#pragma once\nnamespace db {\n}\n";
    EXPECT_TRUE(broken_form_rules({"db/a.hpp", good}).empty());
    EXPECT_TRUE(broken_form_rules({"db/a.hpp", "#pragma once\nnamespace db::sql {\n}\n"}).empty());
    EXPECT_TRUE(broken_form_rules({"db/a.cpp", "namespace db {\nnamespace {\n}\n}\n"}).empty());
    EXPECT_EQ(broken_form_rules({"db/a.hpp", "namespace db {\n}\n"}).size(), 1u);
    EXPECT_EQ(broken_form_rules({"net/a.hpp", good}).size(), 1u);
    EXPECT_EQ(broken_form_rules({"db/a.cpp", "namespace data {\n}\n"}).size(), 1u);
}

}  // namespace
}  // namespace house
