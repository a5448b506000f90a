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
  CHECK(raw.value("select version from slack_oauth_schema where component = 'workspace_lease'") == "2");
  CHECK(raw.value("select version from slack_oauth_schema where component = 'installation_store'") == "3");
  lease.reset();
  CHECK(raw.value("select count(*) from slack_oauth_leases") == "0");
}

TEST_CASE("leases of a newer version are refused, and installations go on", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const test::RawDatabase raw(path);
  raw.execute("insert into slack_oauth_schema values ('workspace_lease', 3)");
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

TEST_CASE("a lease that was written by a clock that was ahead has ended", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  static_cast<void>(store.try_lease({.team_id = "T1"}, 1h));
  const test::RawDatabase raw(path);
  const auto put = [&raw](std::chrono::milliseconds rest, std::chrono::milliseconds lifetime) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(slack::oauth::now()).time_since_epoch();
    raw.execute("insert or replace into slack_oauth_leases values ('111.222', '', 'T1', 'somebody', " +
                std::to_string((now + rest).count()) + ", " + std::to_string(lifetime.count()) + ")");
  };
  put(24h, 1min);  // of a machine whose clock was a day ahead
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  put(24h, 25h);
  CHECK(store.try_lease({.team_id = "T1"}, 1h) == nullptr);
  raw.execute("update slack_oauth_leases set expires_at = 9000000000000000000");
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  put(-1ms, 1h);
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
}

TEST_CASE("a lease is renewed from now on, and not once it has ended", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const auto lease = store.try_lease({.team_id = "T1"}, 1h);
  const test::RawDatabase raw(path);
  const auto rest = [&raw] {
    return std::stoll(
        raw.value("select expires_at - 1000 * cast(strftime('%s', 'now') as integer) "
                  "from slack_oauth_leases"));
  };
  CHECK(lease->renew(2h));
  CHECK(rest() > std::chrono::milliseconds(100min).count());
  CHECK(lease->renew(1min));
  CHECK(rest() < std::chrono::milliseconds(2min).count());
  CHECK(store.try_lease({.team_id = "T1"}, 1h) == nullptr);
  raw.execute("update slack_oauth_leases set expires_at = 0");
  CHECK_FALSE(lease->is_held());
  CHECK_FALSE(lease->renew(1h));
  const auto next = store.try_lease({.team_id = "T1"}, 1h);
  REQUIRE(next != nullptr);
  CHECK_FALSE(lease->renew(1h));
  CHECK(next->is_held());
}

TEST_CASE("the table of leases of an older version is made anew", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  const test::RawDatabase raw(path);
  raw.execute(
      "create table slack_oauth_leases (client_id text not null, enterprise_id text not null, team_id text not null, "
      "holder text not null, expires_at integer not null, primary key (client_id, enterprise_id, team_id)) without "
      "rowid;"
      "insert into slack_oauth_schema values ('workspace_lease', 1);"
      "insert into slack_oauth_leases values ('111.222', '', 'T1', 'somebody', 9000000000000)");
  CHECK(store.try_lease({.team_id = "T1"}, 1h) != nullptr);
  CHECK(raw.value("select version from slack_oauth_schema where component = 'workspace_lease'") == "2");
}

TEST_CASE("turns reach all processes in a file, and this store's threads in memory", "[sqlite3]") {
  const test::TemporaryFolder folder;
  CHECK(SQLite3InstallationStore(options(folder.file("installations.db"))).lease_scope() == LeaseScope::processes);
  CHECK(SQLite3InstallationStore(options(":memory:")).lease_scope() == LeaseScope::threads);
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
