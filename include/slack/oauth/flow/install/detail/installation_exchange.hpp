// From a code to an installation: what OAuthFlow asks Slack, and what it makes of Slack's refusals.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/detail/flow_answers.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/slack_answer.hpp"

namespace slack::oauth::inline v0::detail {

[[nodiscard]] inline std::optional<std::string> text_of(const nlohmann::json& answer, const char* name) {
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_string()) return std::nullopt;
  return found->template get<std::string>();
}

/// What is not in the answer to the exchange: the bot's id, and the address of an organisation.
template <class Client>
void complete_from_auth_test(Client& client, Installation& installation) {
  const bool has_bot = installation.bot_token.has_value();
  if (!has_bot && !installation.is_enterprise_install) return;
  const auto& token = has_bot ? installation.bot_token : installation.user_token;
  if (!token) return;
  const nlohmann::json answer = client.auth_test(*token);
  if (has_bot) installation.bot_id = text_of(answer, "bot_id");
  if (installation.is_enterprise_install) installation.enterprise_url = text_of(answer, "url");
}

/// Adds to an answer of oauth.v2.user.access whose token it brought, where Slack left that out. Leaves what Slack said.
template <class Client>
void say_whose_token(Client& client, nlohmann::json& answer) {
  const auto has_id = [&answer](const char* name) {
    const auto found = answer.find(name);
    return found != answer.end() && found->is_object() && text_of(*found, "id");
  };
  const bool has_tenant = has_id("team") || has_id("enterprise");
  const auto token = text_of(answer, "access_token");
  if (!token || (has_tenant && has_id("authed_user"))) return;  // without one at the top, the user is there with it
  const nlohmann::json owner = client.auth_test(*token);
  // With the type by its name: where a template assigns braces, clang 16 does not destroy what they take the place of.
  using Json = nlohmann::json;
  if (!has_id("authed_user")) answer["authed_user"] = Json{{"id", text_of(owner, "user_id").value_or("")}};
  if (has_tenant) return;
  if (const auto id = text_of(owner, "team_id")) {
    answer["team"] = Json{{"id", *id}, {"name", text_of(owner, "team").value_or("")}};
  }
  if (const auto id = text_of(owner, "enterprise_id")) answer["enterprise"] = Json{{"id", *id}};
  if (const auto flag = owner.find("is_enterprise_install"); flag != owner.end()) answer[flag.key()] = *flag;
}

/// What Slack's page about PKCE says, where the answer says nothing of it.
inline void end_refresh_tokens(Installation& installation, Timestamp granted_at) {
  const auto end = expires_in(pkce_refresh_token_lifetime, granted_at);
  if (installation.bot_refresh_token && !installation.bot_refresh_token_expires_at) {
    installation.bot_refresh_token_expires_at = end;
  }
  if (installation.user_refresh_token && !installation.user_refresh_token_expires_at) {
    installation.user_refresh_token_expires_at = end;
  }
}

[[nodiscard]] inline FlowFailure failure_of_exchange(const std::exception_ptr& error) {
  FlowFailure failure{.reason = "slack_unavailable", .status = 503, .error = error};
  try {
    std::rethrow_exception(error);
  } catch (const RateLimitedError& limited) {
    failure.retry_after = limited.retry_after();
  } catch (const SlackApiError& refused) {
    if (!is_passing_error(refused.code())) {
      failure.reason = "invalid_code";
      failure.status = 401;
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): whatever it was, Slack gave no tokens
  }
  return failure;
}

}  // namespace slack::oauth::inline v0::detail
