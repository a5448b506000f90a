// Reads Slack's answer to a refresh or an exchange: https://docs.slack.dev/authentication/using-token-rotation,
// https://docs.slack.dev/reference/methods/oauth.v2.exchange
//
// Needs nlohmann/json.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/oauth_response.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/slack_answer.hpp"

namespace slack::oauth::inline v0::detail {

/// A refreshed token, and what is wrong with the answer that it came in; empty where nothing is.
struct RefreshAnswer {
  RefreshedToken token{};
  std::string problem{};
};

[[nodiscard]] inline std::string id_in(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? text_or_empty(*found, "id") : std::string();
}

/// What makes an answer about `record`'s `token_type` token one that cannot be meant; empty where nothing does.
template <class Record>
[[nodiscard]] std::string problem_with_answer(const nlohmann::json& answer, const RefreshedToken& token,
                                              std::string_view token_type, const Record& record) {
  if (token.access_token.empty()) return "has no access_token";
  if (token.refresh_token.empty()) return "has no refresh_token";
  if (token.token_type != token_type) return "is not about the type of token that was asked for";
  const auto differs = [](const std::string& given, const std::optional<std::string>& expected) {
    return !given.empty() && expected && !expected->empty() && given != *expected;
  };
  if (differs(text_or_empty(answer, "app_id"), record.app_id)) return "is about another app";
  // A workspace may come to another organisation; what it is itself stays.
  const bool is_elsewhere = record.is_enterprise_install ? differs(id_in(answer, "enterprise"), record.enterprise_id)
                                                         : differs(id_in(answer, "team"), record.team_id);
  if (is_elsewhere) return "is about another workspace or organisation";
  if constexpr (requires { record.user_id; }) {
    const std::optional<std::string> user_id(record.user_id);
    if (differs(id_in(answer, "authed_user"), user_id) || differs(text_or_empty(answer, "user_id"), user_id)) {
      return "is about another user";
    }
  }
  return {};
}

/// Where an answer has the tokens: at its top, or those of oauth.v2.user.access in `authed_user`, of which Slack shows
/// no answer.
[[nodiscard]] inline const nlohmann::json& token_source(const nlohmann::json& answer, std::string_view token_type) {
  const auto user = answer.find("authed_user");
  const bool is_nested = token_type == "user" && user != answer.end() && user->is_object() &&
                         text_or_empty(answer, "access_token").empty() && !text_or_empty(*user, "access_token").empty();
  return is_nested ? *user : answer;
}

/// Reads whatever there is, since these tokens come once. `from` is when the token's life began.
template <class Record>
[[nodiscard]] RefreshAnswer read_refresh_answer(const nlohmann::json& answer, std::string_view token_type,
                                                const Record& record, Timestamp from) {
  RefreshAnswer read;
  const nlohmann::json& source = token_source(answer, token_type);
  read.token.token_type = text_or_empty(source, "token_type");
  if (token_type == "user" && is_bearer(read.token.token_type)) read.token.token_type = token_type;
  read.token.access_token = text_or_empty(source, "access_token");
  read.token.refresh_token = text_or_empty(source, "refresh_token");
  read.problem = problem_with_answer(answer, read.token, token_type, record);
  try {
    const AnswerObject object(source, &source == &answer ? "" : "authed_user");
    read.token.scopes = object.scopes("scope");
    read.token.refresh_token_expires_at = object.refresh_token_expiry(from);
    read.token.expires_at = object.expiry(from);
    if (!read.token.expires_at && read.problem.empty()) read.problem = "has no expires_in";
  } catch (const InvalidDataError& error) {
    if (read.problem.empty()) read.problem = "has a field that means nothing: " + std::string(error.what());
  }
  return read;
}

}  // namespace slack::oauth::inline v0::detail
