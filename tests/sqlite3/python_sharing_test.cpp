// One database, used by this library and by the Python SDK in turn.
#include <chrono>
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/python_database.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Installation;
using slack::oauth::InvalidDataError;
using slack::oauth::SQLite3InstallationStore;

slack::oauth::SQLite3InstallationStoreOptions options(const test::TemporaryFolder& folder, bool keeps_history = false) {
  return {.database = folder.file("installations.db"),
          .client_id = "111.222",
          .historical_data_enabled = keeps_history,
          .synchronous = slack::oauth::SQLite3Synchronous::off};
}

Installation installation(const std::string& user_id, const std::string& token,
                          slack::oauth::Timestamp installed_at = slack::oauth::now()) {
  return {.team_id = "T1",
          .bot_token = token.empty() ? std::nullopt : std::optional(token),
          .bot_id = "B0BOT",
          .bot_user_id = "U0BOTUSER",
          .bot_scopes = {"chat:write"},
          .user_id = user_id,
          .installed_at = installed_at};
}

std::string token_of(const std::optional<slack::oauth::Bot>& bot) { return bot ? bot->bot_token : "nothing"; }

std::string token_of(const std::optional<Installation>& found) {
  return found ? found->bot_token.value_or("none") : "nothing";
}

}  // namespace

TEST_CASE("a database that the Python SDK made is read", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const test::RawDatabase python(folder.file("installations.db"));
  test::make_python_tables(python);
  test::python_save(python, "T1", "U1", {.token = "xoxb-not-a-real-token-1", .refresh_token = "xoxe-1-not-real"},
                    "2026-01-01 00:00:00");
  SQLite3InstallationStore store(options(folder));

  const auto bot = store.find_bot({.team_id = "T1"});
  REQUIRE(bot);
  CHECK(bot->app_id == "A0SMELTER");
  CHECK_FALSE(bot->enterprise_id);
  CHECK_FALSE(bot->enterprise_name);
  CHECK(bot->team_id == "T1");
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
  CHECK(bot->bot_scopes == std::vector<std::string>{"chat:write", "commands"});
  CHECK(bot->bot_refresh_token == "xoxe-1-not-real");
  CHECK(bot->bot_token_expires_at == test::at_second(1767268800));
  CHECK_FALSE(bot->is_enterprise_install);
  CHECK(bot->installed_at == test::at(1767225600));
  CHECK(bot->custom_values.empty());

  const auto found = store.find_installation({.team_id = "T1", .user_id = "U1"});
  REQUIRE(found);
  CHECK(found->user_token == "xoxp-not-a-real-token-of-U1");
  CHECK(found->user_scopes == std::vector<std::string>{"search:read"});
  CHECK(found->token_type == "bot");
  CHECK(found->bot_token == "xoxb-not-a-real-token-1");
  CHECK(found->installed_at == test::at(1767225600));
}

TEST_CASE("of the rows that the Python SDK adds, the last one counts", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  const test::RawDatabase python(folder.file("installations.db"));

  // Its times are cut to the second, so this row is "older" than the one before it.
  store.save(installation("U1", "xoxb-not-a-real-token-1"));
  test::python_save(python, "T1", "U1", {.token = "xoxb-not-a-real-token-2"});
  CHECK(token_of(store.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
  CHECK(token_of(store.find_installation({.team_id = "T1", .user_id = "U1"})) == "xoxb-not-a-real-token-2");
  CHECK(store.find_installation({.team_id = "T1"})->user_token == "xoxp-not-a-real-token-of-U1");

  test::python_save_bot(python, "T1", {.token = "xoxb-not-a-real-token-3"});
  CHECK(token_of(store.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-3");
  CHECK(token_of(store.find_installation({.team_id = "T1"})) == "xoxb-not-a-real-token-3");

  int visited = 0;
  store.for_each_bot([&](const auto& bot) { visited += bot.bot_token == "xoxb-not-a-real-token-3" ? 1 : 100; });
  store.for_each_installation([&](const auto& found) { visited += found.user_token ? 10 : 100; });
  CHECK(visited == 11);

  store.save(installation("U1", "xoxb-not-a-real-token-4"));
  CHECK(python.value("select count(*) from slack_bots") == "1");
  CHECK(python.value("select count(*) from slack_installations") == "1");
}

TEST_CASE("what the Python SDK deletes is gone", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  store.save(installation("U1", "xoxb-not-a-real-token-1"));
  // Its delete_bot leaves the token in slack_installations.
  test::RawDatabase(folder.file("installations.db")).execute("delete from slack_bots where team_id = 'T1'");
  CHECK_FALSE(store.find_bot({.team_id = "T1"}));
  CHECK(token_of(store.find_installation({.team_id = "T1"})) == "none");
  CHECK(token_of(store.find_installation({.team_id = "T1", .user_id = "U1"})) == "none");
}

TEST_CASE("the Python SDK sees what is true", "[sqlite3]") {
  const bool keeps_history = GENERATE(false, true);
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder, keeps_history));
  const test::RawDatabase python(folder.file("installations.db"));
  const auto require_token = [&](const std::string& token, const std::vector<std::string>& users) {
    CAPTURE(keeps_history, token);
    CHECK(test::python_bot_token(python, "T1") == token);
    CHECK(test::python_installation(python, "T1")->bot_token == token);
    for (const auto& user : users) CHECK(test::python_installation(python, "T1", user)->bot_token == token);
  };
  const auto day = [](int number) { return test::at(1767225600 + number * 86400, 250'000); };

  store.save(installation("U1", "xoxb-not-a-real-token-1", day(1)));
  require_token("xoxb-not-a-real-token-1", {"U1"});
  store.save(installation("U2", "xoxb-not-a-real-token-2", day(2)));
  require_token("xoxb-not-a-real-token-2", {"U1", "U2"});

  auto bot = store.find_bot({.team_id = "T1"});
  bot->bot_token = "xoxb-not-a-real-token-3";
  store.save_bot(*bot);
  require_token("xoxb-not-a-real-token-3", {"U1", "U2"});

  // A user's token alone, and newer than all: the bot stays.
  store.save(installation("U3", "", day(3)));
  require_token("xoxb-not-a-real-token-3", {"U1", "U2", "U3"});

  // One that is older than the others: their rows are the newest still.
  store.save(installation("U1", "xoxb-not-a-real-token-4", day(0)));
  require_token("xoxb-not-a-real-token-4", {"U1", "U2", "U3"});
  CHECK(test::python_installation(python, "T1")->user_id == "U3");

  store.delete_installation({.team_id = "T1", .user_id = "U3"});
  require_token("xoxb-not-a-real-token-4", {"U1", "U2"});
  CHECK(test::python_installation(python, "T1")->user_id == "U2");

  bot->bot_token = "xoxb-not-a-real-token-5";
  bot->installed_at = day(0);
  store.save_bot(*bot);
  require_token("xoxb-not-a-real-token-5", {"U1", "U2"});

  store.delete_bot({.team_id = "T1"});
  CHECK(test::python_bot_token(python, "T1") == "nothing");
  CHECK(test::python_installation(python, "T1")->bot_token == "NULL");
  CHECK(python.value("select count(*) from slack_installations where bot_token is not null or bot_id is not null or "
                     "bot_user_id is not null or bot_scopes <> '' or bot_refresh_token is not null") == "0");

  store.save_bot(*bot);
  require_token("xoxb-not-a-real-token-5", {"U1", "U2"});
  store.delete_all({.team_id = "T1"});
  CHECK(test::python_bot_token(python, "T1") == "nothing");
  CHECK_FALSE(test::python_installation(python, "T1"));
}

TEST_CASE("the columns hold what the Python SDK expects of them", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  store.save(test::full_installation());
  store.save(Installation{.team_id = "T2", .user_id = "U2", .installed_at = test::at(0)});
  const test::RawDatabase python(folder.file("installations.db"));
  CHECK(python.query("select enterprise_id, team_id, bot_scopes, bot_token_expires_at, typeof(bot_token_expires_at), "
                     "user_scopes, is_enterprise_install, typeof(is_enterprise_install), installed_at, "
                     "typeof(installed_at), json_extract(custom_values, '$.plan'), user_scopes_exact, given_team_id "
                     "from slack_installations where user_id = 'U0ADA'") ==
        std::vector<test::Row>{{"E0KILN", "T0FURNACE", "chat:write,commands", "1767268800", "integer", "search:read",
                                "0", "integer", "2026-01-01 00:00:00.123456", "text", "gold", "NULL", "NULL"}});
  CHECK(python.value("select strftime('%s', installed_at) from slack_bots") == "1767225600");
  CHECK(python.query("select app_id, enterprise_id, bot_token, bot_scopes, custom_values, installed_at from "
                     "slack_installations where user_id = 'U2'") ==
        std::vector<test::Row>{{"", "", "NULL", "", "NULL", "1970-01-01 00:00:00.000000"}});
}

TEST_CASE("times are read as people and programs write them", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  auto saved = test::full_installation();
  store.save(saved);
  const test::RawDatabase python(folder.file("installations.db"));
  const auto read_as = [&](const std::string& sql) {
    python.execute("update slack_bots set installed_at = " + sql + ", bot_token_expires_at = " + sql);
    const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    CHECK(bot->bot_token_expires_at == test::at_second(1767225600));
    return bot->installed_at;
  };
  CHECK(read_as("'2026-01-01 00:00:00'") == test::at(1767225600));
  CHECK(read_as("'2026-01-01 00:00:00.000001'") == test::at(1767225600, 1));
  CHECK(read_as("'2026-01-01T00:00:00Z'") == test::at(1767225600));
  CHECK(read_as("'2026-01-01 02:00:00.5+02:00'") == test::at(1767225600, 500'000));
  CHECK(read_as("1767225600") == test::at(1767225600));
  CHECK(read_as("1767225600.25") == test::at(1767225600, 250'000));
}

TEST_CASE("a value that means nothing is an error that names its column, and not the value", "[sqlite3]") {
  const test::TemporaryFolder folder;
  SQLite3InstallationStore store(options(folder));
  store.save(test::full_installation());
  const test::RawDatabase other(folder.file("installations.db"));
  const auto subject_after = [&](const std::string& table, const std::string& column, const std::string& sql) {
    other.execute("create temp table kept as select " + column + " as value from " + table);
    other.execute("update " + table + " set " + column + " = " + sql);
    const auto error = test::thrown_by<InvalidDataError>(
        [&] { static_cast<void>(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})); });
    CHECK_THAT(error.what(), !Catch::Matchers::ContainsSubstring("secret"));
    CHECK_THROWS_AS(store.for_each_installation([](const auto&) {}), InvalidDataError);
    other.execute("update " + table + " set " + column + " = (select value from temp.kept); drop table temp.kept");
    return std::string(error.subject());
  };
  CHECK(subject_after("slack_installations", "installed_at", "'the secret day'") == "slack_installations.installed_at");
  CHECK(subject_after("slack_installations", "installed_at", "9e99") == "slack_installations.installed_at");
  CHECK(subject_after("slack_installations", "is_enterprise_install", "'secret'") ==
        "slack_installations.is_enterprise_install");
  CHECK(subject_after("slack_installations", "user_token", "x'736563726574'") == "slack_installations.user_token");
  CHECK(subject_after("slack_installations", "custom_values", "'{\"a\": secret'") ==
        "slack_installations.custom_values");
  CHECK(subject_after("slack_installations", "custom_values", "'[\"secret\"]'") == "slack_installations.custom_values");
  CHECK(subject_after("slack_installations", "user_scopes_exact", "'{}'") == "slack_installations.user_scopes_exact");
  CHECK(subject_after("slack_bots", "bot_token_expires_at", "'secret'") == "slack_bots.bot_token_expires_at");
  CHECK(subject_after("slack_bots", "bot_scopes_exact", "'7'") == "slack_bots.bot_scopes_exact");
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == test::full_installation());
}
