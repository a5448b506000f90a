#include <optional>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/json.hpp>
#include <type_traits>

#include "catch.hpp"
#include "support/sample_values.hpp"

using namespace slack::oauth;

TEST_CASE("a bot is a plain value", "[bot]") {
  STATIC_REQUIRE(std::is_aggregate_v<Bot>);
  STATIC_REQUIRE(std::is_copy_constructible_v<Bot>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Bot>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<Bot>);

  const auto before = now();
  const Bot bot{.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1"};
  CHECK(bot.team_id == "T0FURNACE");
  CHECK(bot.bot_token == "xoxb-not-a-real-token-1");
  CHECK(bot.enterprise_id == std::nullopt);
  CHECK(bot.bot_id.empty());
  CHECK(bot.bot_scopes.empty());
  CHECK(bot.bot_token_expires_at == std::nullopt);
  CHECK_FALSE(bot.is_enterprise_install);
  CHECK(bot.custom_values.empty());
  CHECK(bot.installed_at >= before);
  CHECK(bot.installed_at <= now());
}

TEST_CASE("a copy of a bot is independent of it", "[bot]") {
  const Bot original = test::full_bot();
  Bot copy = original;
  CHECK(copy == original);

  copy.bot_token = "xoxb-not-a-real-token-2";
  copy.bot_scopes.emplace_back("im:read");
  copy.set_custom_value("plan", "silver");
  CHECK(original == test::full_bot());
  CHECK(copy != original);
}

TEST_CASE("a bot carries an app's own values", "[bot]") {
  Bot bot;
  CHECK(bot.get_custom_value("plan") == std::nullopt);
  bot.set_custom_value("plan", "gold");
  bot.set_custom_value("limits", {{"seats", 12}});
  CHECK(bot.get_custom_value("plan") == nlohmann::json("gold"));
  CHECK(bot.get_custom_value("limits") == nlohmann::json{{"seats", 12}});
  CHECK(bot.get_custom_value("nothing") == std::nullopt);
}
