// No secret is in a database's file or its write-ahead log, nor in any file of the file store, after all was done that
// writes one.
#include <filesystem>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "wrappers/encrypting/full_run.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

const EncryptionOptions options{.client_id = "111.222", .secret_custom_values = {"api_key"}};

Stores sqlite3_in(const test::TempFolder& folder) {
  return sqlite3_stores({.database = folder / "app.db", .client_id = "111.222"});
}

Stores files_in(const test::TempFolder& folder) {
  return file_stores({.base_dir = folder / "installations", .client_id = "111.222"});
}

}  // namespace

TEST_CASE("no secret is at rest in SQLite or in files", "[encrypting]") {
  for (const auto& [name, open] : {std::pair("SQLite", &sqlite3_in), std::pair("files", &files_in)}) {
    CAPTURE(name);
    const test::TempFolder folder;
    Stores stores = open(folder);
    Stores sealed = encrypted(stores, test::one_key(), options);
    CHECK(test::run_through(sealed));
    EncryptingInstallationStore(stores.installations, test::one_key("2026-12", '2'), options).reencrypt_all();
    CHECK(test::files_with(folder.path(), test::plain_mark).empty());
    CHECK_FALSE(test::files_with(folder.path(), "sealed:v1:2026-11:").empty());
    CHECK(std::filesystem::exists(folder.path() / "app.db-wal") == (name == std::string("SQLite")));
    stores = sealed = {};
    CHECK(test::files_with(folder.path(), test::plain_mark).empty());

    // The search finds what is plain.
    const test::TempFolder other;
    stores = open(other);
    CHECK(test::run_through(stores));
    CHECK_FALSE(test::files_with(other.path(), test::plain_mark).empty());
  }
}
