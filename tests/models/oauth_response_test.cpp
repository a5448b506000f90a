#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <string>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using nlohmann::json;
using test::at;
using test::at_second;
using test::thrown_by;

namespace {

constexpr std::int64_t made_at = 1767225600;

Installation read(const json& answer) { return installation_from_oauth_response(answer, at(made_at, 750000)); }

json payload(const std::string& name) { return test::read_json("payloads/oauth.v2.access." + name + ".json"); }

// What the answers to a bot's installation have in common.
Installation furnace_installation() {
  return {.app_id = "A0SMELTER",
          .team_id = "T0FURNACE",
          .team_name = "Furnace Works",
          .bot_token = "xoxb-not-a-real-token-furnace-bot-1",
          .bot_user_id = "U0BOTUSER",
          .bot_scopes = {"chat:write", "commands", "app_mentions:read"},
          .user_id = "U0ADA",
          .token_type = "bot",
          .installed_at = at(made_at, 750000)};
}

}  // namespace

TEST_CASE("an answer with a bot's token only", "[oauth_response]") {
  CHECK(read(payload("bot_only")) == furnace_installation());
}

TEST_CASE("an answer with a bot's and a user's token", "[oauth_response]") {
  Installation expected = furnace_installation();
  expected.enterprise_id = "E0KILN";
  expected.enterprise_name = "Kiln Group";
  expected.user_token = "xoxp-not-a-real-token-ada-1";
  expected.user_scopes = {"search:read", "chat:write"};
  CHECK(read(payload("bot_and_user")) == expected);
}

TEST_CASE("an answer with a user's token only has no bot", "[oauth_response]") {
  const Installation installation = read(payload("user_only"));
  CHECK(installation == Installation{.app_id = "A0SMELTER",
                                     .team_id = "T0FURNACE",
                                     .team_name = "Furnace Works",
                                     .user_id = "U0GRACE",
                                     .user_token = "xoxp-not-a-real-token-grace-1",
                                     .user_scopes = {"search:read"},
                                     .installed_at = at(made_at, 750000)});
  CHECK(installation.to_bot() == std::nullopt);
}

TEST_CASE("an answer for a whole organisation has no workspace", "[oauth_response]") {
  Installation expected = furnace_installation();
  expected.enterprise_id = "E0KILN";
  expected.enterprise_name = "Kiln Group";
  expected.team_id = std::nullopt;
  expected.team_name = std::nullopt;
  expected.user_id = "U0ORGADMIN";
  expected.is_enterprise_install = true;
  CHECK(read(payload("org_wide")) == expected);
}

TEST_CASE("an answer with an incoming webhook", "[oauth_response]") {
  Installation expected = furnace_installation();
  expected.bot_scopes = {"incoming-webhook", "commands"};
  expected.incoming_webhook_url = "https://hooks.slack.com/services/T0FURNACE/B0HOOK/not-a-real-hook";
  expected.incoming_webhook_channel = "#castings";
  expected.incoming_webhook_channel_id = "C0CASTINGS";
  expected.incoming_webhook_configuration_url = "https://furnace.slack.com/services/B0HOOK";
  CHECK(read(payload("incoming_webhook")) == expected);
}

TEST_CASE("tokens that rotate expire counted from the given moment", "[oauth_response]") {
  Installation expected = furnace_installation();
  expected.enterprise_id = "E0KILN";
  expected.enterprise_name = "Kiln Group";
  expected.bot_token = "xoxe.xoxb-1-not-real-bot-first";
  expected.bot_scopes = {"chat:write", "commands"};
  expected.bot_refresh_token = "xoxe-1-not-real-bot-refresh-first";
  expected.bot_token_expires_at = at_second(made_at + 43201);
  expected.user_token = "xoxe.xoxp-1-not-real-user-first";
  expected.user_scopes = {"search:read"};
  expected.user_refresh_token = "xoxe-1-not-real-user-refresh-first";
  expected.user_token_expires_at = at_second(made_at + 43200);
  CHECK(read(payload("token_rotation")) == expected);
}

TEST_CASE("without a given moment the answer is of now", "[oauth_response]") {
  const auto before = now();
  const auto installation = installation_from_oauth_response(payload("token_rotation"));
  const auto after = now();
  CHECK(installation.installed_at >= before);
  CHECK(installation.installed_at <= after);
  CHECK(installation.bot_token_expires_at >= expires_in(std::chrono::seconds{43201}, before));
  CHECK(installation.bot_token_expires_at <= expires_in(std::chrono::seconds{43201}, after));
}

TEST_CASE("a refreshed bot's token", "[oauth_response]") {
  CHECK(read(payload("refreshed_bot")) == Installation{.app_id = "A0SMELTER",
                                                       .enterprise_id = "E0KILN",
                                                       .enterprise_name = "Kiln Group",
                                                       .team_id = "T0FURNACE",
                                                       .team_name = "Furnace Works",
                                                       .bot_token = "xoxe.xoxb-1-not-real-bot-second",
                                                       .bot_user_id = "U0BOTUSER",
                                                       .bot_scopes = {"chat:write", "commands"},
                                                       .bot_refresh_token = "xoxe-1-not-real-bot-refresh-second",
                                                       .bot_token_expires_at = at_second(made_at + 43200),
                                                       .token_type = "bot",
                                                       .installed_at = at(made_at, 750000)});
}

TEST_CASE("a refreshed user's token is never a bot's", "[oauth_response]") {
  const Installation installation = read(payload("refreshed_user"));
  CHECK(installation == Installation{.app_id = "A0SMELTER",
                                     .enterprise_id = "E0KILN",
                                     .enterprise_name = "Kiln Group",
                                     .team_id = "T0FURNACE",
                                     .team_name = "Furnace Works",
                                     .user_token = "xoxe.xoxp-1-not-real-user-second",
                                     .user_scopes = {"search:read"},
                                     .user_refresh_token = "xoxe-1-not-real-user-refresh-second",
                                     .user_token_expires_at = at_second(made_at + 43200),
                                     .token_type = "user",
                                     .installed_at = at(made_at, 750000)});
  CHECK(installation.to_bot() == std::nullopt);
}

TEST_CASE("a user's token at the top stays where the user is named without one", "[oauth_response]") {
  json answer = payload("refreshed_user");
  answer["authed_user"] = {{"id", "U0ADA"}};
  Installation expected = read(payload("refreshed_user"));
  expected.user_id = "U0ADA";
  CHECK(read(answer) == expected);
}

TEST_CASE("a token at the top with OAuth's own type is a user's", "[oauth_response]") {
  const std::string type = GENERATE("Bearer", "bearer");
  json answer = payload("refreshed_user");
  Installation expected = read(answer);
  expected.user_id = "U0ADA";
  expected.token_type = type;
  answer["token_type"] = type;
  answer["authed_user"] = {{"id", "U0ADA"}};
  CHECK(read(answer) == expected);
  CHECK(read(answer).to_bot() == std::nullopt);
}

TEST_CASE("Slack's refusal is an error with its code", "[oauth_response]") {
  CHECK(thrown_by<SlackApiError>([] { (void)read(payload("error")); }).code() == "invalid_code");
  CHECK(thrown_by<SlackApiError>([] { (void)read(payload("refresh_error")); }).code() == "invalid_refresh_token");

  const auto missing = thrown_by<SlackApiError>([] {
    (void)read({{"ok", false}, {"error", "missing_scope"}, {"needed", "chat:write"}, {"provided", "commands"}});
  });
  CHECK(missing.needed() == "chat:write");
  CHECK(missing.provided() == "commands");
}

TEST_CASE("an error from outside that is no code of Slack's is not shown", "[oauth_response]") {
  const std::string text = GENERATE("a\nb\x1B[2J", "xoxb-not-a-real-token-1");
  const auto error = thrown_by<SlackApiError>([&] {
    (void)read({{"ok", false}, {"error", text}, {"needed", text}, {"provided", text}});
  });
  CHECK(error.code() == "unknown_error");
  CHECK(std::string(error.what()) == "Slack answered: unknown_error");
  CHECK(error.needed().empty());
  CHECK(error.provided().empty());
}

TEST_CASE("a lifetime may be given as text", "[oauth_response]") {
  auto answer = payload("token_rotation");
  const auto expected = read(answer);
  answer["expires_in"] = std::to_string(answer["expires_in"].get<int>());
  answer["authed_user"]["expires_in"] = std::to_string(answer["authed_user"]["expires_in"].get<int>());
  CHECK(read(answer) == expected);
  CHECK(expected.bot_token_expires_at);
}

TEST_CASE("a top-level token without a type is a bot's", "[oauth_response]") {
  json answer = payload("bot_only");
  answer.erase("token_type");
  Installation expected = furnace_installation();
  expected.token_type = std::nullopt;
  CHECK(read(answer) == expected);
}

TEST_CASE("keys that Slack leaves out mean what null means", "[oauth_response]") {
  const std::string name = GENERATE("enterprise", "is_enterprise_install", "incoming_webhook", "refresh_token",
                                    "expires_in", "an_unknown_key");
  CAPTURE(name);
  json answer = payload("bot_only");
  answer[name] = nullptr;
  CHECK(read(answer) == furnace_installation());
  answer.erase(name);
  CHECK(read(answer) == furnace_installation());
}

TEST_CASE("keys that nobody knows are left aside", "[oauth_response]") {
  json answer = payload("bot_only");
  answer["warning"] = "missing_charset";
  answer["response_metadata"] = {{"warnings", {"missing_charset"}}};
  answer["team"]["domain"] = 12;
  CHECK(read(answer) == furnace_installation());
}
