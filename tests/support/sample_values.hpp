// Values with every field set: those of tests/data/python_sdk.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/models/bot.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/timestamp.hpp>
#include <string>

namespace test {

/// That long after 1970.
inline slack::oauth::Timestamp at(std::int64_t seconds, std::int64_t microseconds = 0) {
  return slack::oauth::Timestamp{std::chrono::seconds{seconds} + std::chrono::microseconds{microseconds}};
}

inline std::chrono::sys_seconds at_second(std::int64_t seconds) {
  return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

inline slack::oauth::Installation full_installation() {
  return {.app_id = "A0SMELTER",
          .enterprise_id = "E0KILN",
          .enterprise_name = "Kiln Group 🔥",
          .enterprise_url = "https://kiln.enterprise.slack.com/",
          .team_id = "T0FURNACE",
          .team_name = "Furnace \"Works\" Über",
          .bot_token = "xoxe.xoxb-1-not-a-real-bot-1",
          .bot_id = "B0BOT",
          .bot_user_id = "U0BOTUSER",
          .bot_scopes = {"chat:write", "commands"},
          .bot_refresh_token = "xoxe-1-not-a-real-bot-refresh-1",
          .bot_token_expires_at = at_second(1767268800),
          .user_id = "U0ADA",
          .user_token = "xoxe.xoxp-1-not-a-real-user-1",
          .user_scopes = {"search:read"},
          .user_refresh_token = "xoxe-1-not-a-real-user-refresh-1",
          .user_token_expires_at = at_second(1767268801),
          .incoming_webhook_url = "https://hooks.slack.com/services/T0FURNACE/B0HOOK/not-a-real-hook",
          .incoming_webhook_channel = "#castings",
          .incoming_webhook_channel_id = "C0CASTINGS",
          .incoming_webhook_configuration_url = "https://furnace.slack.com/services/B0HOOK",
          .is_enterprise_install = false,
          .token_type = "bot",
          .installed_at = at(1767225600, 123456),
          .custom_values = nlohmann::json{{"plan", "gold"},
                                          {"seats", 12},
                                          {"ratio", 0.5},
                                          {"tags", {"a", nullptr}},
                                          {"owner", {{"name", "Ada"}, {"active", true}}}}};
}

inline slack::oauth::Bot full_bot() {
  const auto installation = full_installation();
  return {.app_id = installation.app_id,
          .enterprise_id = installation.enterprise_id,
          .enterprise_name = installation.enterprise_name,
          .team_id = installation.team_id,
          .team_name = installation.team_name,
          .bot_token = *installation.bot_token,
          .bot_id = *installation.bot_id,
          .bot_user_id = *installation.bot_user_id,
          .bot_scopes = installation.bot_scopes,
          .bot_refresh_token = installation.bot_refresh_token,
          .bot_token_expires_at = installation.bot_token_expires_at,
          .is_enterprise_install = installation.is_enterprise_install,
          .installed_at = installation.installed_at,
          .custom_values = installation.custom_values};
}

}  // namespace test
