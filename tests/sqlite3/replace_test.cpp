// Records that are replaced only where they are still what the caller saw: through two stores, and among processes.
#include <optional>
#include <slack/oauth/sqlite3.hpp>
#include <string>

#include "catch.hpp"
#include "sqlite3/raw_database.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sample_values.hpp"

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>

#include <vector>
#endif

namespace {

using namespace slack::oauth;

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database, .client_id = "111.222", .synchronous = SQLite3Synchronous::off};
}

const BotQuery bot_query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};
const InstallationQuery user_query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};

}  // namespace

TEST_CASE("of two stores that saw the same bot, one replaces it", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore first(options(path));
  SQLite3InstallationStore second(options(path));
  first.save(test::full_installation());
  const auto seen = first.find_bot(bot_query);
  auto mine = seen;
  mine->bot_token = "xoxb-not-a-real-token-8";
  auto theirs = seen;
  theirs->bot_token = "xoxb-not-a-real-token-9";
  CHECK(first.replace_bot(seen, mine));
  CHECK_FALSE(second.replace_bot(seen, theirs));
  CHECK_FALSE(second.replace_bot(seen, std::nullopt));
  CHECK_FALSE(second.replace_bot(std::nullopt, theirs));
  CHECK(second.find_bot(bot_query) == mine);
  CHECK(second.replace_bot(mine, std::nullopt));
  CHECK_FALSE(first.find_bot(bot_query));
  CHECK(first.replace_bot(std::nullopt, mine));
  CHECK(second.find_bot(bot_query) == mine);
}

TEST_CASE("an installation is compared without the bot that it shows", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  const auto seen = store.find_installation(user_query);
  auto bot = test::full_bot();
  bot.bot_token = "xoxb-not-a-real-token-8";
  store.save_bot(bot);
  auto changed = seen;
  changed->user_token = "xoxp-not-a-real-token-8";
  CHECK(store.replace_installation(seen, changed));
  CHECK_FALSE(store.replace_installation(seen, std::nullopt));
  const auto found = store.find_installation(user_query);
  CHECK(found->user_token == "xoxp-not-a-real-token-8");
  CHECK(found->bot_token == "xoxb-not-a-real-token-8");
  CHECK(store.find_bot(bot_query) == bot);
}

TEST_CASE("what somebody else wrote in between is not replaced, whatever they changed", "[sqlite3]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  SQLite3InstallationStore store(options(path));
  store.save(test::full_installation());
  const auto bot = store.find_bot(bot_query);
  const auto installation = store.find_installation(user_query);
  test::execute(path,
                "update slack_bots set custom_values = '{\"plan\": \"silver\"}';"
                "update slack_installations set user_scopes = 'search:write'");
  CHECK_FALSE(store.replace_bot(bot, bot));
  CHECK_FALSE(store.replace_installation(installation, installation));
  CHECK(store.find_bot(bot_query)->get_custom_value("plan") == "silver");
}

#if !defined(_WIN32)

TEST_CASE("of processes that use one refresh token, one puts its pair", "[sqlite3]") {
  constexpr int turns = 200;
  constexpr int processes = 3;
  const test::TemporaryFolder folder;
  const std::string path = folder.file("installations.db");
  {
    SQLite3InstallationStore store(options(path));
    auto bot = test::full_bot();
    bot.bot_refresh_token = "xoxe-1-not-real-0";
    store.save_bot(bot);
  }
  std::vector<pid_t> children;
  for (int number = 0; number < processes; ++number) {
    const pid_t child = ::fork();
    if (child == 0) {
      int won = 0;
      try {
        SQLite3InstallationStore store(options(path));
        for (int turn = 0; turn < turns; ++turn) {
          const RefreshedToken token{.token_type = "bot",
                                     .access_token = "xoxb-not-a-real-token-" + std::to_string(number),
                                     .refresh_token = "xoxe-1-not-real-" + std::to_string(turn + 1)};
          const std::string used = "xoxe-1-not-real-" + std::to_string(turn);
          const TokenReplacement replacement{
              .enterprise_id = "E0KILN", .team_id = "T0FURNACE", .used_refresh_token = used, .token = token};
          won += store.replace_tokens(replacement) ? 1 : 0;
          while (store.find_bot(bot_query)->bot_refresh_token == used) ::usleep(100);
        }
      } catch (const std::exception&) {
        ::_exit(255);
      }
      ::_exit(won);  // 200 at most, so that an exit code holds it
    }
    children.push_back(child);
  }
  int won = 0;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 255);
    won += WEXITSTATUS(status);
  }
  CHECK(won == turns);
  CHECK(SQLite3InstallationStore(options(path)).find_bot(bot_query)->bot_refresh_token ==
        "xoxe-1-not-real-" + std::to_string(turns));
}

#endif
