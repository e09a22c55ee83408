#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace {

using cli::Json;

const std::vector<Json> rows{{{"id", 7}, {"name", "Ana"}, {"more", true}},
                             {{"id", 12}, {"name", nullptr}, {"more", false}}};

std::string list(const std::string& output, const std::vector<Json>& of = rows) {
    std::ostringstream out;
    cli::print_list(out, output, {"id", "name"}, of);
    return out.str();
}
std::string one(const std::string& output, const Json& row) {
    std::ostringstream out;
    cli::print_one(out, output, row);
    return out.str();
}

TEST(Output, AlignsListsForPeople) {
    EXPECT_EQ(list("text"), "id  name\n7   Ana\n12  -\n");
    EXPECT_EQ(list("text", {}), "id  name\n");
}

TEST(Output, CountsCharactersAndNotBytes) {
    const std::vector<Json> accented{{{"id", "ñandú"}, {"name", "a"}},
                                     {{"id", "b"}, {"name", "c"}}};
    EXPECT_EQ(list("text", accented), "id     name\nñandú  a\nb      c\n");
    const std::string long_text(200, 'x');
    EXPECT_NE(list("text", {{{"id", long_text}}}).find(std::string(59, 'x') + "…"),
              std::string::npos);
}

TEST(Output, LetsNobodySteerTheTerminal) {
    EXPECT_EQ(list("text", {{{"id", "a\x1b[31m\nb"}, {"name", "c\x7f"}}}),
              "id        name\na [31m b  c \n");
    EXPECT_EQ(one("text", {{"text", "a\r\nb"}}), "text  a  b\n");
}

TEST(Output, WritesCsvByTheBook) {
    EXPECT_EQ(list("csv"), "id,name\r\n7,Ana\r\n12,\r\n");
    EXPECT_EQ(list("csv", {{{"id", "a,b"}, {"name", "say \"hi\"\nnow"}}}),
              "id,name\r\n\"a,b\",\"say \"\"hi\"\"\nnow\"\r\n");
    EXPECT_EQ(one("csv", {{"a", 1}, {"b", "x"}}), "a,b\r\n1,x\r\n");
}

TEST(Output, WritesWholeRowsAsJson) {
    EXPECT_EQ(Json::parse(list("json")), Json(rows));
    EXPECT_EQ(list("json", {}), "[]\n");
    EXPECT_EQ(Json::parse(one("json", rows[0])), rows[0]);
}

TEST(Output, AListThatGoesOnHasItsNamesOnceAndOneObjectALine) {
    std::ostringstream text, json;
    for (const bool first : {true, false}) {
        cli::print_part(text, "text", {"id"}, {rows[0]}, first);
        cli::print_part(json, "json", {"id"}, {rows[0]}, first);
    }
    EXPECT_EQ(text.str(), "id\n7\n7\n");
    const auto line = rows[0].dump() + "\n";
    EXPECT_EQ(json.str(), line + line);
}

TEST(Output, ReplacesWhatIsNoUtf8) {
    EXPECT_NO_THROW(Json::parse(one("json", {{"text", "\xff"}})));
}

}  // namespace
