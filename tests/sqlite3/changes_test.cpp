// What SQLite3InstallationStore::changes() hears.
#include <chrono>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

namespace {

using slack::oauth::SQLite3InstallationStore;

slack::oauth::SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off};
}

}  // namespace

TEST_CASE("what anybody commits is heard: this store, another, and Python", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder.file("installations.db")));
  store.save(test::full_installation());
  const auto changes = store.changes();
  CHECK_FALSE(changes->may_have_changed());
  CHECK_FALSE(changes->take().anything);

  const auto require_heard = [&changes] {
    CHECK(changes->may_have_changed());
    CHECK(changes->may_have_changed());
    CHECK(changes->take().anything);
    CHECK_FALSE(changes->may_have_changed());
    CHECK_FALSE(changes->take().anything);
  };
  store.save_bot(test::full_bot());
  require_heard();
  SQLite3InstallationStore(options(folder.file("installations.db")))
      .delete_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  require_heard();
  const test::RawDatabase python(folder.file("installations.db"));
  test::python_save_bot(python, "T1", {.token = "xoxb-not-a-real-token-1"});
  require_heard();
  static_cast<void>(store.find_bot({.team_id = "T1"}));
  CHECK_FALSE(changes->may_have_changed());

  // Before it is committed there is nothing to hear.
  python.execute("begin immediate; delete from slack_bots");
  CHECK_FALSE(changes->may_have_changed());
  python.execute("commit");
  require_heard();
}

TEST_CASE("changes outlive their store, and each hears for itself", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  auto store = std::make_unique<SQLite3InstallationStore>(options(path));
  const auto first = store->changes();
  store->save(test::full_installation());
  const auto second = store->changes();
  store.reset();
  CHECK(first->take().anything);
  CHECK_FALSE(second->take().anything);
  test::execute(path, "delete from slack_bots");
  CHECK(first->may_have_changed());
  CHECK(second->may_have_changed());
}

TEST_CASE("a database in memory hears its own writes", "[sqlite3]") {
  SQLite3InstallationStore store(options(":memory:"));
  const auto changes = store.changes();
  static_cast<void>(store.find_bot({.team_id = "T1"}));
  CHECK_FALSE(changes->may_have_changed());
  store.save(test::full_installation());
  CHECK(changes->may_have_changed());
  CHECK(changes->take().anything);
  CHECK_FALSE(changes->may_have_changed());
}

TEST_CASE("a database in memory that other stores may share has no changes", "[sqlite3]") {
  const std::string shared = "file:changes_test?mode=memory&cache=shared";
  SQLite3InstallationStore store(options(shared));
  SQLite3InstallationStore other(options(shared));
  other.save(test::full_installation());
  REQUIRE(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).has_value());
  CHECK(store.changes() == nullptr);
  CHECK(SQLite3InstallationStore(options("file::memory:")).changes() == nullptr);
}

TEST_CASE("changes are heard through checkpoints, vacuums and whoever opens the file anew", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  const auto changes = store.changes();
  for (int i = 0; i < 3; ++i) {
    for (const char* sql : {"pragma wal_checkpoint(truncate)", "vacuum", "update slack_bots set bot_id = 'B' || bot_id",
                            "pragma wal_checkpoint(restart)", "update slack_bots set bot_id = 'B' || bot_id",
                            "pragma wal_checkpoint(passive)"}) {
      CAPTURE(i, sql);
      test::execute(path, sql);
      const bool has_written = std::string(sql).starts_with("update") || std::string(sql) == "vacuum";
      if (has_written) CHECK(changes->may_have_changed());
      static_cast<void>(changes->take());
      CHECK_FALSE(changes->may_have_changed());
    }
  }
}

TEST_CASE("a file that keeps no log is asked for its changes", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  { const SQLite3InstallationStore makes_tables(options(path)); }
  test::execute(path, "pragma journal_mode = delete");
  // A store would turn the log on, unless it may only read.
  const SQLite3InstallationStore store(options("file:" + path + "?mode=ro"));
  const auto changes = store.changes();
  CHECK(test::RawDatabase(path).value("pragma journal_mode") == "delete");
  CHECK_FALSE(changes->may_have_changed());
  test::python_save_bot(test::RawDatabase(path), "T1", {.token = "xoxb-not-a-real-token-1"});
  CHECK(changes->may_have_changed());
  CHECK(changes->take().anything);
  CHECK_FALSE(changes->may_have_changed());
  CHECK_FALSE(changes->take().anything);
}
