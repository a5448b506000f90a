// An authorizer that asks auth.test: what it remembers, and how it marks what Slack refuses.
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/refusals.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/testing/fake_slack.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::AuthorizerOptions;
using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::Logger;
using slack::oauth::LogLevel;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::rejected_tokens_value;
using slack::oauth::SlackApiError;
using slack::oauth::Timestamp;
using slack::oauth::testing::FakeSlack;

PayloadIds ids_of(std::string user_id) { return {.team_id = "T0FURNACE", .user_id = std::move(user_id)}; }

/// A workspace where two users installed the app, what Slack refuses there, and a clock that stands still.
struct Scene {
  Scene() {
    test::refuse(slack, refused);
    store.save(installation_of("U0ADA"));
    store.save(installation_of("U0GRACE"));
  }

  AuthorizerOptions options() {
    return {.auth_test_client = slack.client(), .clock = [this] { return time; }};
  }

  Installation installation_of(const std::string& user_id) const { return installation_of(user_id, bot_token); }
  Installation installation_of(const std::string& user_id, std::string bot) const {
    return {.team_id = "T0FURNACE",
            .bot_token = std::move(bot),
            .user_id = user_id,
            .user_token = user_id == "U0ADA" ? ada_token : grace_token,
            .custom_values = nlohmann::json{{"plan", "gold"}}};
  }

  std::string new_bot_token() { return slack.grant({.team_id = "T0FURNACE"}, "chat:write", "").at("access_token"); }
  std::string new_user_token(const std::string& user_id) {
    const auto answer = slack.grant({.team_id = "T0FURNACE", .user_id = user_id}, "", "search:read");
    return answer.at("authed_user").at("access_token");
  }
  [[nodiscard]] std::size_t auth_tests() const { return slack.requests("auth.test").size(); }

  MemoryInstallationStore store{};
  FakeSlack slack{{.token_rotation = false}};
  test::Refusals refused{};
  std::string bot_token = new_bot_token();
  std::string ada_token = new_user_token("U0ADA");
  std::string grace_token = new_user_token("U0GRACE");
  Timestamp time = test::at(1000);
};

}  // namespace

TEST_CASE("auth.test is asked once per token and while its answer counts") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());

  const auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_id == "B0STANDIN");
  CHECK(result->url == "https://T0FURNACE.slack.example/");
  CHECK(result->user_token == scene.grace_token);
  CHECK(scene.auth_tests() == 2);

  CHECK(authorizer.authorize(ids_of("U0GRACE")) == result);
  CHECK(scene.auth_tests() == 2);
  CHECK(authorizer.authorize(ids_of("U0ADA"))->user_token == scene.ada_token);
  CHECK(scene.auth_tests() == 3);

  scene.time += std::chrono::minutes{10} - std::chrono::microseconds{1};
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
  CHECK(scene.auth_tests() == 3);
  scene.time += std::chrono::microseconds{1};
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
  CHECK(scene.auth_tests() == 5);
}

TEST_CASE("A token that is replaced is asked about anew") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  static_cast<void>(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"}));
  const std::string second = scene.new_bot_token();
  scene.store.save_bot({.team_id = "T0FURNACE", .bot_token = second});
  CHECK(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"})->bot_token == second);
  CHECK(scene.auth_tests() == 2);
}

TEST_CASE("A bot that Slack refuses for good is marked, and is not installed until it is installed anew") {
  for (const char* code : {"account_inactive", "token_revoked"}) {
    CAPTURE(code);
    Scene scene;
    scene.refused[scene.bot_token] = code;
    Authorizer authorizer(scene.store, scene.options());
    const PayloadIds nobody{.team_id = "T0FURNACE", .user_id = "U0NOBODY"};

    CHECK_FALSE(authorizer.authorize(nobody));
    const auto marked = scene.store.find_bot({.team_id = "T0FURNACE"});
    REQUIRE(marked);
    CHECK(marked->bot_token == scene.bot_token);
    const auto mark = marked->get_custom_value(rejected_tokens_value);
    REQUIRE(mark);
    CHECK(mark->size() == 1);
    CHECK(mark->begin()->at("error") == code);
    CHECK(mark->begin()->at("rejected_at") == 1000);
    CHECK(mark->dump().find(scene.bot_token) == std::string::npos);
    CHECK(marked->get_custom_value("plan") == "gold");

    // A user's own token still serves, and no user's record was touched.
    const auto of_user = authorizer.authorize(ids_of("U0GRACE"));
    CHECK_FALSE(of_user->bot_token);
    CHECK(of_user->bot_scopes.empty());
    CHECK(of_user->user_token == scene.grace_token);
    const auto user = scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"});
    CHECK_FALSE(user->get_custom_value(rejected_tokens_value));

    // Not even after a restart, without asking.
    Authorizer other(scene.store);
    CHECK_FALSE(other.authorize(nobody));

    const std::string second = scene.new_bot_token();
    scene.store.save(scene.installation_of("U0ADA", second));
    CHECK(authorizer.authorize(nobody)->bot_token == second);
    CHECK(other.authorize(nobody)->bot_token == second);
  }
}

TEST_CASE("A mark says nothing of another token, wherever it is copied to") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"}));
  auto refreshed = *scene.store.find_bot({.team_id = "T0FURNACE"});
  const std::string second = scene.new_bot_token();
  refreshed.bot_token = second;
  scene.store.save_bot(refreshed);
  CHECK(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"})->bot_token == second);
}

TEST_CASE("A user's token that Slack refuses for good marks this user's record alone") {
  Scene scene;
  scene.refused[scene.grace_token] = "token_revoked";
  Authorizer authorizer(scene.store, scene.options());
  const Bot bot = *scene.store.find_bot({.team_id = "T0FURNACE"});

  auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_token == scene.bot_token);
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  const auto marked = scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"});
  CHECK(marked->get_custom_value(rejected_tokens_value));
  CHECK(marked->bot_token == scene.bot_token);
  CHECK(*scene.store.find_bot({.team_id = "T0FURNACE"}) == bot);
  CHECK(authorizer.authorize(ids_of("U0ADA"))->user_token);

  Authorizer other(scene.store);
  CHECK_FALSE(other.authorize(ids_of("U0GRACE"))->user_token);
  auto again = scene.installation_of("U0GRACE");
  const std::string second = scene.new_user_token("U0GRACE");
  again.user_token = second;
  scene.store.save(again);
  CHECK(other.authorize(ids_of("U0GRACE"))->user_token == second);
  CHECK(authorizer.authorize(ids_of("U0GRACE"))->user_token == second);
}

TEST_CASE("A refusal is remembered, and marked once") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  test::WatchedStore store(scene.store);
  Authorizer authorizer(store, scene.options());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
  CHECK(store.calls("replace_bot") == 1);
  CHECK(scene.auth_tests() == 1);
}

TEST_CASE("A refusal that may pass is an error, and marks nothing") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  for (const char* code : {"invalid_auth", "internal_error", "token_expired", "org_login_required"}) {
    scene.refused[scene.bot_token] = code;
    CHECK(test::thrown_by<SlackApiError>([&] { authorizer.authorize(ids_of("U0GRACE")); }).code() == code);
  }
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
  scene.refused.erase(scene.bot_token);
  CHECK(authorizer.authorize(ids_of("U0GRACE")));
}

TEST_CASE("A bot that is installed anew while the old one is asked about is not marked, and is used") {
  Scene scene;
  const std::string second = scene.new_bot_token();
  auto client = slack::oauth::SlackClient(slack::oauth::AnyHttpTransport([&](const slack::oauth::HttpRequest& request) {
    if (scene.auth_tests() == 0) {
      scene.refused[scene.bot_token] = "token_revoked";
      scene.store.save(scene.installation_of("U0ADA", second));
    }
    return scene.slack.send(request);
  }));
  Authorizer authorizer(scene.store, {.auth_test_client = client});
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == second);
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
}

TEST_CASE("A record that holds another user's token gives it to nobody") {
  Scene scene;
  auto mixed = scene.installation_of("U0GRACE");
  mixed.user_token = scene.ada_token;
  scene.store.save(mixed);
  std::vector<std::string> lines;
  auto options = scene.options();
  options.logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view line) { lines.emplace_back(line); });
  Authorizer authorizer(scene.store, options);
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE"))->user_token);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("xox") == std::string::npos);
}

TEST_CASE("Stores that implement little are marked as they can be") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  const auto check = [&](slack::oauth::InstallationStore& store) {
    Authorizer authorizer(store, scene.options());
    CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
    Authorizer other(store);
    CHECK_FALSE(other.authorize(ids_of("U0NOBODY")));
    const std::string second = scene.new_bot_token();
    store.save(scene.installation_of("U0GRACE", second));
    CHECK(other.authorize(ids_of("U0NOBODY"))->bot_token == second);
  };
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(scene.installation_of("U0GRACE"));
    check(store);
  }
  SECTION("installations alone") {
    test::InstallationOnlyStore store;
    store.save(scene.installation_of("U0GRACE"));
    check(store);
  }
}

TEST_CASE("No log line of a mark holds a token") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  std::string lines;
  auto options = scene.options();
  options.logger =
      Logger(LogLevel::debug, [&lines](LogLevel, std::string_view line) { lines.append(line).append("\n"); });
  Authorizer authorizer(scene.store, options);
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
  CHECK_THAT(lines, Catch::Matchers::ContainsSubstring("token_revoked team_id=\"T0FURNACE\""));
  CHECK(lines.find("xox") == std::string::npos);
}

TEST_CASE("A logger that throws loses no mark and no result") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  scene.refused[scene.grace_token] = "account_inactive";
  auto ada = scene.installation_of("U0ADA");
  ada.user_token = scene.new_user_token("U0GRACE");
  scene.store.save(ada);
  auto options = scene.options();
  int lines = 0;
  options.logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view) {
    ++lines;
    throw std::runtime_error("the log is full");
  });
  Authorizer authorizer(scene.store, options);
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")));
  CHECK(lines == 2);
  CHECK(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
  CHECK(scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"})
            ->get_custom_value(rejected_tokens_value));
  CHECK_FALSE(authorizer.authorize(ids_of("U0ADA")));  // whose record holds another user's token
  CHECK(lines == 3);
}

TEST_CASE("A mark is logged once it is saved") {
  Scene scene;
  scene.refused[scene.bot_token] = "token_revoked";
  test::WatchedStore store(scene.store);
  store.before = [](std::string_view method) {
    if (method == "replace_bot") test::fail();
  };
  auto options = scene.options();
  int lines = 0;
  options.logger = Logger(LogLevel::debug, [&lines](LogLevel, std::string_view) { ++lines; });
  Authorizer authorizer(store, options);
  CHECK_THROWS_AS(authorizer.authorize(ids_of("U0NOBODY")), slack::oauth::StorageError);
  CHECK(lines == 0);
  store.before = [](std::string_view) {};
  CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
  CHECK(lines == 1);
}

TEST_CASE("A mark is lifted by removing the custom value") {
  Scene scene;
  scene.refused[scene.bot_token] = "account_inactive";
  CHECK_FALSE(Authorizer(scene.store, scene.options()).authorize(ids_of("U0NOBODY")));
  scene.refused.erase(scene.bot_token);
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
  auto bot = *scene.store.find_bot({.team_id = "T0FURNACE"});
  bot.custom_values.erase(rejected_tokens_value);
  scene.store.save_bot(bot);
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == scene.bot_token);
}

TEST_CASE("A token that was refused is asked about again once its record is installed anew or its mark is lifted") {
  Scene scene;
  scene.refused[scene.bot_token] = "account_inactive";
  scene.refused[scene.grace_token] = "account_inactive";
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")));
  scene.refused.erase(scene.bot_token);
  scene.refused.erase(scene.grace_token);
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")));

  SECTION("installed anew, with tokens of the same text") { scene.store.save(scene.installation_of("U0GRACE")); }
  SECTION("lifted") {
    auto bot = *scene.store.find_bot({.team_id = "T0FURNACE"});
    bot.custom_values.erase(rejected_tokens_value);
    scene.store.save_bot(bot);
    auto user = *scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"});
    user.custom_values.erase(rejected_tokens_value);
    user.bot_token.reset();
    scene.store.save(user);
  }
  const auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_token == scene.bot_token);
  CHECK(result->user_token == scene.grace_token);
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
}

TEST_CASE("A record that is installed anew with the same token while Slack refuses it is not marked") {
  Scene scene;
  auto client = slack::oauth::SlackClient(slack::oauth::AnyHttpTransport([&](const slack::oauth::HttpRequest& request) {
    scene.refused[scene.bot_token] = "account_inactive";
    auto answer = scene.slack.send(request);
    if (scene.auth_tests() == 1) {
      scene.store.save(scene.installation_of("U0ADA"));
      answer = scene.slack.send(request);
    }
    scene.refused.erase(scene.bot_token);
    return scene.auth_tests() == 2 ? answer : scene.slack.send(request);
  }));
  Authorizer authorizer(scene.store, {.auth_test_client = client});
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == scene.bot_token);
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
}

TEST_CASE("The cache of auth.test forgets the least recently used, and what has expired") {
  slack::oauth::detail::AuthTestCache cache(2);
  const auto at = [](std::int64_t second) { return test::at(second); };
  cache.put("a", {.user_id = "A"}, at(10));
  cache.put("b", {.user_id = "B"}, at(10));
  CHECK(cache.find("a", at(1))->user_id == "A");
  cache.put("c", {.user_id = "C"}, at(10));
  CHECK_FALSE(cache.find("b", at(1)));
  CHECK(cache.find("a", at(1)));
  CHECK(cache.size() == 2);
  cache.put("a", {.user_id = "A2"}, at(20));
  CHECK(cache.size() == 2);
  CHECK_FALSE(cache.find("c", at(10)));
  CHECK(cache.find("a", at(10))->user_id == "A2");
  CHECK(cache.size() == 1);

  slack::oauth::detail::AuthTestCache none(0);
  none.put("a", {}, at(10));
  CHECK_FALSE(none.find("a", at(1)));
}
