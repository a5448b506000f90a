#include <optional>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/models/json.hpp>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;

TEST_CASE("an installation is a plain value", "[installation]") {
  STATIC_REQUIRE(std::is_aggregate_v<Installation>);
  STATIC_REQUIRE(std::is_copy_constructible_v<Installation>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Installation>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<Installation>);

  const auto before = now();
  const Installation installation{.team_id = "T0FURNACE", .user_id = "U0ADA"};
  CHECK(installation.team_id == "T0FURNACE");
  CHECK(installation.user_id == "U0ADA");
  CHECK(installation.bot_token == std::nullopt);
  CHECK(installation.user_scopes.empty());
  CHECK(installation.user_token_expires_at == std::nullopt);
  CHECK(installation.incoming_webhook_url == std::nullopt);
  CHECK_FALSE(installation.is_enterprise_install);
  CHECK(installation.token_type == std::nullopt);
  CHECK(installation.custom_values.empty());
  CHECK(installation.installed_at >= before);
  CHECK(installation.installed_at <= now());
}

TEST_CASE("an installation's bot has its fields", "[installation]") {
  const auto bot = test::full_installation().to_bot();
  REQUIRE(bot.has_value());
  CHECK(*bot == test::full_bot());

  Installation organisation = test::full_installation();
  organisation.is_enterprise_install = true;
  CHECK(organisation.to_bot()->is_enterprise_install);
}

TEST_CASE("a bot has the end of its refresh token from the installation", "[installation]") {
  Installation installation = test::full_installation();
  installation.bot_refresh_token_expires_at = test::at_second(1769860800);
  installation.user_refresh_token_expires_at = test::at_second(1769860801);
  CHECK(installation.to_bot()->bot_refresh_token_expires_at == test::at_second(1769860800));
  CHECK(installation.to_bot() != test::full_bot());
  CHECK(installation != test::full_installation());
}

TEST_CASE("an installation's bot shares its custom values", "[installation]") {
  const Installation installation = test::full_installation();
  const auto bot = installation.to_bot();
  REQUIRE(bot.has_value());
  CHECK(bot->custom_values.find("plan") == installation.custom_values.find("plan"));
}

TEST_CASE("without a bot token there is no bot", "[installation]") {
  const auto token = GENERATE(values<std::optional<std::string>>({std::nullopt, ""}));
  Installation installation = test::full_installation();
  installation.bot_token = token;
  CHECK(installation.to_bot() == std::nullopt);
}

TEST_CASE("a bot needs nothing but its token", "[installation]") {
  const Installation installation{.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"};
  const auto bot = installation.to_bot();
  REQUIRE(bot.has_value());
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
  CHECK(bot->bot_id.empty());
  CHECK(bot->bot_user_id.empty());
  CHECK(bot->installed_at == installation.installed_at);
}

TEST_CASE("an installation carries an app's own values", "[installation]") {
  Installation installation;
  CHECK(installation.get_custom_value("plan") == std::nullopt);
  installation.set_custom_value("plan", "gold");
  const Installation copy = installation;
  installation.set_custom_value("plan", "silver");
  CHECK(copy.get_custom_value("plan") == nlohmann::json("gold"));
  CHECK(installation.get_custom_value("plan") == nlohmann::json("silver"));
}
