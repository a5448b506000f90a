// Gives Slack a refresh token, or a token that never expires, for a new pair, and says what went wrong where it does
// not.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/rotated_records.hpp"
#include "slack/oauth/flow/rotate/detail/refresh_answer.hpp"
#include "slack/oauth/flow/rotate/token_rotation_error.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/detail/secret.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// A line of a log or an error about a record: "<what>, team_id="T1"".
template <class Record>
[[nodiscard]] std::string line_about(std::string_view what, const Record& record) {
  std::string_view user_id;
  if constexpr (requires { record.user_id; }) user_id = record.user_id;
  return line_with_ids(std::string(what) + ",", {id_or_empty(record.enterprise_id), id_or_empty(record.team_id)},
                       user_id);
}

/// One token of one record that is to be refreshed. `Tokens` is BotTokens or UserTokens.
template <class Tokens>
struct RefreshedRecord {
  const typename Tokens::Record& given;
  std::string_view aside{};   ///< what a failure has to say besides
  bool is_exchanged = false;  ///< it is a token that never expires, for oauth.v2.exchange

  [[nodiscard]] std::string_view verb() const { return is_exchanged ? "exchange" : "refresh"; }
  [[nodiscard]] std::string_view noun() const { return is_exchanged ? "an exchange" : "a refresh"; }
  [[nodiscard]] std::string past() const { return is_exchanged ? "exchanged" : "refreshed"; }

  [[nodiscard]] static std::string whose() {
    return Tokens::token_type == "bot" ? "the bot's token" : "the user's token";
  }
  [[nodiscard]] static std::string subject() { return std::string(Tokens::subject); }

  [[nodiscard]] std::string text(std::string_view problem) const {
    return line_about(problem, given) + std::string(aside);
  }

  [[nodiscard]] TokenRotationError error(std::string_view problem, std::string_view code, bool is_retryable) const {
    return TokenRotationError(text(problem), std::string(code), is_retryable, subject());
  }

  [[nodiscard]] TokenRotationError not_tried() const {
    return error(whose() + " was not " + past() + ", since the job had to end before", "not_tried", true);
  }

  /// `current` is the record whose refresh token Slack refused.
  [[nodiscard]] TokenRotationError refusal(const typename Tokens::Record& current, std::string_view code,
                                           bool is_retryable, Timestamp now) const {
    std::string problem = "Slack refused to " + std::string(verb()) + " " + whose();
    const auto& end = Tokens::refresh_token_expires_at(current);
    if (end && *end <= now && !is_retryable) {
      problem += ", whose refresh token ended ";
      problem += is_in_calendar(*end) ? "at " + format_timestamp(*end) : std::string("long ago");
      problem += ", so that somebody has to install the app again";
    }
    return error(problem, code, is_retryable);
  }
};

/// Threads: any thread may call any method at any time.
template <HttpTransport Transport>
class RefreshExchange {
 public:
  RefreshExchange(BasicSlackClient<Transport> client, ClientCredentials credentials, bool user_only_enabled)
      : client_(std::move(client)), credentials_(std::move(credentials)), user_only_enabled_(user_only_enabled) {
    require_client_id(credentials_);
    require_secret("client_id", credentials_.client_id);
    require_secret("client_secret", credentials_.client_secret);
  }

  /// The new pair, whose life begins at `now`. Throws TokenRotationError, and as an UnsavedTokenError where new tokens
  /// came that cannot be meant. `stored` has another token where a newer pair could not be saved.
  template <class Tokens>
  RefreshedToken exchange(const RefreshedRecord<Tokens>& about, const typename Tokens::Record& current,
                          const std::string& used, const typename Tokens::Record& stored, Timestamp now) {
    const nlohmann::json answer = ask(about, current, used, now);
    auto [token, problem] = read_refresh_answer(answer, Tokens::token_type, current, now);
    // An app has PKCE on where it needs no secret, and where its last refresh token had an end.
    const bool has_pkce = credentials_.client_secret.empty() || Tokens::refresh_token_expires_at(current);
    if (has_pkce && !token.refresh_token_expires_at) {
      token.refresh_token_expires_at = expires_in(pkce_refresh_token_lifetime, now);
    }
    if (problem.empty()) return std::move(token);
    problem = "Slack's answer to " + std::string(about.noun()) + " of " + about.whose() + " " + problem;
    if (token.access_token.empty() && token.refresh_token.empty()) {
      throw about.error(problem, "unexpected_answer", true);
    }
    const bool has_refresh_token = has_text(Tokens::refresh_token(stored));
    throw UnsavedTokenError(about.text(problem), "unexpected_answer", about.subject(), std::move(token),
                            has_refresh_token ? *Tokens::refresh_token(stored) : std::string(),
                            has_refresh_token ? std::string() : Tokens::access_token(stored).value_or(""));
  }

 private:
  template <class Tokens>
  nlohmann::json ask(const RefreshedRecord<Tokens>& about, const typename Tokens::Record& current,
                     const std::string& used, Timestamp now) {
    const auto lost = [&about](std::string_view code) {
      return about.error("the answer to " + std::string(about.noun()) + " of " + about.whose() + " was lost; its " +
                             (about.is_exchanged ? "token stays, to be tried again, but may be exchanged"
                                                 : "refresh token stays, to be tried again, but may be used up"),
                         code, true);
    };
    try {
      if (about.is_exchanged) return client_.oauth_v2_exchange(credentials_, used);
      return user_only_enabled_ && Tokens::token_type == "user" ? client_.refresh_user(credentials_, used)
                                                                : client_.refresh(credentials_, used);
    } catch (const RateLimitedError& error) {
      throw RateLimitedRotationError(
          about.text("Slack takes no " + std::string(about.verb()) + " of " + about.whose() + " for now"),
          about.subject(), error.retry_after());
    } catch (const SlackApiError& error) {
      throw about.refusal(current, error.code(), error.is_retryable(), now);
    } catch (const HttpError& error) {
      if (error.reach() == HttpError::Reach::maybe_sent) throw lost(error.code());
      throw about.error("Slack was not reached to " + std::string(about.verb()) + " " + about.whose(), error.code(),
                        true);
    } catch (const InvalidAnswerError& error) {
      throw lost(error.code());
    }
  }

  BasicSlackClient<Transport> client_;
  ClientCredentials credentials_;
  bool user_only_enabled_;
};

}  // namespace slack::oauth::inline v0::detail
