// An authorizer that refreshes what is due.
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/fake_slack.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizerOptions;
using slack::oauth::ClientCredentials;
using slack::oauth::Installation;
using slack::oauth::Logger;
using slack::oauth::LogLevel;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;
using slack::oauth::StorageError;
using slack::oauth::Timestamp;
using slack::oauth::TokenRotationError;
using slack::oauth::TokenRotator;
using test::FakeSlack;

Installation expiring(const std::string& user_id) {
  return {.team_id = "T0FURNACE",
          .bot_token = "xoxe.xoxb-1-not-a-real-token-1",
          .bot_scopes = {"chat:write"},
          .bot_refresh_token = "xoxe-1-not-a-real-bot-refresh-1",
          .bot_token_expires_at = test::at_second(10'000),
          .user_id = user_id,
          .user_token = "xoxe.xoxp-1-not-a-real-token-of-" + user_id,
          .user_refresh_token = "xoxe-1-not-a-real-refresh-of-" + user_id,
          .user_token_expires_at = test::at_second(10'000)};
}

nlohmann::json refreshed(std::string_view token, std::string_view type) {
  return {
      {"ok", true},
      {"access_token", std::string("xoxe.xox") + (type == "bot" ? "b" : "p") + "-1-not-a-real-" + std::string(token)},
      {"refresh_token", "xoxe-1-not-a-real-refresh-" + std::string(token)},
      {"expires_in", 43200},
      {"token_type", type},
      {"app_id", "A0SMELTER"},
      {"scope", "chat:write"},
      {"team", {{"id", "T0FURNACE"}}}};
}

struct Scene {
  Scene() {
    store.save(expiring("U0GRACE"));
    slack.refreshed["xoxe-1-not-a-real-bot-refresh-1"] = refreshed("bot-2", "bot");
    slack.refreshed["xoxe-1-not-a-real-refresh-of-U0GRACE"] = refreshed("grace-2", "user");
  }

  AuthorizerOptions options() {
    return {
        .rotator = std::make_shared<TokenRotator>(
            slack.client(), ClientCredentials{"111.222", "not-a-real-secret"},
            slack::oauth::TokenRotatorOptions{.clock = [this] { return time; },
                                              .sleep = [this](std::chrono::milliseconds pause) { slept += pause; }}),
        .clock = [this] { return time; },
        .logger = Logger(LogLevel::warning, [this](LogLevel, std::string_view line) { lines.emplace_back(line); })};
  }

  MemoryInstallationStore store{};
  FakeSlack slack{};
  Timestamp time = test::at(1'000);
  std::chrono::milliseconds slept{0};
  std::vector<std::string> lines{};
};

/// Cannot be written to.
class ReadOnlyStore : public test::WatchedStore {
 public:
  using WatchedStore::WatchedStore;
  std::unique_ptr<slack::oauth::WorkspaceLease> try_lease(const slack::oauth::WorkspaceRef& /*ref*/,
                                                          std::chrono::milliseconds /*lifetime*/) override {
    test::fail();
  }
};

const PayloadIds grace{.team_id = "T0FURNACE", .user_id = "U0GRACE"};
const PayloadIds nobody{.team_id = "T0FURNACE", .user_id = "U0NOBODY"};

}  // namespace

TEST_CASE("What is not due is given as it is") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  CHECK(authorizer.authorize(grace)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(scene.slack.refreshes == 0);
}

TEST_CASE("What is due is refreshed, saved and given") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());

  SECTION("for the user, with the bot") {
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-grace-2");
    CHECK(scene.slack.refreshes == 2);
    CHECK(authorizer.authorize(grace) == result);
    CHECK(scene.slack.refreshes == 2);
  }
  SECTION("for another user, the bot alone") {
    CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(scene.slack.refreshes == 1);
    CHECK(scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"})->user_token ==
          "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  }
  CHECK(scene.store.find_bot({.team_id = "T0FURNACE"})->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
}

TEST_CASE("A record from before a migration is filed anew and refreshed there") {
  Scene scene;
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"});
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK(result->bot_source == RecordSource::workspace);
  CHECK(scene.store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->bot_token ==
        "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"}));
}

TEST_CASE("A token that could not be refreshed is used until it expires, and then is an error") {
  Scene scene;
  scene.slack.refreshed.clear();
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  scene.time = test::at(10'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), TokenRotationError);
  CHECK_THROWS_AS(authorizer.authorize(nobody), TokenRotationError);
}

TEST_CASE("A dead holder of the turn is not waited for while the tokens still work") {
  Scene scene;
  const auto dead = scene.store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
  REQUIRE(dead);
  AuthorizerOptions options = scene.options();
  const auto briefly = std::chrono::milliseconds{1'100};
  scene.time = test::at(9'000);

  SECTION("for the user, with the bot") {
    const auto result = Authorizer(scene.store, options).authorize(grace);
    CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
    CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
    CHECK(scene.slept < briefly);
  }
  SECTION("for the bot alone") {
    CHECK(Authorizer(scene.store, options).authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
    CHECK(scene.slept < briefly);
  }
  SECTION("nor at all, where nobody wants to wait") {
    options.refresh_lease_timeout = std::chrono::milliseconds{0};
    CHECK(Authorizer(scene.store, options).authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
    CHECK(scene.slept == std::chrono::milliseconds{0});
  }
  REQUIRE(scene.lines.size() == 1);
  CHECK(scene.lines[0].find("lease_timeout") != std::string::npos);
  CHECK(scene.lines[0].find("xox") == std::string::npos);
}

TEST_CASE("An expired token is worth the rotator's whole wait") {
  Scene scene;
  const auto dead = scene.store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
  scene.time = test::at(10'000);
  Authorizer authorizer(scene.store, scene.options());
  CHECK(test::thrown_by<TokenRotationError>([&] { authorizer.authorize(nobody); }).code() == "lease_timeout");
  CHECK(scene.slept > std::chrono::seconds{60});
  scene.slept = {};
  CHECK(test::thrown_by<TokenRotationError>([&] { authorizer.authorize(grace); }).code() == "lease_timeout");
  CHECK(scene.slept > std::chrono::seconds{60});
}

TEST_CASE("A store that gives no turn has its tokens used until they expire") {
  Scene scene;
  ReadOnlyStore store(scene.store);
  Authorizer authorizer(store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(authorizer.authorize(grace)->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  CHECK(authorizer.authorize(nobody)->bot_token == "xoxe.xoxb-1-not-a-real-token-1");
  CHECK(scene.lines.size() == 3);
  scene.time = test::at(10'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), StorageError);
  CHECK_THROWS_AS(authorizer.authorize(nobody), StorageError);
  CHECK(scene.slack.refreshes == 0);
}

TEST_CASE("Where one of two tokens could not be refreshed, the other one's new token is given") {
  Scene scene;
  scene.slack.refreshed.erase("xoxe-1-not-a-real-refresh-of-U0GRACE");
  scene.time = test::at(9'000);
  Authorizer authorizer(scene.store, scene.options());
  const auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
}

TEST_CASE("A user whose token is lost for good has the bot all the same") {
  Scene scene;
  scene.slack.refreshed.erase("xoxe-1-not-a-real-refresh-of-U0GRACE");
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token);
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  CHECK(result->user_source == RecordSource::none);
}

TEST_CASE("A user whose expired token cannot be refreshed for now has the bot all the same") {
  Scene scene;
  const std::string refresh_token = "xoxe-1-not-a-real-refresh-of-U0GRACE";
  const auto works = std::exchange(scene.slack.refreshed[refresh_token], FakeSlack::refusal("internal_error"));
  auto options = scene.options();
  options.rotator = std::make_shared<TokenRotator>(
      scene.slack.client(), ClientCredentials{"111.222", "not-a-real-secret"},
      slack::oauth::TokenRotatorOptions{.retry_pause = {}, .clock = [&] { return scene.time; }});
  Authorizer authorizer(scene.store, options);
  scene.time = test::at(11'000);
  auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  CHECK(result->user_source == RecordSource::none);
  REQUIRE(scene.lines.size() == 2);
  CHECK(scene.lines[0].find("internal_error") != std::string::npos);
  CHECK(scene.lines[1].find("the bot's is given alone") != std::string::npos);

  scene.slack.refreshed[refresh_token] = works;
  CHECK(authorizer.authorize(grace)->user_token == "xoxe.xoxp-1-not-a-real-grace-2");
}

TEST_CASE("A user's token that cannot be refreshed keeps no bot of another record from it") {
  Scene scene;
  Installation user = expiring("U0LINUS");
  user.bot_token.reset();
  user.bot_refresh_token.reset();
  user.bot_token_expires_at.reset();
  scene.store.save(user);
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(11'000);
  const auto result = authorizer.authorize({.team_id = "T0FURNACE", .user_id = "U0LINUS"});
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  CHECK_FALSE(result->user_token);
}

TEST_CASE("An expired user's token without a bot is an error") {
  Scene scene;
  scene.store.delete_all({.team_id = "T0FURNACE"});
  Installation user = expiring("U0GRACE");
  user.bot_token.reset();
  user.bot_refresh_token.reset();
  user.bot_token_expires_at.reset();
  scene.store.save(user);
  scene.slack.refreshed.clear();
  Authorizer authorizer(scene.store, scene.options());
  scene.time = test::at(11'000);
  CHECK_THROWS_AS(authorizer.authorize(grace), TokenRotationError);
}

TEST_CASE("A logger that throws keeps no token back") {
  Scene scene;
  scene.slack.refreshed.clear();
  auto options = scene.options();
  int lines = 0;
  options.logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view) {
    ++lines;
    throw std::runtime_error("the log is full");
  });
  Authorizer authorizer(scene.store, options);
  scene.time = test::at(9'000);
  CHECK(authorizer.authorize(grace)->user_token == "xoxe.xoxp-1-not-a-real-token-of-U0GRACE");
  CHECK(lines == 1);
  CHECK(authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));  // which is filed anew
  CHECK(lines == 3);
}

TEST_CASE("New tokens that could not be saved are never passed over in silence") {
  Scene scene;
  test::WatchedStore store(scene.store);
  store.before = [](std::string_view method) {
    if (method == "save_bot") test::fail();
  };
  scene.time = test::at(9'000);
  Authorizer authorizer(store, scene.options());
  try {
    static_cast<void>(authorizer.authorize(nobody));
    FAIL("expected an error");
  } catch (const TokenRotationError& error) {
    CHECK(error.has_unsaved_token());
  }
}

TEST_CASE("An app that is uninstalled while its token is refreshed is not installed") {
  Scene scene;
  test::WatchedStore store(scene.store);
  scene.time = test::at(9'000);
  Authorizer authorizer(store, scene.options());
  int look_ups = 0;
  store.before = [&](std::string_view method) {
    if (method == "find_bot" && ++look_ups == 2) scene.store.delete_all({.team_id = "T0FURNACE"});
  };
  CHECK_FALSE(authorizer.authorize({.team_id = "T0FURNACE"}));
  CHECK(scene.slack.refreshes == 0);
}

TEST_CASE("Minimal stores have their tokens refreshed") {
  Scene scene;
  scene.time = test::at(9'000);
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(expiring("U0GRACE"));
    Authorizer authorizer(store, scene.options());
    CHECK(authorizer.authorize(grace)->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(store.bots.begin()->second.bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
  }
  SECTION("installations alone") {
    test::InstallationOnlyStore store;
    store.save(expiring("U0GRACE"));
    Authorizer authorizer(store, scene.options());
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-bot-2");
    CHECK(result->user_token == "xoxe.xoxp-1-not-a-real-grace-2");
    CHECK(scene.slack.refreshes == 2);
  }
}
