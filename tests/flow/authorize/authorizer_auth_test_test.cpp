// An authorizer that asks auth.test: what it remembers, and how it marks what Slack refuses.
#include <chrono>
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
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
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
using test::FakeSlack;

constexpr const char* bot_token = "xoxb-not-a-real-token-1";
constexpr const char* grace_token = "xoxp-not-a-real-token-of-U0GRACE";

Installation installation_of(std::string user_id, std::string bot = bot_token) {
  return {.team_id = "T0FURNACE",
          .bot_token = std::move(bot),
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .custom_values = nlohmann::json{{"plan", "gold"}}};
}

PayloadIds ids_of(std::string user_id) { return {.team_id = "T0FURNACE", .user_id = std::move(user_id)}; }

/// A workspace of two users, a Slack that knows both, and a clock that stands still.
struct Scene {
  Scene() {
    store.save(installation_of("U0ADA"));
    store.save(installation_of("U0GRACE"));
    slack.answers[bot_token] = test::read_json("payloads/auth.test.bot.json");
    slack.answers[grace_token] = {{"ok", true}, {"user_id", "U0GRACE"}};
    slack.answers["xoxp-not-a-real-token-of-U0ADA"] = {{"ok", true}, {"user_id", "U0ADA"}};
  }

  AuthorizerOptions options() {
    return {.auth_test_client = slack.client(), .clock = [this] { return time; }};
  }

  MemoryInstallationStore store{};
  FakeSlack slack{};
  Timestamp time = test::at(1000);
};

}  // namespace

TEST_CASE("auth.test is asked once per token and while its answer counts") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());

  const auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_id == "B0SMELTER");
  CHECK(result->url == "https://furnace.slack.com/");
  CHECK(result->user_token == grace_token);
  CHECK(scene.slack.auth_tests == 2);

  CHECK(authorizer.authorize(ids_of("U0GRACE")) == result);
  CHECK(scene.slack.auth_tests == 2);
  CHECK(authorizer.authorize(ids_of("U0ADA"))->user_token == "xoxp-not-a-real-token-of-U0ADA");
  CHECK(scene.slack.auth_tests == 3);

  scene.time += std::chrono::minutes{10} - std::chrono::microseconds{1};
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
  CHECK(scene.slack.auth_tests == 3);
  scene.time += std::chrono::microseconds{1};
  static_cast<void>(authorizer.authorize(ids_of("U0GRACE")));
  CHECK(scene.slack.auth_tests == 5);
}

TEST_CASE("A token that is replaced is asked about anew") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  static_cast<void>(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"}));
  scene.store.save_bot({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-2"});
  CHECK(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"})->bot_token == "xoxb-not-a-real-token-2");
  CHECK(scene.slack.auth_tests == 2);
}

TEST_CASE("A bot that Slack refuses for good is marked, and is not installed until it is installed anew") {
  for (const char* code : {"account_inactive", "token_revoked"}) {
    CAPTURE(code);
    Scene scene;
    scene.slack.answers[bot_token] = FakeSlack::refusal(code);
    Authorizer authorizer(scene.store, scene.options());
    const PayloadIds nobody{.team_id = "T0FURNACE", .user_id = "U0NOBODY"};

    CHECK_FALSE(authorizer.authorize(nobody));
    const auto marked = scene.store.find_bot({.team_id = "T0FURNACE"});
    REQUIRE(marked);
    CHECK(marked->bot_token == bot_token);
    const auto mark = marked->get_custom_value(rejected_tokens_value);
    REQUIRE(mark);
    CHECK(mark->size() == 1);
    CHECK(mark->begin()->at("error") == code);
    CHECK(mark->begin()->at("rejected_at") == 1000);
    CHECK(mark->dump().find(bot_token) == std::string::npos);
    CHECK(marked->get_custom_value("plan") == "gold");

    // A user's own token still serves, and no user's record was touched.
    const auto of_user = authorizer.authorize(ids_of("U0GRACE"));
    CHECK_FALSE(of_user->bot_token);
    CHECK(of_user->bot_scopes.empty());
    CHECK(of_user->user_token == grace_token);
    const auto user = scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"});
    CHECK_FALSE(user->get_custom_value(rejected_tokens_value));

    // Not even after a restart, without asking.
    Authorizer other(scene.store);
    CHECK_FALSE(other.authorize(nobody));

    scene.slack.answers["xoxb-not-a-real-token-2"] = test::read_json("payloads/auth.test.bot.json");
    scene.store.save(installation_of("U0ADA", "xoxb-not-a-real-token-2"));
    CHECK(authorizer.authorize(nobody)->bot_token == "xoxb-not-a-real-token-2");
    CHECK(other.authorize(nobody)->bot_token == "xoxb-not-a-real-token-2");
  }
}

TEST_CASE("A mark says nothing of another token, wherever it is copied to") {
  Scene scene;
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"}));
  auto refreshed = *scene.store.find_bot({.team_id = "T0FURNACE"});
  refreshed.bot_token = "xoxb-not-a-real-token-2";
  scene.store.save_bot(refreshed);
  CHECK(authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"})->bot_token == "xoxb-not-a-real-token-2");
}

TEST_CASE("A user's token that Slack refuses for good marks this user's record alone") {
  Scene scene;
  scene.slack.answers[grace_token] = FakeSlack::refusal("token_revoked");
  Authorizer authorizer(scene.store, scene.options());
  const Bot bot = *scene.store.find_bot({.team_id = "T0FURNACE"});

  auto result = authorizer.authorize(ids_of("U0GRACE"));
  CHECK(result->bot_token == bot_token);
  CHECK_FALSE(result->user_token);
  CHECK(result->user_scopes.empty());
  const auto marked = scene.store.find_installation({.team_id = "T0FURNACE", .user_id = "U0GRACE"});
  CHECK(marked->get_custom_value(rejected_tokens_value));
  CHECK(marked->bot_token == bot_token);
  CHECK(*scene.store.find_bot({.team_id = "T0FURNACE"}) == bot);
  CHECK(authorizer.authorize(ids_of("U0ADA"))->user_token);

  Authorizer other(scene.store);
  CHECK_FALSE(other.authorize(ids_of("U0GRACE"))->user_token);
  auto again = installation_of("U0GRACE");
  again.user_token = "xoxp-not-a-real-token-2";
  scene.store.save(again);
  CHECK(other.authorize(ids_of("U0GRACE"))->user_token == "xoxp-not-a-real-token-2");
  CHECK(authorizer.authorize(ids_of("U0GRACE"))->user_token == "xoxp-not-a-real-token-2");
}

TEST_CASE("A refusal is remembered, and marked once") {
  Scene scene;
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
  test::WatchedStore store(scene.store);
  Authorizer authorizer(store, scene.options());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
  CHECK(store.calls("replace_bot") == 1);
  CHECK(scene.slack.auth_tests == 1);
}

TEST_CASE("A refusal that may pass is an error, and marks nothing") {
  Scene scene;
  Authorizer authorizer(scene.store, scene.options());
  for (const char* code : {"invalid_auth", "internal_error", "token_expired", "org_login_required"}) {
    scene.slack.answers[bot_token] = FakeSlack::refusal(code);
    CHECK(test::thrown_by<SlackApiError>([&] { authorizer.authorize(ids_of("U0GRACE")); }).code() == code);
  }
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
  scene.slack.answers.erase(bot_token);
  CHECK(authorizer.authorize(ids_of("U0GRACE")));
}

TEST_CASE("A bot that is installed anew while the old one is asked about is not marked, and is used") {
  Scene scene;
  scene.slack.answers["xoxb-not-a-real-token-2"] = test::read_json("payloads/auth.test.bot.json");
  auto client = slack::oauth::SlackClient(slack::oauth::AnyHttpTransport([&](const slack::oauth::HttpRequest& request) {
    if (scene.slack.auth_tests == 0) {
      scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
      scene.store.save(installation_of("U0ADA", "xoxb-not-a-real-token-2"));
    }
    return scene.slack.send(request);
  }));
  Authorizer authorizer(scene.store, {.auth_test_client = client});
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == "xoxb-not-a-real-token-2");
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
}

TEST_CASE("A record that holds another user's token gives it to nobody") {
  Scene scene;
  scene.slack.answers[grace_token] = {{"ok", true}, {"user_id", "U0ADA"}};
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
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
  const auto check = [&](slack::oauth::InstallationStore& store) {
    Authorizer authorizer(store, scene.options());
    CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
    Authorizer other(store);
    CHECK_FALSE(other.authorize(ids_of("U0NOBODY")));
    store.save(installation_of("U0GRACE", "xoxb-not-a-real-token-2"));
    CHECK(other.authorize(ids_of("U0NOBODY"))->bot_token == "xoxb-not-a-real-token-2");
  };
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(installation_of("U0GRACE"));
    check(store);
  }
  SECTION("installations alone") {
    test::InstallationOnlyStore store;
    store.save(installation_of("U0GRACE"));
    check(store);
  }
}

TEST_CASE("No log line of a mark holds a token") {
  Scene scene;
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
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
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
  scene.slack.answers[grace_token] = FakeSlack::refusal("account_inactive");
  scene.slack.answers["xoxp-not-a-real-token-of-U0ADA"] = {{"ok", true}, {"user_id", "U0GRACE"}};
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
  scene.slack.answers[bot_token] = FakeSlack::refusal("token_revoked");
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
  scene.slack.answers[bot_token] = FakeSlack::refusal("account_inactive");
  CHECK_FALSE(Authorizer(scene.store, scene.options()).authorize(ids_of("U0NOBODY")));
  scene.slack.answers[bot_token] = test::read_json("payloads/auth.test.bot.json");
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(ids_of("U0NOBODY")));
  auto bot = *scene.store.find_bot({.team_id = "T0FURNACE"});
  bot.custom_values.erase(rejected_tokens_value);
  scene.store.save_bot(bot);
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == bot_token);
}

TEST_CASE("A token that was refused is asked about again once its record is installed anew or its mark is lifted") {
  Scene scene;
  scene.slack.answers[bot_token] = FakeSlack::refusal("account_inactive");
  scene.slack.answers[grace_token] = FakeSlack::refusal("account_inactive");
  Authorizer authorizer(scene.store, scene.options());
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")));
  scene.slack.answers[bot_token] = test::read_json("payloads/auth.test.bot.json");
  scene.slack.answers[grace_token] = {{"ok", true}, {"user_id", "U0GRACE"}};
  CHECK_FALSE(authorizer.authorize(ids_of("U0GRACE")));

  SECTION("installed anew, with tokens of the same text") { scene.store.save(installation_of("U0GRACE")); }
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
  CHECK(result->bot_token == bot_token);
  CHECK(result->user_token == grace_token);
  CHECK_FALSE(scene.store.find_bot({.team_id = "T0FURNACE"})->get_custom_value(rejected_tokens_value));
}

TEST_CASE("A record that is installed anew with the same token while Slack refuses it is not marked") {
  Scene scene;
  auto client = slack::oauth::SlackClient(slack::oauth::AnyHttpTransport([&](const slack::oauth::HttpRequest& request) {
    scene.slack.answers[bot_token] = FakeSlack::refusal("account_inactive");
    auto answer = scene.slack.send(request);
    if (scene.slack.auth_tests == 1) {
      scene.store.save(installation_of("U0ADA"));
      answer = scene.slack.send(request);
    }
    scene.slack.answers[bot_token] = test::read_json("payloads/auth.test.bot.json");
    return scene.slack.auth_tests == 2 ? answer : scene.slack.send(request);
  }));
  Authorizer authorizer(scene.store, {.auth_test_client = client});
  CHECK(authorizer.authorize(ids_of("U0NOBODY"))->bot_token == bot_token);
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
