// Threads that change a workspace in the middle of a refresh, over every engine: never an old token after a newer save,
// never a deleted workspace back, never a newer installation deleted.
#include <cstdint>
#include <iostream>
#include <random>
#include <slack/oauth/file.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "integration/race_rounds.hpp"
#include "integration/refresh_races.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;

namespace {

std::uint64_t new_seed(const std::string& engine) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "refresh races over " << engine << ": seed " << seed << "\n";
  return seed;
}

}  // namespace

TEST_CASE("nothing that happens in the middle of a refresh is undone by it, in memory", "[integration]") {
  const Stores stores = memory_stores();
  const auto save = [](InstallationStore& store, const Installation& installation) {
    store.save_bot(*installation.to_bot());
  };
  test::run_refresh_races(*stores.installations, "memory", new_seed("memory"), test::race_rounds(), save);
}

TEST_CASE("nothing that happens in the middle of a refresh is undone by it, in SQLite", "[integration]") {
  const test::TemporaryFolder folder;
  const std::string database = folder.file("app.db");
  const Stores stores =
      sqlite3_stores({.database = database, .client_id = "111.222", .synchronous = SQLite3Synchronous::off});
  const test::RawDatabase raw(database);
  // As the Python SDK does: rows of its own, without a turn, with times in whole seconds.
  const auto save = [&raw](InstallationStore& /*store*/, const Installation& installation) {
    test::python_save(raw, *installation.team_id, installation.user_id,
                      {.token = *installation.bot_token,
                       .refresh_token = *installation.bot_refresh_token,
                       .expires_at = installation.bot_token_expires_at->time_since_epoch().count()});
  };
  test::run_refresh_races(*stores.installations, "SQLite", new_seed("SQLite"), test::race_rounds(), save);
}

TEST_CASE("nothing that happens in the middle of a refresh is undone by it, in files", "[integration]") {
  const test::TempFolder folder;
  const Stores stores = file_stores({.base_dir = folder / "slack", .client_id = "111.222", .sync = false});
  const auto save = [](InstallationStore& store, const Installation& installation) {
    store.save_bot(*installation.to_bot());
  };
  test::run_refresh_races(*stores.installations, "files", new_seed("files"), test::race_rounds(), save);
}
