// A file that somebody removes or replaces under a store: it says so, and acknowledges nothing.
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

#if !defined(_WIN32)

#include <chrono>
#include <filesystem>
#include <thread>

namespace {

namespace fs = std::filesystem;
using namespace slack::oauth;
using namespace std::chrono_literals;

struct Moved {
  test::TemporaryFolder folder{};
  std::string path = folder.file("installations.db");

  Moved() {
    SQLite3InstallationStore other({.database = folder.file("other.db"), .client_id = "111.222"});
    other.save({.team_id = "T2", .bot_token = "xoxb-not-a-real-token-2", .user_id = "U2"});
  }

  [[nodiscard]] SQLite3StoresOptions options() const { return {.database = path, .client_id = "111.222"}; }

  void move(bool replaces) const {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::rename(path + suffix, path + ".away" + suffix);
    if (replaces) fs::copy_file(folder.file("other.db"), path);
  }
};

template <class Action>
std::string code_of(const Action& action) {
  const auto error = test::thrown_by<StorageError>(action);
  CHECK_FALSE(error.is_retryable());
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("moved, removed or replaced"));
  return std::string(error.code());
}

}  // namespace

TEST_CASE("nothing is acknowledged once the file was removed or replaced", "[sqlite3]") {
  const bool replaces = GENERATE(false, true);
  CAPTURE(replaces);
  const Moved moved;
  const Stores stores = sqlite3_stores(moved.options());
  stores.installations->save(test::full_installation());
  const std::string state = stores.states->issue();
  const auto lease = stores.installations->try_lease({.team_id = "T1"}, 1h);
  const auto changes = stores.installations->changes();
  static_cast<void>(changes->may_have_changed());
  moved.move(replaces);

  const std::string code = "SQLITE_READONLY_DBMOVED";
  CHECK(code_of([&] { stores.installations->save(test::full_installation()); }) == code);
  CHECK(code_of([&] { stores.installations->save_bot(test::full_bot()); }) == code);
  CHECK(code_of([&] { static_cast<void>(stores.installations->replace_bot(test::full_bot(), std::nullopt)); }) == code);
  CHECK(code_of([&] { stores.installations->delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}); }) ==
        code);
  CHECK(code_of([&] { static_cast<void>(stores.states->issue()); }) == code);
  CHECK(code_of([&] { static_cast<void>(stores.states->consume(state)); }) == code);
  CHECK(code_of([&] { static_cast<void>(lease->is_held()); }) == code);
  CHECK(code_of([&] {
          const auto deadline = std::chrono::steady_clock::now() + 30s;
          while (std::chrono::steady_clock::now() < deadline) static_cast<void>(changes->may_have_changed());
        }) == code);
  // A connection that is opened now has another file.
  CHECK_THROWS_AS(stores.installations->changes(), StorageError);

  if (replaces) {
    CHECK(test::RawDatabase(moved.path).value("select group_concat(team_id) from slack_bots") == "T2");
  } else {
    CHECK_FALSE(fs::exists(moved.path));
  }
  CHECK(test::RawDatabase(moved.path + ".away").value("select count(*) from slack_bots") == "1");
}

TEST_CASE("look-ups do not go on for ever from a file that was replaced", "[sqlite3]") {
  const Moved moved;
  SQLite3InstallationStore store({.database = moved.path, .client_id = "111.222"});
  store.save(test::full_installation());
  const BotQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
  CHECK(store.find_bot(query));
  moved.move(true);
  std::string code;
  for (const auto end = std::chrono::steady_clock::now() + 20s;
       code.empty() && std::chrono::steady_clock::now() < end;) {
    try {
      static_cast<void>(store.find_bot(query));
      std::this_thread::sleep_for(10ms);
    } catch (const StorageError& error) {
      code = error.code();
    }
  }
  CHECK(code == "SQLITE_READONLY_DBMOVED");
  // Another reader is opened on the new file, and is not given for the old one.
  std::thread([&] { CHECK_THROWS_AS(store.find_bot({.team_id = "T2"}), StorageError); }).join();
}

TEST_CASE("a database that nobody writes is read with immutable=1 where even its folder is read-only", "[sqlite3]") {
  const Moved moved;
  const std::string path = moved.folder.file("other.db");
  SQLite3InstallationStore store({.database = "file:" + path + "?mode=ro&immutable=1", .client_id = "111.222"});
  CHECK(store.find_bot({.team_id = "T2"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK_FALSE(fs::exists(path + "-wal"));
  CHECK_FALSE(fs::exists(path + "-shm"));
  CHECK_THROWS_AS(store.save(test::full_installation()), StorageError);
}

#endif
