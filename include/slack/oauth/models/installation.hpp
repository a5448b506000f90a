// An installation: everything that one person's consent gave an app.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/detail/shared_fields.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// What a user's consent gave the app in a workspace or organisation: the bot, this user's own token, a webhook.
/// The names are those of https://docs.slack.dev/reference/methods/oauth.v2.access
struct Installation {
  std::optional<std::string> app_id{};
  std::optional<std::string> enterprise_id{};  ///< no value outside of Enterprise Grid
  std::optional<std::string> enterprise_name{};
  std::optional<std::string> enterprise_url{};  ///< from auth.test, for an organisation
  std::optional<std::string> team_id{};         ///< no value where the whole organisation installed the app
  std::optional<std::string> team_name{};

  std::optional<std::string> bot_token{};  ///< no value where the app asked for user scopes only
  std::optional<std::string> bot_id{};     ///< "B…", from auth.test
  std::optional<std::string> bot_user_id{};
  std::vector<std::string> bot_scopes{};
  std::optional<std::string> bot_refresh_token{};                  ///< only with token rotation
  std::optional<std::chrono::sys_seconds> bot_token_expires_at{};  ///< only with token rotation

  /// Where the refresh token itself ends: https://docs.slack.dev/authentication/using-pkce
  std::optional<std::chrono::sys_seconds> bot_refresh_token_expires_at{};

  std::string user_id{};  ///< who installed the app
  std::optional<std::string> user_token{};
  std::vector<std::string> user_scopes{};
  std::optional<std::string> user_refresh_token{};                  ///< only with token rotation
  std::optional<std::chrono::sys_seconds> user_token_expires_at{};  ///< only with token rotation

  /// As the bot's.
  std::optional<std::chrono::sys_seconds> user_refresh_token_expires_at{};

  std::optional<std::string> incoming_webhook_url{};  ///< a secret: whoever has it can post
  std::optional<std::string> incoming_webhook_channel{};
  std::optional<std::string> incoming_webhook_channel_id{};
  std::optional<std::string> incoming_webhook_configuration_url{};

  bool is_enterprise_install = false;
  std::optional<std::string> token_type{};
  Timestamp installed_at = now();
  CustomValues custom_values{};

  /// Returns the bot's part of this installation; std::nullopt where it has no bot token. It is a template, so that a
  /// program that does not call it does not compile it.
  template <class BotT = Bot>
  [[nodiscard]] std::optional<BotT> to_bot() const {
    if (!bot_token || bot_token->empty()) return std::nullopt;
    std::optional<BotT> bot(std::in_place);
    detail::copy_shared_fields(*this, *bot);
    return bot;
  }

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
        field("app_id", &Installation::app_id),
        field("enterprise_id", &Installation::enterprise_id),
        field("enterprise_name", &Installation::enterprise_name),
        field("enterprise_url", &Installation::enterprise_url),
        field("team_id", &Installation::team_id),
        field("team_name", &Installation::team_name),
        secret_field("bot_token", &Installation::bot_token).of_bot(),
        field("bot_id", &Installation::bot_id).of_bot(),
        field("bot_user_id", &Installation::bot_user_id).of_bot(),
        field("bot_scopes", &Installation::bot_scopes).of_bot(),
        secret_field("bot_refresh_token", &Installation::bot_refresh_token).of_bot(),
        field("bot_token_expires_at", &Installation::bot_token_expires_at).of_bot(),
        field("bot_refresh_token_expires_at", &Installation::bot_refresh_token_expires_at).of_bot().added(),
        field("user_id", &Installation::user_id),
        secret_field("user_token", &Installation::user_token),
        field("user_scopes", &Installation::user_scopes),
        secret_field("user_refresh_token", &Installation::user_refresh_token),
        field("user_token_expires_at", &Installation::user_token_expires_at),
        field("user_refresh_token_expires_at", &Installation::user_refresh_token_expires_at).added(),
        secret_field("incoming_webhook_url", &Installation::incoming_webhook_url),
        field("incoming_webhook_channel", &Installation::incoming_webhook_channel),
        field("incoming_webhook_channel_id", &Installation::incoming_webhook_channel_id),
        field("incoming_webhook_configuration_url", &Installation::incoming_webhook_configuration_url),
        field("is_enterprise_install", &Installation::is_enterprise_install),
        field("token_type", &Installation::token_type),
        field("installed_at", &Installation::installed_at),
        field("custom_values", &Installation::custom_values));
  }
  // clang-format on
};

}  // namespace slack::oauth::inline v0
