#include "db/keyring.hpp"

#include <gtest/gtest.h>

#include "crypto/random.hpp"
#include "db/store.hpp"

namespace {

using db::Keyring;

const auto master = Keyring::parse_master(std::string(64, 'a'));
const auto stored = Keyring::make(master);

events::Person person(const std::string& line, const std::string& bsuid,
                      std::vector<std::string> phones = {}, const std::string& group = "") {
    return {line, bsuid, std::move(phones), group, true};
}

TEST(Keyring, EachLogHasSpecialKeysOfItsOwn) {
    EXPECT_EQ(stored.size(), 6u);
    for (const auto& [name, wrapped] : Keyring::make(master)) EXPECT_NE(stored.at(name), wrapped);
}

TEST(Keyring, RefusesAnotherMasterKeyAndALostOne) {
    EXPECT_THROW(Keyring(Keyring::parse_master(std::string(64, 'b')), stored), db::StoreError);
    for (const auto& [name, wrapped] : stored) {
        auto partial = stored;
        partial.erase(name);
        EXPECT_THROW(Keyring(master, partial), db::StoreError) << name;
    }
    EXPECT_THROW(Keyring::parse_master("abc"), db::StoreError);
    EXPECT_THROW(Keyring::parse_master(std::string(64, 'x')), db::StoreError);
}

TEST(Keyring, RefusesSpecialKeysThatChangedPlaces) {
    auto swapped = stored;
    std::swap(swapped["alias"], swapped["print"]);
    EXPECT_THROW(Keyring(master, swapped), db::StoreError);
}

TEST(Keyring, AliasesDifferByKindLineAndValue) {
    const Keyring keys(master, stored);
    const auto a = keys.aliases(person("l", "x", {"x"}, ""));
    ASSERT_TRUE(a.name && a.phone);
    EXPECT_NE(a.name, a.phone);
    EXPECT_EQ(a, keys.aliases(person("l", "x", {"x"}, "")));
    EXPECT_NE(a.name, keys.aliases(person("lx", "")).name);
    EXPECT_NE(keys.aliases(person("l", "1x")).name, keys.aliases(person("l1", "x")).name);
    EXPECT_NE(keys.aliases(person("l", "", {}, "x")).name, a.name);
}

TEST(Keyring, AGroupHasNoOtherAlias) {
    const auto aliases = Keyring(master, stored).aliases(person("l", "x", {"1"}, "g"));
    EXPECT_EQ(aliases.kind, db::AliasKind::group);
    EXPECT_EQ(aliases.all().size(), 1u);
}

TEST(Keyring, TakesTwoDifferentPhonesAtMost) {
    const Keyring keys(master, stored);
    EXPECT_EQ(keys.aliases(person("l", "", {"1", "1", "", "2", "3"})).all().size(), 2u);
    EXPECT_TRUE(keys.aliases(person("l", "")).none());
}

TEST(Keyring, UnwrapsAKeyUnderItsIdOnly) {
    const Keyring keys(master, stored);
    const auto id = crypto::random_uuid();
    const auto key = crypto::random<32>();
    EXPECT_EQ(keys.unwrap(id, keys.wrap(id, key)), key);
    EXPECT_ANY_THROW(keys.unwrap(crypto::random_uuid(), keys.wrap(id, key)));
}

TEST(Keyring, ReadsOnlyItsOwnSendMarks) {
    const Keyring keys(master, stored);
    const auto stream = crypto::random_uuid(), attempt = crypto::random_uuid();
    const auto mark = keys.send_mark(stream, attempt);
    EXPECT_LE(mark.size(), 512u);
    ASSERT_TRUE(keys.read_send_mark(mark));
    EXPECT_EQ(keys.read_send_mark(mark)->attempt, attempt);
    for (std::size_t i = 0; i < mark.size(); ++i) {
        auto forged = mark;
        forged[i] = forged[i] == '0' ? '1' : '0';
        EXPECT_FALSE(keys.read_send_mark(forged)) << i;
    }
    EXPECT_FALSE(keys.read_send_mark(""));
    EXPECT_FALSE(keys.read_send_mark(mark + "0"));
    const Keyring others(master, Keyring::make(master));
    EXPECT_FALSE(others.read_send_mark(mark));
}

TEST(Keyring, ADeliveryIsBoundToItsId) {
    const Keyring keys(master, stored);
    const auto id = crypto::random_uuid();
    const auto sealed = keys.seal_delivery(id, "body");
    EXPECT_EQ(keys.open_delivery(id, sealed), "body");
    EXPECT_ANY_THROW(keys.open_delivery(crypto::random_uuid(), sealed));
}

}  // namespace
