#include <filesystem>

#include "db/key_file.hpp"
#include "db/keyring.hpp"
#include "tests/contract/stores.hpp"

/// Another master key in the place of the old one.
namespace contract {
namespace {

const std::string other_key(64, 'a');

class RotationContract : public Contract {
protected:
    db::Options with(const std::string& key) const {
        auto options = database_.options();
        options.master_key_hex = key;
        return options;
    }
};
FOR_BOTH_STORES(RotationContract);

TEST_P(RotationContract, WhatWasSealedIsReadByTheNewKeyAlone) {
    append(fact(person("ann"), {message("m1", "before")}));
    append(fact(person("bob"), {message("m2")}));
    const auto before = log().read_all(0, 100);
    EXPECT_EQ(store_->rotate(db::Keyring::parse_master(other_key)), 2);
    store_.reset();
    EXPECT_THROW(database_.open(), db::StoreError);
    store_ = db::open_store(with(other_key));
    const auto after = log().read_all(0, 100);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        EXPECT_EQ(after[i].body, before[i].body);
        EXPECT_EQ(after[i].defect, "");
        EXPECT_FALSE(after[i].redacted);
    }
    EXPECT_FALSE(store_->verify()) << "nothing was sealed anew";
    EXPECT_EQ(append(fact(person("ann"), {message("m1", "before")})).outcome,
              Outcome::already_there)
        << "the other keys are the same ones";
    EXPECT_EQ(append(fact(person("ann"), {message("m3")})).outcome, Outcome::appended);
}

TEST_P(RotationContract, AKeyThatCannotBeUnwrappedStopsItBeforeAnythingIsChanged) {
    append(fact(person("ann"), {message("m1")}));
    database_.execute(GetParam() == Kind::sqlite ? "update stream_key set wrapped = x'00'"
                                                 : "update stream_key set wrapped = '\\x00'");
    EXPECT_THROW(store_->rotate(db::Keyring::parse_master(other_key)), std::runtime_error);
    reopen();
    EXPECT_EQ(append(fact(person("bob"), {message("m2")})).outcome, Outcome::appended);
}

TEST(RotationPostgresql, WaitsForNobodyWhoDecides) {
    const Database database(Kind::postgresql);
    const auto serving = database.open(), store = database.open();
    serving->renew_leases();
    EXPECT_THROW(store->rotate(db::Keyring::parse_master(other_key)), db::StoreError);
    serving->end_leases();
    EXPECT_EQ(store->rotate(db::Keyring::parse_master(other_key)), 0);
}

/// The key is in a file beside the database.
class RotationSqlite : public testing::Test {
protected:
    RotationSqlite() {
        options_.master_key_hex.reset();
        const auto store = db::open_store(options_);
        events::append_now(store->log(), fact(person("ann"), {message("m1")}));
    }
    std::string key() const { return *db::read_key_file(file_); }
    bool opens() const { return !db::open_store(options_)->log().read_all(0, 1).at(0).redacted; }

    Database database_{Kind::sqlite};
    db::Options options_ = database_.options();
    const std::string file_ = database_.file() + ".key", next_ = file_ + ".new";
};

TEST_F(RotationSqlite, TheFileHasTheNewKey) {
    const auto before = key();
    db::open_store(options_)->rotate(db::Keyring::parse_master(other_key));
    EXPECT_NE(key(), before);
    EXPECT_EQ(key(), other_key);
    EXPECT_FALSE(std::filesystem::exists(next_));
    EXPECT_TRUE(opens());
}

TEST_F(RotationSqlite, CutOffBeforeItWasDoneTheOldKeyStays) {
    const auto before = key();
    db::write_key_file(next_, other_key);
    EXPECT_TRUE(opens());
    EXPECT_EQ(key(), before);
    EXPECT_FALSE(std::filesystem::exists(next_));
}

TEST_F(RotationSqlite, CutOffBeforeTheFileWasPutInPlaceTheNewKeyIsFound) {
    const auto before = key();
    db::open_store(options_)->rotate(db::Keyring::parse_master(other_key));
    std::filesystem::rename(file_, next_);
    db::write_key_file(file_, before);
    auto reading = options_;
    reading.read_only = true;
    EXPECT_FALSE(db::open_store(reading)->log().read_all(0, 1).at(0).redacted);
    EXPECT_TRUE(std::filesystem::exists(next_)) << "who only reads changes nothing";
    EXPECT_TRUE(opens());
    EXPECT_EQ(key(), other_key);
    EXPECT_FALSE(std::filesystem::exists(next_));
}

}  // namespace
}  // namespace contract
