// What goes wrong is said, and leaves the data as it was.
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

#if !defined(_WIN32)
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#endif

namespace {

namespace fs = std::filesystem;
using slack::oauth::Installation;
using slack::oauth::InvalidArgumentError;
using slack::oauth::SQLite3InstallationStore;
using slack::oauth::SQLite3InstallationStoreOptions;
using slack::oauth::StorageError;

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222", .busy_timeout = std::chrono::milliseconds{50}};
}

const slack::oauth::BotQuery bot_query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
const slack::oauth::InstallationQuery installation_query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};

StorageError error_of_opening(const SQLite3InstallationStoreOptions& given) {
  return test::thrown_by<StorageError>([&] { const SQLite3InstallationStore store(given); });
}

std::string refused_option(const SQLite3InstallationStoreOptions& given) {
  const auto error = test::thrown_by<InvalidArgumentError>([&] { const SQLite3InstallationStore store(given); });
  return std::string(error.subject());
}

/// Every write fails, and what was saved is there.
void require_unwritable(SQLite3InstallationStore& store, const std::string& code) {
  auto other = test::full_installation();
  other.bot_token = "xoxb-not-a-real-token-2";
  const auto require_failure = [&](const std::function<void()>& write) {
    const auto error = test::thrown_by<StorageError>(write);
    CHECK(error.backend() == "sqlite3");
    CHECK(error.code().starts_with(code));
    CHECK(std::string(error.what()).find("not-a-real") == std::string::npos);
  };
  require_failure([&] { store.save(other); });
  require_failure([&] { store.save_bot(*other.to_bot()); });
  require_failure([&] { store.delete_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}); });
  require_failure([&] { store.delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}); });
  CHECK(store.find_bot(bot_query) == test::full_bot());
  CHECK(store.find_installation(installation_query) == test::full_installation());
}

#if !defined(_WIN32)
/// Runs `check` in a process of its own, with what it changes there.
template <class Check>
bool holds_in_child(const Check& check) {
  const pid_t child = fork();
  if (child == 0) {
    int result = 1;
    try {
      result = check() ? 0 : 1;
    } catch (const std::exception&) {
      result = 2;
    }
    _exit(result);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

template <class Action>
std::string code_of(const Action& action) {
  try {
    action();
  } catch (const StorageError& error) {
    return std::string(error.code());
  }
  return "no error";
}

unsigned mode_of(const fs::path& path) { return static_cast<unsigned>(fs::status(path).permissions()); }
#endif

}  // namespace

TEST_CASE("an option that cannot work is named", "[sqlite3]") {
  CHECK(refused_option({.client_id = "111.222"}) == "database");
  CHECK(refused_option({.database = ":memory:"}) == "client_id");
  CHECK(refused_option({.database = std::string("a\0b", 3), .client_id = "111.222"}) == "database");
  CHECK(
      refused_option({.database = ":memory:", .client_id = "111.222", .busy_timeout = std::chrono::milliseconds{-1}}) ==
      "busy_timeout");
  CHECK(refused_option({.database = ":memory:", .client_id = "111.222", .reader_connections = 0}) ==
        "reader_connections");
}

TEST_CASE("a database that is read-only is read, and says so when written", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    store.save(test::full_installation());
  }
  SQLite3InstallationStore store(options("file:" + path + "?mode=ro"));
  require_unwritable(store, "SQLITE_READONLY");
}

TEST_CASE("a read-only database that has yet to be upgraded is refused", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  test::execute(path, "create table customers (name text)");
  const auto error = error_of_opening(options("file:" + path + "?mode=ro"));
  CHECK(error.code() == "SQLITE_READONLY");
  CHECK(std::string(error.what()).find("read-only") != std::string::npos);
}

TEST_CASE("a file that is no database is an error", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  std::ofstream(path) << std::string(5000, 'x');
  CHECK(error_of_opening(options(path)).code() == "SQLITE_NOTADB");
  CHECK(error_of_opening(options(folder.path().string())).code().starts_with("SQLITE_CANTOPEN"));
  CHECK(error_of_opening(options(path + "/below/a.db")).code() == "SQLITE_CANTOPEN");
}

TEST_CASE("a damaged database is an error, and never 'not installed'", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    for (int i = 0; i < 300; ++i) {
      auto installation = test::full_installation();
      installation.team_id = "T" + std::to_string(i);
      store.save(installation);
    }
  }
  const auto size = fs::file_size(path);
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    for (std::uintmax_t at = 20 * 4096; at < size; at += 2 * 4096) {
      file.seekp(static_cast<std::streamoff>(at));
      file << std::string(64, '\xEE');
    }
  }
  const SQLite3InstallationStore store(options(path));
  int errors = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string team_id = "T" + std::to_string(i);
    try {
      const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = team_id});
      REQUIRE(bot);
      CHECK(bot->team_id == team_id);
    } catch (const StorageError& error) {
      CHECK(error.code().starts_with("SQLITE_CORRUPT"));
      CHECK_FALSE(error.is_retryable());
      ++errors;
    }
  }
  CHECK(errors > 0);
}

TEST_CASE("a truncated database is an error", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    store.save(test::full_installation());
  }
  fs::resize_file(path, 3 * 4096);
  const auto read = [&] {
    SQLite3InstallationStore store(options(path));
    static_cast<void>(store.find_bot(bot_query));
  };
  CHECK(test::thrown_by<StorageError>(read).code().starts_with("SQLITE_CORRUPT"));
}

TEST_CASE("a writer that waits longer than the timeout says that it may try again", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  const test::RawDatabase other(path);
  other.execute("begin immediate");
  const auto started = std::chrono::steady_clock::now();
  const auto error = test::thrown_by<StorageError>([&] { store.save(test::full_installation()); });
  CHECK(std::chrono::steady_clock::now() - started >= std::chrono::milliseconds{50});
  CHECK(error.code() == "SQLITE_BUSY");
  CHECK(error.is_retryable());
  require_unwritable(store, "SQLITE_BUSY");
  other.execute("commit");
  store.save(test::full_installation());
}

TEST_CASE("a write that fails at its end leaves nothing", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  test::execute(path,
                "create trigger full after insert on slack_installations begin select raise(abort, 'no room'); end");
  auto next = test::full_installation();
  next.user_id = "U0BOB";
  next.bot_token = "xoxb-not-a-real-token-2";
  CHECK(test::thrown_by<StorageError>([&] { store.save(next); }).code().starts_with("SQLITE_CONSTRAINT"));
  CHECK(store.find_bot(bot_query) == test::full_bot());
  CHECK(store.find_installation(installation_query) == test::full_installation());
  store.save(test::full_installation());
}

#if !defined(_WIN32)

TEST_CASE("a disk without room is an error, and the data is as it was", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    store.save(test::full_installation());
  }
  CHECK(holds_in_child([&] {
    SQLite3InstallationStore store(options(path));
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{8192, 8192};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto next = test::full_installation();
    next.bot_token = "xoxb-not-a-real-token-2";
    next.team_name = std::string(100'000, 'x');
    const std::string code = code_of([&] { store.save(next); });
    const std::string code_of_delete =
        code_of([&] { store.delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}); });
    const bool is_kept = store.find_bot(bot_query) == test::full_bot() &&
                         store.find_installation(installation_query) == test::full_installation();
    return is_kept && (code == "SQLITE_FULL" || code.starts_with("SQLITE_IOERR")) && code_of_delete != "SQLITE_ERROR";
  }));
  SQLite3InstallationStore store(options(path));
  CHECK(store.find_installation(installation_query).has_value());
  store.save(test::full_installation());
  CHECK(test::RawDatabase(path).value("pragma integrity_check") == "ok");
}

TEST_CASE("a folder that cannot be written is an error", "[sqlite3]") {
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(holds_in_child([&] {
    // Permissions mean nothing to the super user.
    if (geteuid() == 0 && seteuid(65534) != 0) return false;
    return code_of([&] {
             const SQLite3InstallationStore store(options(folder.file("a.db")));
           }).starts_with("SQLITE_CANTOPEN") &&
           code_of([&] {
             const SQLite3InstallationStore store(options(folder.file("b/a.db")));
           }).starts_with("SQLITE_CANTOPEN");
  }));
  fs::permissions(folder.path(), fs::perms::owner_all);
}

TEST_CASE("files and folders that the store makes are their owner's alone", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const mode_t before = umask(0);
  const std::string path = folder.file("new/folder/installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  umask(before);
  CHECK(mode_of(path) == 0600U);
  CHECK(mode_of(path + "-wal") == 0600U);
  CHECK(mode_of(path + "-shm") == 0600U);
  CHECK(mode_of(folder.path() / "new") == 0700U);
  CHECK(mode_of(folder.path() / "new" / "folder") == 0700U);
}

TEST_CASE("a file that is named by a URI is its owner's alone", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const mode_t before = umask(0);
  SQLite3InstallationStore store(options("file:" + folder.file("a%20b.db") + "?cache=private"));
  store.save(test::full_installation());
  umask(before);
  CHECK(mode_of(folder.path() / "a b.db") == 0600U);
}

TEST_CASE("a file that was there keeps its permissions", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  test::execute(path, "create table customers (name text)");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  const SQLite3InstallationStore store(options(path));
  CHECK(mode_of(path) == 0640U);
}

#endif

TEST_CASE("a database in memory lives as long as its store", "[sqlite3]") {
  for (const char* name : {":memory:", "file::memory:", "file:shared?mode=memory"}) {
    CAPTURE(name);
    SQLite3InstallationStore store(options(name));
    store.save(test::full_installation());
    CHECK(store.find_bot(bot_query) == test::full_bot());
    CHECK(store.find_installation(installation_query) == test::full_installation());
    int visited = 0;
    store.for_each_installation([&](const Installation& installation) {
      store.save(installation);
      ++visited;
    });
    CHECK(visited == 1);
    CHECK_FALSE(SQLite3InstallationStore(options(name)).find_bot(bot_query));
  }
}
