// A bot: the token with which an app acts in one workspace or organisation.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/print.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// The bot part of an installation. The names are those of https://docs.slack.dev/reference/methods/oauth.v2.access
struct Bot {
  std::optional<std::string> app_id{};
  std::optional<std::string> enterprise_id{};  ///< no value outside of Enterprise Grid
  std::optional<std::string> enterprise_name{};
  std::optional<std::string> team_id{};  ///< no value where the whole organisation installed the app
  std::optional<std::string> team_name{};

  std::string bot_token{};
  std::string bot_id{};  ///< "B…", from auth.test; empty where the app did not ask
  std::string bot_user_id{};
  std::vector<std::string> bot_scopes{};
  std::optional<std::string> bot_refresh_token{};                  ///< only with token rotation
  std::optional<std::chrono::sys_seconds> bot_token_expires_at{};  ///< only with token rotation

  /// Where the refresh token itself ends: https://docs.slack.dev/authentication/using-pkce
  std::optional<std::chrono::sys_seconds> bot_refresh_token_expires_at{};

  bool is_enterprise_install = false;
  Timestamp installed_at = now();
  CustomValues custom_values{};

  /// Needs <slack/oauth/models/json.hpp>. Throws InvalidArgumentError where `value` is not UTF-8 or nested deeper than
  /// 64 levels.
  template <class Json = nlohmann::json>
  void set_custom_value(std::string_view name, std::type_identity_t<Json> value) {
    custom_values.set<Json>(name, std::move(value));
  }

  /// Needs <slack/oauth/models/json.hpp>.
  template <class Json = nlohmann::json>
  [[nodiscard]] std::optional<Json> get_custom_value(std::string_view name) const {
    return custom_values.get<Json>(name);
  }

  // clang-format off
  static constexpr auto fields() {
    return field_list(
        field("app_id", &Bot::app_id),
        field("enterprise_id", &Bot::enterprise_id),
        field("enterprise_name", &Bot::enterprise_name),
        field("team_id", &Bot::team_id),
        field("team_name", &Bot::team_name),
        secret_field("bot_token", &Bot::bot_token),
        field("bot_id", &Bot::bot_id),
        field("bot_user_id", &Bot::bot_user_id),
        field("bot_scopes", &Bot::bot_scopes),
        secret_field("bot_refresh_token", &Bot::bot_refresh_token),
        field("bot_token_expires_at", &Bot::bot_token_expires_at),
        field("bot_refresh_token_expires_at", &Bot::bot_refresh_token_expires_at).added(),
        field("is_enterprise_install", &Bot::is_enterprise_install),
        field("installed_at", &Bot::installed_at),
        field("custom_values", &Bot::custom_values));
  }
  // clang-format on
};

}  // namespace slack::oauth::inline v0
