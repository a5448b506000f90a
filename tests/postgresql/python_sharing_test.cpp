// One database for this library and the Python SDK's SQLAlchemy stores, whose SQL is in python_database.hpp.
#include <slack/oauth/postgresql.hpp>
#include <string>
#include <thread>

#include "catch.hpp"
#include "postgresql/placed_store.hpp"
#include "postgresql/python_database.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;

namespace {

/// A store on tables that Python made.
struct Shared {
  explicit Shared(bool keeps_history = false)
      : options(test::placed(PostgreSQLInstallationStoreOptions{.historical_data_enabled = keeps_history})),
        python((test::make_python_tables(test::RawDatabase(options.connection_string, options.tables.schema)),
                test::RawDatabase(options.connection_string, options.tables.schema))),
        store(options) {}

  PostgreSQLInstallationStoreOptions options;
  test::RawDatabase python;
  PostgreSQLInstallationStore store;
};

Installation installation(const std::string& user_id, int version, const std::string& team_id = "T1") {
  Installation made = test::full_installation();
  made.enterprise_id.reset();
  made.team_id = team_id;
  made.user_id = user_id;
  made.bot_token = "xoxb-not-a-real-token-" + std::to_string(version);
  made.installed_at += std::chrono::hours{version};
  return made;
}

}  // namespace

TEST_CASE("what Python saves is found, field by field", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Shared shared;
  // Neither the session's time zone nor its way to write dates is ours to choose.
  test::RawDatabase(shared.options.connection_string)
      .execute("alter role postgres set timezone = 'America/New_York'; alter role postgres set datestyle = 'German'");
  PostgreSQLInstallationStore store(shared.options);
  test::python_save(shared.python, {.refresh_token = "xoxe-not-a-real-token-1"});
  const auto found = store.find_installation({.team_id = "T1"});
  const auto bot = store.find_bot({.team_id = "T1"});
  test::RawDatabase(shared.options.connection_string)
      .execute("alter role postgres reset timezone; alter role postgres reset datestyle");
  REQUIRE(found.has_value());
  REQUIRE(bot.has_value());
  CHECK(found->app_id == "A0SMELTER");
  CHECK_FALSE(found->enterprise_id.has_value());
  CHECK(found->team_name == "Furnace Works");
  CHECK(found->user_id == "U1");
  CHECK(found->user_token == "xoxp-not-a-real-token-of-U1");
  CHECK(found->bot_token == "xoxb-not-a-real-token-1");
  CHECK(found->installed_at == test::at(1767225600, 250'000));
  CHECK(bot->bot_scopes == std::vector<std::string>{"chat:write", "commands"});
  CHECK(bot->bot_refresh_token == "xoxe-not-a-real-token-1");
  CHECK(bot->bot_token_expires_at == test::at_second(1767225600 + 12 * 3600));
  CHECK(bot->installed_at == test::at(1767225600, 250'000));
}

TEST_CASE("of what Python saves, the last counts, and an installation without a bot leaves the bot", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Shared shared;
  test::python_save(shared.python, {.installed_at = "2026-01-02 00:00:00"});
  test::python_save(shared.python, {.bot_token = "xoxb-not-a-real-token-2", .installed_at = "2026-01-01 00:00:00"});
  CHECK(shared.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  test::python_save(shared.python, {.user_id = "U2", .bot_token = "NULL", .installed_at = "2026-01-03 00:00:00"});
  CHECK(shared.python.value("select count(*) from slack_bots where bot_token is null") == "1");
  CHECK(shared.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(shared.store.find_installation({.team_id = "T1"})->user_id == "U2");
  CHECK(shared.store.find_installation({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  int bots = 0;
  shared.store.for_each_bot([&bots](const Bot& bot) { bots += bot.bot_token == "xoxb-not-a-real-token-2" ? 1 : 100; });
  CHECK(bots == 1);

  // The next write clears what is superseded, and Python finds what it left.
  shared.store.save(installation("U1", 72));
  CHECK(shared.python.value("select count(*) from slack_bots") == "1");
  CHECK(test::python_bot_token(shared.python, "T1") == "xoxb-not-a-real-token-72");
  shared.store.delete_bot({.team_id = "T1"});
  CHECK(test::python_bot_token(shared.python, "T1") == "nothing");
}

TEST_CASE("what Python rotates is found in the row that it updates", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool keeps_history = GENERATE(false, true);
  CAPTURE(keeps_history);
  Shared shared(keeps_history);
  auto saved = installation("U1", 1);
  saved.bot_refresh_token_expires_at = test::at_second(1769860800);
  shared.store.save(saved);
  // A rotated installation keeps its time.
  test::python_save(shared.python,
                    {.bot_token = "xoxb-not-a-real-token-2", .installed_at = "2026-01-01 01:00:00.123456"});
  CHECK(shared.python.value("select count(*) from slack_bots") == "1");
  CHECK(shared.python.value("select count(*) from slack_installations") == "1");
  CHECK(shared.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(shared.store.find_installation({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(shared.store.find_installation({.team_id = "T1", .user_id = "U1"})->user_token ==
        "xoxp-not-a-real-token-of-U1");
  // Python does not know this column, and leaves it.
  CHECK(shared.store.find_bot({.team_id = "T1"})->bot_refresh_token_expires_at == test::at_second(1769860800));
  CHECK(test::python_bot_token(shared.python, "T1") == "xoxb-not-a-real-token-2");
}

TEST_CASE("what is saved here is found by Python's queries", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const bool keeps_history = GENERATE(false, true);
  CAPTURE(keeps_history);
  Shared shared(keeps_history);
  shared.store.save(installation("U1", 1));
  shared.store.save(installation("U2", 2));
  CHECK(shared.python.query("select distinct enterprise_id from slack_installations") ==
        std::vector<test::Row>{{"NULL"}});
  CHECK(test::python_bot_token(shared.python, "T1") == "xoxb-not-a-real-token-2");
  CHECK(test::python_installation(shared.python, "T1")->user_id == "U2");
  CHECK(test::python_installation(shared.python, "T1")->bot_token == "xoxb-not-a-real-token-2");
  CHECK(test::python_installation(shared.python, "T1", "U1")->bot_token == "xoxb-not-a-real-token-2");
  // An older one that is saved last is the bot; Python takes that of the newest time.
  shared.store.save(installation("U1", 0));
  CHECK(test::python_bot_token(shared.python, "T1") == "xoxb-not-a-real-token-0");
  CHECK(test::python_installation(shared.python, "T1")->bot_token == "xoxb-not-a-real-token-0");
  shared.store.delete_bot({.team_id = "T1"});
  CHECK(test::python_bot_token(shared.python, "T1") == "nothing");
  CHECK(test::python_installation(shared.python, "T1")->bot_token == "NULL");
  CHECK(shared.python.value("select count(*) from slack_installations where bot_token is not null") == "0");
}

TEST_CASE("both write the same workspaces at once, and both find the last save", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  Shared shared;
  constexpr int saves = 60;
  std::thread python([&shared] {
    const test::RawDatabase own(shared.options.connection_string, shared.options.tables.schema);
    for (int i = 0; i < saves; ++i) {
      test::python_save(own, {.team_id = "T" + std::to_string(i % 3),
                              .bot_token = "xoxb-not-a-real-token-of-python-" + std::to_string(i),
                              .installed_at = "2026-01-01 00:00:" + std::to_string(i / 10) + std::to_string(i % 10)});
    }
  });
  for (int i = 0; i < saves; ++i) shared.store.save(installation("U1", i, "T" + std::to_string(i % 3)));
  python.join();
  for (int i = 0; i < 3; ++i) {
    const std::string team_id = "T" + std::to_string(i);
    const auto found = shared.store.find_bot({.team_id = team_id});
    REQUIRE(found.has_value());
    CHECK(shared.python.value("select bot_token from slack_bots where team_id = $1 order by id desc limit 1",
                              {team_id}) == found->bot_token);
    shared.store.save(installation("U1", 1000 + i, team_id));
    CHECK(test::python_bot_token(shared.python, team_id) == "xoxb-not-a-real-token-" + std::to_string(1000 + i));
    CHECK(test::python_installation(shared.python, team_id)->bot_token ==
          "xoxb-not-a-real-token-" + std::to_string(1000 + i));
    CHECK(shared.store.find_bot({.team_id = team_id})->bot_token ==
          "xoxb-not-a-real-token-" + std::to_string(1000 + i));
  }
}

TEST_CASE("a state that Python issued is consumed here, and one from here by Python", "[postgresql]") {
  if (test::postgresql_server() == nullptr) return;
  const auto options = test::placed(PostgreSQLOAuthStateStoreOptions{});
  const test::RawDatabase python(options.connection_string, options.tables.schema);
  test::make_python_state_table(python);
  PostgreSQLOAuthStateStore states(options);
  const std::string issued = "0b8e8f5e-1111-4222-8333-444455556666";
  const auto issue = [&](const std::string& rest) {
    static_cast<void>(
        python.query("insert into slack_oauth_states (state, expire_at) values ($1, (now() at time zone "
                     "'utc') + $2::interval)",
                     {issued, rest}));
  };
  issue("10 minutes");
  CHECK(states.consume(issued) == nlohmann::json());
  CHECK_FALSE(states.consume(issued).has_value());
  issue("-1 second");
  CHECK_FALSE(states.consume(issued).has_value());

  const std::string ours = states.issue("acme");
  const auto rows = python.query(
      "select id from slack_oauth_states where state = $1 and expire_at > (now() at time "
      "zone 'utc')",
      {ours});
  REQUIRE(rows.size() == 1);
  static_cast<void>(python.query("delete from slack_oauth_states where id = $1", rows.front()));
  CHECK_FALSE(states.consume(ours).has_value());
}
