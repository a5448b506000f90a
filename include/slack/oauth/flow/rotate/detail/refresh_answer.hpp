// Reads Slack's answer to a refresh: https://docs.slack.dev/authentication/using-token-rotation
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
    if (differs(id_in(answer, "authed_user"), record.user_id)) return "is about another user";
  }
  return {};
}

/// Reads whatever there is, since these tokens come once. `from` is when the token's life began.
template <class Record>
[[nodiscard]] RefreshAnswer read_refresh_answer(const nlohmann::json& answer, std::string_view token_type,
                                                const Record& record, Timestamp from) {
  RefreshAnswer read;
  read.token.token_type = text_or_empty(answer, "token_type");
  read.token.access_token = text_or_empty(answer, "access_token");
  read.token.refresh_token = text_or_empty(answer, "refresh_token");
  read.problem = problem_with_answer(answer, read.token, token_type, record);
  try {
    const AnswerObject object(answer, "");
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
