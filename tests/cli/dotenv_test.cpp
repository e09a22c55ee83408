#include "cli/dotenv.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using cli::DotenvError;
using cli::read_dotenv;
using Values = std::map<std::string, std::string>;

TEST(Dotenv, TakesPlainValuesWithoutTheBlanksAroundThem) {
    EXPECT_EQ(read_dotenv("PORT=8080\n HOST =  127.0.0.1 \nEMPTY=\n"),
              (Values{{"PORT", "8080"}, {"HOST", "127.0.0.1"}, {"EMPTY", ""}}));
}

TEST(Dotenv, PassesOverCommentsBlankLinesAndExport) {
    EXPECT_EQ(read_dotenv("# a=b\n\n   \nexport A=1 # one\nB=x#y\n"),
              (Values{{"A", "1"}, {"B", "x#y"}}))
        << "a # inside a value belongs to it: secrets may hold one";
}

TEST(Dotenv, TakesWindowsLineEndsAndALastLineWithoutEnd) {
    EXPECT_EQ(read_dotenv("A=1\r\nB=2"), (Values{{"A", "1"}, {"B", "2"}}));
}

TEST(Dotenv, KeepsWhatStandsInSingleQuotes) {
    EXPECT_EQ(read_dotenv(R"(A=' a # \n "b" ' # said)"), (Values{{"A", R"( a # \n "b" )"}}));
}

TEST(Dotenv, ReadsEscapesInDoubleQuotes) {
    EXPECT_EQ(read_dotenv(R"(A="a\nb\tc\"d\\e $HOME")"), (Values{{"A", "a\nb\tc\"d\\e $HOME"}}));
}

TEST(Dotenv, TheLastOfTwoCounts) { EXPECT_EQ(read_dotenv("A=1\nA=2\n"), (Values{{"A", "2"}})); }

std::string complaint(std::string_view text) {
    try {
        read_dotenv(text);
    } catch (const DotenvError& error) {
        return error.what();
    }
    return "no complaint";
}

TEST(Dotenv, NamesTheLineAndShowsNoValue) {
    EXPECT_EQ(complaint("A=1\nsecret"), ".env, line 2: no '=' after the name");
    EXPECT_EQ(complaint("=secret"), ".env, line 1: the name before '=' isn't one");
    EXPECT_EQ(complaint("1A=secret"), ".env, line 1: the name before '=' isn't one");
    EXPECT_EQ(complaint("\nA=\"secret"), ".env, line 2: the quote is not closed");
    EXPECT_EQ(complaint("A='x' secret"), ".env, line 1: text behind the closing quote");
}

std::string quoted(const std::string& value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

TEST(Dotenv, WhatIsWrittenInDoubleQuotesIsReadBack) {
    EXPECT_TRUE(rc::check([](const Values& drawn) {
        Values values;
        std::string text;
        for (const auto& [name, value] : drawn) {
            const auto valid = "N" + std::to_string(values.size());
            values[valid] = value;
            text += valid + "=" + quoted(value) + "\n";
        }
        RC_ASSERT(read_dotenv(text) == values);
    }));
}

TEST(Dotenv, AnythingElseIsReadOrRefused) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        try {
            for (const auto& [name, value] : read_dotenv(text)) RC_ASSERT(!name.empty());
        } catch (const DotenvError& error) {
            RC_ASSERT(std::string(error.what()).starts_with(".env, line "));
        }
    }));
}

}  // namespace
