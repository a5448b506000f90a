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
