// Slack's answer to oauth.v2.access or oauth.v2.user.access as an Installation:
// https://docs.slack.dev/reference/methods/oauth.v2.access,
// https://docs.slack.dev/reference/methods/oauth.v2.user.access
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/models/detail/refusal.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

namespace detail {

/// One object of Slack's answer, whose errors name the field by its path ("authed_user.id").
class AnswerObject {
 public:
  AnswerObject(const nlohmann::json& object, std::string path) : object_(&object), path_(std::move(path)) {}

  [[nodiscard]] std::string path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }

  /// Returns no value where the key is missing, null or an empty string.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    auto text = decode_text(*value, path_of(name));
    if (text.size() > max_text_bytes) throw_invalid(path_of(name), "is too long");
    return text.empty() ? std::nullopt : std::optional(std::move(text));
  }

  [[nodiscard]] std::string required_text(std::string_view name) const {
    auto found = text(name);
    if (!found) throw_invalid(path_of(name), "is missing");
    return std::move(*found);
  }

  [[nodiscard]] std::vector<std::string> scopes(std::string_view name) const {
    return split_scopes(text(name).value_or(""));
  }

  [[nodiscard]] bool flag(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) throw_wrong_type(path_of(name), "true or false", *value);
    return value->get<bool>();
  }

  [[nodiscard]] std::optional<std::chrono::sys_seconds> expiry(Timestamp now) const {
    const auto* value = find("expires_in");
    if (value == nullptr) return std::nullopt;
    const auto seconds = decode_seconds(*value, "expires_in");
    if (seconds < 0 || seconds > longest_lifetime.count()) throw_invalid(path_of("expires_in"), "is out of range");
    return expires_in(std::chrono::seconds{seconds}, now);
  }

  /// Where the refresh token ends. Slack documents no field that says it, so this reads the two that others have, a
  /// number of seconds and a time in seconds since 1970, and takes what means neither for absent.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> refresh_token_expiry(Timestamp now) const {
    const auto from = std::chrono::floor<std::chrono::seconds>(now);
    const auto lasting = [&](std::chrono::seconds lifetime) -> std::optional<std::chrono::sys_seconds> {
      const bool is_lifetime = lifetime.count() > 0 && lifetime <= longest_lifetime;
      return is_lifetime ? std::optional(expires_in(lifetime, now)) : std::nullopt;
    };
    if (const auto seconds = seconds_of("refresh_token_expires_in")) {
      if (const auto end = lasting(std::chrono::seconds{*seconds})) return end;
    }
    const auto end = seconds_of("refresh_token_expires_at");
    return end && *end > 0 && *end <= latest_second ? lasting(std::chrono::seconds{*end} - from.time_since_epoch())
                                                    : std::nullopt;
  }

  [[nodiscard]] std::optional<AnswerObject> object(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) throw_wrong_type(path_of(name), "an object", *value);
    return AnswerObject(*value, path_of(name));
  }

 private:
  // Slack's longest values are scope lists of a few kilobytes.
  static constexpr std::size_t max_text_bytes = 65536;
  static constexpr std::chrono::seconds longest_lifetime = std::chrono::years{100};

  /// An integer, also one in a text.
  [[nodiscard]] std::int64_t decode_seconds(const nlohmann::json& value, std::string_view name) const {
    if (!value.is_string()) return decode_integer<std::int64_t>(value, path_of(name));
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_integer = error == std::errc{} && end == text.data() + text.size();
    if (!is_integer) throw_invalid(path_of(name), "is not a number of seconds");
    return seconds;
  }

  [[nodiscard]] std::optional<std::int64_t> seconds_of(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    try {
      return decode_seconds(*value, name);
    } catch (const InvalidDataError&) {  // these tokens come once, and Slack promised no such field
      return std::nullopt;
    }
  }

  [[nodiscard]] const nlohmann::json* find(std::string_view name) const {
    const auto found = object_->find(name);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }

  const nlohmann::json* object_;
  std::string path_;
};

inline void require_ok(const nlohmann::json& answer) {
  if (!answer.is_object()) throw_wrong_type("the answer", "a JSON object", answer);
  const auto ok = answer.find("ok");
  if (ok == answer.end()) throw_invalid("ok", "is missing");
  if (!ok->is_boolean()) throw_wrong_type("ok", "true or false", *ok);
  if (*ok == true) return;
  const AnswerObject error(answer, "");
  throw refusal(error.required_text("error"), error.text("needed").value_or(""), error.text("provided").value_or(""));
}

/// Where the app was installed: a workspace, an organisation, or a workspace of an organisation.
inline void read_tenant(const AnswerObject& answer, Installation& installation) {
  installation.is_enterprise_install = answer.flag("is_enterprise_install");
  if (const auto enterprise = answer.object("enterprise")) {
    installation.enterprise_id = enterprise->required_text("id");
    installation.enterprise_name = enterprise->text("name");
  }
  if (const auto team = answer.object("team")) {
    installation.team_id = team->required_text("id");
    installation.team_name = team->text("name");
  }
  if (installation.is_enterprise_install && !installation.enterprise_id) throw_invalid("enterprise.id", "is missing");
  if (!installation.enterprise_id && !installation.team_id) throw_invalid("team.id", "is missing");
}

inline void read_user_token(const AnswerObject& source, Timestamp now, Installation& installation) {
  installation.user_token = source.text("access_token");
  installation.user_scopes = source.scopes("scope");
  installation.user_refresh_token = source.text("refresh_token");
  installation.user_token_expires_at = source.expiry(now);
  if (installation.user_refresh_token) {
    installation.user_refresh_token_expires_at = source.refresh_token_expiry(now);
  }
}

inline void read_bot_token(const AnswerObject& answer, Timestamp now, Installation& installation) {
  installation.bot_token = answer.text("access_token");
  if (!installation.bot_token) return;
  installation.bot_user_id = answer.required_text("bot_user_id");
  installation.bot_scopes = answer.scopes("scope");
  installation.bot_refresh_token = answer.text("refresh_token");
  installation.bot_token_expires_at = answer.expiry(now);
  if (installation.bot_refresh_token) installation.bot_refresh_token_expires_at = answer.refresh_token_expiry(now);
}

/// Of a token of oauth.v2.user.access, as OAuth names it: RFC 6749 section 7.1, in any case.
[[nodiscard]] inline bool is_bearer(std::string_view token_type) {
  constexpr std::string_view bearer = "bearer";
  return std::equal(token_type.begin(), token_type.end(), bearer.begin(), bearer.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

/// The token at the top of the answer: the bot's, unless it says that it is a user's.
inline void read_top_level_token(const AnswerObject& answer, Timestamp now, Installation& installation) {
  installation.token_type = answer.text("token_type");
  if (!installation.token_type || installation.token_type == "bot") {
    read_bot_token(answer, now, installation);
  } else if (installation.token_type == "user" || is_bearer(*installation.token_type)) {
    read_user_token(answer, now, installation);
  } else {
    throw_invalid("token_type", "must be bot, user or Bearer");
  }
}

inline void read_webhook(const AnswerObject& answer, Installation& installation) {
  const auto webhook = answer.object("incoming_webhook");
  if (!webhook) return;
  installation.incoming_webhook_url = webhook->required_text("url");
  installation.incoming_webhook_channel = webhook->text("channel");
  installation.incoming_webhook_channel_id = webhook->text("channel_id");
  installation.incoming_webhook_configuration_url = webhook->text("configuration_url");
}

}  // namespace detail

/// Returns what Slack's answer to oauth.v2.access or oauth.v2.user.access means. Slack shows no answer to the latter;
/// the user's token may be in `authed_user`, or at the top with the type "user" or "Bearer". `now` is when it was made;
/// the tokens' `expires_in` count from there. It understands answers to a refresh too; they name no user, so `user_id`
/// is empty there.
///
/// Throws SlackApiError where Slack says `ok: false`. Throws an InvalidDataError that names the field by its path,
/// where the answer is not what Slack documents. This answer has no `bot_id` and no `enterprise_url`: auth.test gives
/// them.
[[nodiscard]] inline Installation installation_from_oauth_response(const nlohmann::json& response,
                                                                   Timestamp now = slack::oauth::now()) {
  detail::require_ok(response);
  const detail::AnswerObject answer(response, "");
  Installation installation;
  installation.installed_at = now;
  installation.app_id = answer.text("app_id");
  detail::read_tenant(answer, installation);
  detail::read_top_level_token(answer, now, installation);
  if (const auto user = answer.object("authed_user")) {
    installation.user_id = user->required_text("id");
    if (user->text("access_token")) detail::read_user_token(*user, now, installation);
  }
  if (!installation.bot_token && !installation.user_token) detail::throw_invalid("access_token", "is missing");
  detail::read_webhook(answer, installation);
  return installation;
}

}  // namespace slack::oauth::inline v0
