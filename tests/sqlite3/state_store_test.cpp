#include "slack/oauth/sqlite3/state_store.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_states.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/state_clock.hpp"
#include "support/thrown.hpp"

namespace {

using nlohmann::json;
using slack::oauth::InvalidArgumentError;
using slack::oauth::InvalidDataError;
using slack::oauth::SQLite3OAuthStateStore;
using slack::oauth::SQLite3OAuthStateStoreOptions;
using slack::oauth::StorageError;

constexpr const char* python_state = "7b3f4c9e-2d1a-4c58-9f0e-6a1b2c3d4e5f";
constexpr double start = 1'767'225'600;

struct Database {
  test::TemporaryFolder folder{};
  std::string path = folder.file("states.db");
  test::StateClock clock{};

  [[nodiscard]] SQLite3OAuthStateStoreOptions options() const {
    return {.database = path, .synchronous = slack::oauth::SQLite3Synchronous::off, .clock = clock.function()};
  }
};

std::string columns_of(const test::RawDatabase& database) {
  return database.value("select group_concat(name || ' ' || type) from pragma_table_info('oauth_states')");
}

}  // namespace

TEST_CASE("states that the Python SDK issued are consumed, once and while they hold", "[sqlite3]") {
  const Database database;
  const test::RawDatabase python(database.path);
  test::make_python_state_table(python);
  const std::string whole_second = "00000000-0000-4000-8000-000000000000";
  test::python_issue(python, python_state, start + 300.25);
  test::python_issue(python, whole_second, start + 300);  // the column's affinity makes it an integer
  CHECK(python.value("select group_concat(typeof(expire_at)) from oauth_states") == "real,integer");

  SQLite3OAuthStateStore store(database.options());
  CHECK(store.consume(whole_second) == json());
  database.clock.advance(std::chrono::seconds{300});
  CHECK(store.consume(python_state) == json());
  CHECK_FALSE(store.consume(python_state));
  CHECK_FALSE(test::python_consume(python, python_state, start));

  test::python_issue(python, python_state, start + 300);
  CHECK_FALSE(store.consume(python_state));  // it has just expired
}

TEST_CASE("the Python SDK consumes the states of this library, with a payload or without", "[sqlite3]") {
  const Database database;
  SQLite3OAuthStateStore store(database.options());
  const test::RawDatabase python(database.path);
  const std::string plain = store.issue();
  const std::string with_payload = store.issue({{"tenant", "acme"}});
  const std::string late = store.issue();
  CHECK(python.value("select count(*) from oauth_states") == "3");
  CHECK(python.value("select distinct expire_at from oauth_states") == "1767226200");  // ten minutes

  CHECK(test::python_consume(python, plain, start));
  CHECK(test::python_consume(python, with_payload, start + 599.9));
  CHECK_FALSE(test::python_consume(python, with_payload, start));
  CHECK_FALSE(test::python_consume(python, late, start + 600));
  CHECK_FALSE(store.consume(plain));
  CHECK_FALSE(store.consume(with_payload));
}

TEST_CASE("the Python SDK's table is upgraded in place, and goes on serving it", "[sqlite3]") {
  const Database database;
  const test::RawDatabase python(database.path);
  test::make_python_state_table(python);
  test::python_issue(python, python_state, start + 1);
  {
    const SQLite3OAuthStateStore store(database.options());
    CHECK(columns_of(python) == "id INTEGER,state TEXT,expire_at datetime,payload TEXT");
  }
  SQLite3OAuthStateStore again(database.options());
  CHECK(columns_of(python) == "id INTEGER,state TEXT,expire_at datetime,payload TEXT");
  test::python_issue(python, "another", start + 1);
  CHECK(test::python_consume(python, "another", start));
  CHECK(again.consume(python_state) == json());
}

TEST_CASE("states and installations live in one file, and neither disturbs the other's version", "[sqlite3]") {
  const Database database;
  slack::oauth::SQLite3InstallationStore installations(
      {.database = database.path, .client_id = "111.222", .synchronous = slack::oauth::SQLite3Synchronous::off});
  installations.save({.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U1"});
  SQLite3OAuthStateStore store(database.options());
  const std::string state = store.issue(1);
  const slack::oauth::SQLite3InstallationStore again({.database = database.path, .client_id = "111.222"});
  CHECK(again.find_bot({.team_id = "T1"}));
  CHECK(store.consume(state) == 1);

  const test::RawDatabase raw(database.path);
  CHECK(raw.query("select component, version from slack_oauth_schema order by component") ==
        std::vector<test::Row>{{"installation_store", "3"}, {"state_store", "1"}});
  raw.execute("update slack_oauth_schema set version = 9 where component = 'installation_store'");
  CHECK_NOTHROW(SQLite3OAuthStateStore(database.options()));
  raw.execute("update slack_oauth_schema set version = 9 where component = 'state_store'");
  CHECK_THROWS_AS(SQLite3OAuthStateStore(database.options()), StorageError);
}

TEST_CASE("a table that is not a Slack SDK's is refused and left alone", "[sqlite3]") {
  const Database database;
  const test::RawDatabase raw(database.path);
  raw.execute("create table oauth_states (state text, country text)");
  const auto error = test::thrown_by<InvalidDataError>([&] { SQLite3OAuthStateStore store(database.options()); });
  CHECK(error.subject() == "oauth_states");
  CHECK(columns_of(raw) == "state TEXT,country TEXT");
}

TEST_CASE("values that no Slack SDK wrote are neither consumed nor a crash", "[sqlite3]") {
  const Database database;
  SQLite3OAuthStateStore store(database.options());
  const test::RawDatabase raw(database.path);
  const auto state = [](char digit) { return std::string(40, digit); };
  raw.execute("insert into oauth_states (state, expire_at) values ('" + state('1') + "', '2999-01-01 00:00:00'), ('" +
              state('2') + "', x'ff'), ('" + state('3') + "', -9e999)");
  raw.execute("insert into oauth_states (state, expire_at, payload) values ('" + state('4') + "', 9e9, '{not JSON')");
  for (const char digit : {'1', '2', '3'}) CHECK_FALSE(store.consume(state(digit)));
  const auto error = test::thrown_by<InvalidDataError>([&] { static_cast<void>(store.consume(state('4'))); });
  CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("payload of a state"));
  CHECK(store.issue().size() == 40);
}

TEST_CASE("a database that is locked is a StorageError that may pass, and the state is still there", "[sqlite3]") {
  const Database database;
  auto options = database.options();
  options.busy_timeout = std::chrono::milliseconds{1};
  SQLite3OAuthStateStore store(options);
  const std::string state = store.issue("acme");
  const test::RawDatabase other(database.path);
  other.execute("begin immediate");
  const auto error = test::thrown_by<StorageError>([&] { static_cast<void>(store.consume(state)); });
  CHECK(error.code() == "SQLITE_BUSY");
  CHECK(error.is_retryable());
  CHECK_THROWS_AS(store.issue(), StorageError);
  other.execute("rollback");
  CHECK(store.consume(state) == "acme");
}

TEST_CASE("options of the SQLite store of states are checked by name", "[sqlite3]") {
  const auto subject = [](const SQLite3OAuthStateStoreOptions& options) {
    return std::string(test::thrown_by<InvalidArgumentError>([&] { SQLite3OAuthStateStore store(options); }).subject());
  };
  CHECK(subject({}) == "database");
  CHECK(subject({.database = std::string("a\0b", 3)}) == "database");
  CHECK(subject({.database = ":memory:", .expiration = std::chrono::seconds{0}}) == "expiration");
  CHECK(subject({.database = ":memory:", .expiration = std::chrono::seconds::max()}) == "expiration");
  CHECK(subject({.database = ":memory:", .busy_timeout = std::chrono::milliseconds{-1}}) == "busy_timeout");
  CHECK(subject({.database = ":memory:", .clock = nullptr}) == "clock");
}

#if !defined(_WIN32)
TEST_CASE("the file of the SQLite store of states is for its owner only", "[sqlite3]") {
  const Database database;
  const SQLite3OAuthStateStore store(database.options());
  CHECK(std::filesystem::status(database.path).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}
#endif

TEST_CASE("the SQLite store of states logs no state and no payload", "[sqlite3]") {
  const Database database;
  std::string lines;
  auto options = database.options();
  options.logger =
      slack::oauth::Logger(slack::oauth::LogLevel::debug, [&](slack::oauth::LogLevel, std::string_view line) {
        lines += std::string(line) + "\n";
        throw std::runtime_error("the log is full");
      });
  SQLite3OAuthStateStore store(options);
  const std::string state = store.issue("acme");
  CHECK(store.consume(state) == "acme");
  CHECK(lines == "issued a state\nconsumed a state\n");
}
