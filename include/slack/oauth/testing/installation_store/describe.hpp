// Calls and records as a violation's text shows them: on one line, as one would write them, with secrets redacted.
#pragma once

#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/print.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// "find_bot({.team_id = "T1"})": what is absent or false is left out. Without a method, the argument alone.
class CallText {
 public:
  explicit CallText(std::string_view method) : method_(method) {}

  CallText& value(std::string_view name, std::string_view shown) {
    if (!text_.empty()) text_ += ", ";
    text_ += '.';
    text_ += name;
    text_ += " = ";
    text_ += shown;
    return *this;
  }

  CallText& id(std::string_view name, OptionalId id) {
    return id ? value(name, oauth::detail::quoted(*id, 60)) : *this;
  }

  CallText& token(std::string_view name, const std::optional<std::string>& token) {
    return token && !token->empty() ? value(name, oauth::detail::quoted(redact(*token))) : *this;
  }

  CallText& time(std::string_view name, const std::optional<Timestamp>& time) {
    return time ? value(name, format_timestamp(*time)) : *this;
  }

  CallText& flag(std::string_view name, bool is_set) { return is_set ? value(name, "true") : *this; }

  [[nodiscard]] std::string str() const { return method_.empty() ? "{" + text_ + "}" : method_ + "({" + text_ + "})"; }

 private:
  std::string method_;
  std::string text_{};
};

template <std::derived_from<Installation> T>
[[nodiscard]] std::string call_text(std::string_view method, const T& installation) {
  return CallText(method)
      .id("enterprise_id", installation.enterprise_id)
      .id("team_id", installation.team_id)
      .token("bot_token", installation.bot_token)
      .id("user_id", installation.user_id)
      .token("user_token", installation.user_token)
      .flag("is_enterprise_install", installation.is_enterprise_install)
      .value("installed_at", format_timestamp(installation.installed_at))
      .str();
}

template <std::derived_from<Bot> T>
[[nodiscard]] std::string call_text(std::string_view method, const T& bot) {
  return CallText(method)
      .id("enterprise_id", bot.enterprise_id)
      .id("team_id", bot.team_id)
      .token("bot_token", bot.bot_token)
      .flag("is_enterprise_install", bot.is_enterprise_install)
      .value("installed_at", format_timestamp(bot.installed_at))
      .str();
}

[[nodiscard]] inline std::string call_text(std::string_view method, const BotQuery& query) {
  return CallText(method)
      .id("enterprise_id", query.enterprise_id)
      .id("team_id", query.team_id)
      .flag("is_enterprise_install", query.is_enterprise_install)
      .str();
}

[[nodiscard]] inline std::string call_text(std::string_view method, const InstallationQuery& query) {
  return CallText(method)
      .id("enterprise_id", query.enterprise_id)
      .id("team_id", query.team_id)
      .id("user_id", query.user_id)
      .flag("is_enterprise_install", query.is_enterprise_install)
      .str();
}

[[nodiscard]] inline std::string call_text(std::string_view method, const WorkspaceRef& ref) {
  return CallText(method)
      .id("enterprise_id", ref.enterprise_id)
      .id("team_id", ref.team_id)
      .time("installed_until", ref.installed_until)
      .str();
}

[[nodiscard]] inline std::string call_text(std::string_view method, const InstallationRef& ref) {
  return CallText(method)
      .id("enterprise_id", ref.enterprise_id)
      .id("team_id", ref.team_id)
      .id("user_id", ref.user_id)
      .time("installed_until", ref.installed_until)
      .str();
}

/// "delete_installations({.team_id = "T1"}, {"U1", "U2"})".
[[nodiscard]] inline std::string call_text_of_users(std::string_view method, const WorkspaceRef& ref,
                                                    std::span<const std::string_view> user_ids) {
  std::string users;
  for (const std::string_view user_id : user_ids) {
    users += (users.empty() ? "" : ", ") + oauth::detail::quoted(user_id, 60);
  }
  return std::string(method) + "(" + call_text("", ref) + ", {" + users + "})";
}

[[nodiscard]] inline std::string call_text(std::string_view method, const TokenReplacement& replacement) {
  return CallText(method)
      .id("enterprise_id", replacement.enterprise_id)
      .id("team_id", replacement.team_id)
      .id("user_id", replacement.user_id)
      .flag("is_enterprise_install", replacement.is_enterprise_install)
      .token("used_refresh_token", std::string(replacement.used_refresh_token))
      .token("token", replacement.token.access_token)
      .token("exchanged_token", std::string(replacement.exchanged_token))
      .str();
}

[[nodiscard]] inline std::string json_text(const CustomValues& values) {
  return values.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// An absent optional text and an empty one: storage that other programs share cannot always tell them apart.
template <class T>
[[nodiscard]] bool are_same(const T& left, const T& right) {
  if constexpr (std::same_as<T, std::optional<std::string>>) {
    return left.value_or("") == right.value_or("");
  } else if constexpr (std::same_as<T, CustomValues>) {
    return json_text(left) == json_text(right);  // as JSON values, a large integer and its rounding are equal
  } else {
    return left == right;
  }
}

template <class T>
[[nodiscard]] std::string shown(const T& value, bool is_secret) {
  std::string text;
  if constexpr (std::same_as<T, CustomValues>) {
    text = json_text(value);
    constexpr std::size_t limit = 300;
    if (text.size() > limit) text = text.substr(0, limit) + "…";
  } else {
    oauth::detail::append_value(text, value, is_secret);
  }
  return text;
}

/// "bot_id: expected "B1", but got "B2"; …" for each field that differs; empty where none does.
template <HasFields T>
[[nodiscard]] std::string difference(const T& expected, const T& actual) {
  std::string text;
  for_each_field<T>([&](const auto& field) {
    const auto& wanted = expected.*field.member;
    const auto& got = actual.*field.member;
    if (are_same(wanted, got)) return;
    if (!text.empty()) text += "; ";
    text += field.name;
    text += ": expected " + shown(wanted, field.is_secret) + ", but got " + shown(got, field.is_secret);
  });
  return text;
}

/// What tells a record from others: whose it is, its tokens, and its time.
template <HasFields T>
[[nodiscard]] std::string brief(const T& record) {
  return call_text("", record);
}

template <HasFields T>
[[nodiscard]] std::string brief_or_nothing(const std::optional<T>& record) {
  return record ? brief(*record) : "nothing";
}

/// "replace_bot({…}, nothing)".
template <HasFields T>
[[nodiscard]] std::string call_text_of_replace(std::string_view method, const std::optional<T>& stored,
                                               const std::optional<T>& record) {
  return std::string(method) + "(" + brief_or_nothing(stored) + ", " + brief_or_nothing(record) + ")";
}

/// As above, where either may be absent.
template <HasFields T>
[[nodiscard]] std::string difference(const std::optional<T>& expected, const std::optional<T>& actual) {
  if (expected && actual) return difference(*expected, *actual);
  if (!expected && !actual) return {};
  return "expected " + brief_or_nothing(expected) + ", but got " + brief_or_nothing(actual);
}

}  // namespace slack::oauth::inline v0::testing::detail
