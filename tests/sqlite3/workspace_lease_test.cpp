// Leases in a SQLite file: their table, what a database that cannot be written says, and holders that die.
#include <chrono>
#include <memory>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/lease_processes.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222", .synchronous = SQLite3Synchronous::off};
}

}  // namespace

TEST_CASE("the table of leases is made by the first one, and has a version of its own", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const test::RawDatabase raw(path);
  CHECK(raw.value("select count(*) from sqlite_master where name = 'slack_oauth_leases'") == "0");
  auto lease = store.try_lease({.enterprise_id = "E1", .team_id = "T1"}, 1h);
  REQUIRE(lease != nullptr);
  CHECK(raw.value("select client_id || ' ' || enterprise_id || ' ' || team_id from slack_oauth_leases") ==
        "111.222 E1 T1");
  CHECK(raw.value("select version from slack_oauth_schema where component = 'workspace_lease'") == "1");
  CHECK(raw.value("select version from slack_oauth_schema where component = 'installation_store'") == "1");
  lease.reset();
  CHECK(raw.value("select count(*) from slack_oauth_leases") == "0");
}

TEST_CASE("leases of a newer version are refused, and installations go on", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const test::RawDatabase raw(path);
  raw.execute("insert into slack_oauth_schema values ('workspace_lease', 2)");
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(store.try_lease({.team_id = "T1"}, 1h)); });
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("newer version"));
  store.save(test::full_installation());
  CHECK(SQLite3InstallationStore(options(path)).find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
}

TEST_CASE("a database that is read-only says that no lease can be taken", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  const bool has_table = GENERATE(false, true);
  {
    SQLite3InstallationStore store(options(path));
    if (has_table) REQUIRE(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  }
  SQLite3InstallationStore store(options("file:" + path + "?mode=ro"));
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(store.try_lease({.team_id = "T1"}, 1h)); });
  CHECK(error.code() == "SQLITE_READONLY");
  CHECK_FALSE(error.is_retryable());
}

TEST_CASE("a lease that was written by a clock that was wrong is none", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  static_cast<void>(store.try_lease({.team_id = "T1"}, 1h));
  const test::RawDatabase raw(path);
  raw.execute("insert into slack_oauth_leases values ('111.222', '', 'T1', 'somebody', 9000000000000000000)");
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
}

TEST_CASE("a lease whose row somebody removed is not held", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const auto lease = store.try_lease({.team_id = "T1"}, 1h);
  test::RawDatabase(path).execute("delete from slack_oauth_leases");
  CHECK_FALSE(lease->is_held());
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
}

#if !defined(_WIN32)

TEST_CASE("of several processes one has the lease, and a killed one does not keep it", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  test::check_lease_of_processes([&] { return std::make_unique<SQLite3InstallationStore>(options(path)); });
}

#endif
