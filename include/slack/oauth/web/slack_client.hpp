// Slack's Web API, as far as the life of an installation needs it, over any HTTP transport.
// https://docs.slack.dev/apis/web-api
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/detail/base_url.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

struct SlackClientOptions {
  /// Where the methods are. https, since every call carries a secret; http only to this machine, for tests.
  std::string base_url = "https://slack.com/api/";

  /// How long one call may wait in all where Slack says that there were too many calls. After that it throws
  /// RateLimitedError. Raise it in a scheduled job, which has time. Zero never waits.
  std::chrono::seconds longest_rate_limit_wait{5};

  /// Waits that long; by default std::this_thread::sleep_for(). Tests give one that does not.
  std::function<void(std::chrono::milliseconds)> sleep{};

  /// The longest answer. A longer one is an InvalidAnswerError. Raise it for methods that answer with long lists.
  std::size_t max_answer_bytes = std::size_t{4} << 20U;

  /// Gets a line for every call at level debug, and for repeated ones as warnings.
  Logger logger{};
};

/// What the redirect after consent brought, and what the request for consent said.
struct CodeExchange {
  std::string code{};
  std::string redirect_uri{};   ///< the one of the authorize URL; empty where that had none
  std::string code_verifier{};  ///< PkceVerifier::verifier(); empty without PKCE
};

/// Calls Slack. Every method returns the whole answer, of which `ok` is true.
///
/// Errors: SlackApiError where Slack says `ok: false`. RateLimitedError, which is a SlackApiError, where Slack says
/// that there were too many calls for longer than the options allow to wait. HttpError where no answer came: its
/// reach() says whether Slack may have acted. InvalidAnswerError where the answer is not Slack's. InvalidArgumentError
/// where an argument cannot be sent. No message holds a token, code or secret.
///
/// The client repeats a call only where that does no harm: after a refusal for the rate limit, and once where the
/// connection was lost before anything was sent, or in a method that only reads (auth.test,
/// auth.teams.list and openid.connect.userInfo).
///
/// Threads: any thread may call any method at any time. Copies share what the transport shares.
template <HttpTransport Transport>
class BasicSlackClient {
 public:
  /// Throws InvalidArgumentError where an option cannot work.
  explicit BasicSlackClient(Transport transport, SlackClientOptions options = {})
      : transport_(std::move(transport)), options_(std::move(options)) {
    options_.base_url = detail::checked_base_url(std::move(options_.base_url));
    if (!options_.sleep) options_.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  }

  /// Returns a code's tokens, which installation_from_oauth_response() understands. A code serves once.
  /// https://docs.slack.dev/reference/methods/oauth.v2.access
  nlohmann::json oauth_v2_access(const ClientCredentials& credentials, const CodeExchange& exchange) {
    return post_as_app("oauth.v2.access", credentials, parameters_of(exchange));
  }

  /// Returns a new pair of tokens for a refresh token, which serves once.
  /// https://docs.slack.dev/authentication/using-token-rotation
  nlohmann::json refresh(const ClientCredentials& credentials, std::string_view refresh_token) {
    if (refresh_token.empty()) throw InvalidArgumentError("refresh_token", "must not be empty");
    return post_as_app("oauth.v2.access", credentials,
                       {{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token)}});
  }

  /// Returns a code's tokens where a person allowed the app at oauth/v2_user/authorize: the user's alone.
  /// installation_from_oauth_response() understands the answer.
  /// https://docs.slack.dev/reference/methods/oauth.v2.user.access
  nlohmann::json oauth_v2_user_access(const ClientCredentials& credentials, const CodeExchange& exchange) {
    return post_as_app("oauth.v2.user.access", credentials, parameters_of(exchange));
  }

  /// Does what refresh() does, for a refresh token that came from oauth.v2.user.access.
  nlohmann::json refresh_user(const ClientCredentials& credentials, std::string_view refresh_token) {
    if (refresh_token.empty()) throw InvalidArgumentError("refresh_token", "must not be empty");
    return post_as_app("oauth.v2.user.access", credentials,
                       {{"grant_type", "refresh_token"}, {"refresh_token", std::string(refresh_token)}});
  }

  /// Returns a pair of tokens that expire and can be refreshed, for one token that never expires.
  /// https://docs.slack.dev/reference/methods/oauth.v2.exchange
  nlohmann::json oauth_v2_exchange(const ClientCredentials& credentials, std::string_view token) {
    return post_with_token("oauth.v2.exchange", token, parameters_of(credentials));
  }

  /// Returns whose token it is. https://docs.slack.dev/reference/methods/auth.test
  nlohmann::json auth_test(std::string_view token) { return post_with_token("auth.test", token, {}, Lost::repeat); }

  /// Returns a page of the workspaces that an organisation's installation was approved for: `teams`, each with `id` and
  /// `name`, and in `response_metadata.next_cursor` the cursor of the next page; empty at the end. `limit` is from 1 to
  /// 1000. https://docs.slack.dev/reference/methods/auth.teams.list
  nlohmann::json auth_teams_list(std::string_view token, std::string_view cursor = {}, int limit = 1000) {
    constexpr int most = 1000;
    if (limit < 1 || limit > most) throw InvalidArgumentError("limit", "must be from 1 to 1000");
    HttpParameters parameters{{"limit", std::to_string(limit)}};
    if (!cursor.empty()) parameters.push_back({"cursor", std::string(cursor)});
    return post_with_token("auth.teams.list", token, parameters, Lost::repeat);
  }

  /// Calls `visit(id, name)` for each of these workspaces, page by page. What `visit` throws ends it. Throws
  /// InvalidDataError where a page is not what Slack documents, or the pages go round in a circle.
  template <std::invocable<std::string_view, std::string_view> Visit>
  void for_each_team(std::string_view token, const Visit& visit) {
    std::string cursor;
    std::set<std::string> seen;
    do {
      const nlohmann::json page = auth_teams_list(token, cursor);
      const auto teams = page.find("teams");
      if (teams == page.end() || !teams->is_array()) throw InvalidDataError("teams", "is not a list");
      for (const auto& team : *teams) {
        const std::string id = team.is_object() ? detail::text_or_empty(team, "id") : std::string();
        const std::string name = team.is_object() ? detail::text_or_empty(team, "name") : std::string();
        if (id.empty()) throw InvalidDataError("teams", "holds a workspace without an id");
        visit(std::string_view(id), std::string_view(name));
      }
      const auto metadata = page.find("response_metadata");
      cursor = metadata != page.end() && metadata->is_object() ? detail::text_or_empty(*metadata, "next_cursor") : "";
      if (!cursor.empty() && !seen.insert(cursor).second) throw InvalidDataError("next_cursor", "comes back again");
    } while (!cursor.empty());
  }

  /// Revokes this token alone. https://docs.slack.dev/reference/methods/auth.revoke
  nlohmann::json auth_revoke(std::string_view token) { return post_with_token("auth.revoke", token, {}); }

  /// Uninstalls the app from the workspace that the token is of.
  /// https://docs.slack.dev/reference/methods/apps.uninstall
  nlohmann::json apps_uninstall(const ClientCredentials& credentials, std::string_view token) {
    return post_with_token("apps.uninstall", token, parameters_of(credentials));
  }

  /// Returns a code's tokens where a user signs in with Slack.
  /// https://docs.slack.dev/reference/methods/openid.connect.token
  nlohmann::json openid_connect_token(const ClientCredentials& credentials, const CodeExchange& exchange) {
    return post_as_app("openid.connect.token", credentials, parameters_of(exchange));
  }

  /// Returns who signed in with Slack. https://docs.slack.dev/reference/methods/openid.connect.userInfo
  nlohmann::json openid_connect_user_info(std::string_view token) {
    return post_with_token("openid.connect.userInfo", token, {}, Lost::repeat);
  }

  /// Calls any other method, such as chat.postMessage: https://docs.slack.dev/reference/methods. Pass arguments that
  /// are lists or objects, such as blocks, as JSON text. An empty token is left out.
  nlohmann::json call(std::string_view method, std::string_view token, const HttpParameters& parameters = {}) {
    require_method(method);
    if (token.empty()) return post(method, "", parameters, Lost::report);
    return post_with_token(method, token, parameters);
  }

  [[nodiscard]] const SlackClientOptions& options() const noexcept { return options_; }

 private:
  /// What to do about a call that was perhaps sent, where its answer was lost.
  enum class Lost { report, repeat };

  static void require_method(std::string_view method) {
    const bool is_name =
        std::all_of(method.begin(), method.end(), [](char c) { return detail::is_unreserved(c) && c != '~'; });
    if (method.empty() || !is_name) throw InvalidArgumentError("method", "is not the name of a method of Slack's");
  }

  static HttpParameters parameters_of(const ClientCredentials& credentials) {
    detail::require_client_id(credentials);
    return {{"client_id", credentials.client_id}, {"client_secret", credentials.client_secret}};
  }

  static HttpParameters parameters_of(const CodeExchange& exchange) {
    if (exchange.code.empty()) throw InvalidArgumentError("code", "must not be empty");
    HttpParameters parameters{{"grant_type", "authorization_code"}, {"code", exchange.code}};
    if (!exchange.redirect_uri.empty()) parameters.push_back({"redirect_uri", exchange.redirect_uri});
    if (!exchange.code_verifier.empty()) parameters.push_back({"code_verifier", exchange.code_verifier});
    return parameters;
  }

  nlohmann::json post_as_app(std::string_view method, const ClientCredentials& credentials, HttpParameters parameters) {
    detail::require_client_id(credentials);
    std::string authorization;
    if (credentials.client_secret.empty()) {  // a public client only says which one it is: RFC 6749 section 3.2.1
      parameters.push_back({"client_id", credentials.client_id});
    } else {
      authorization = detail::basic_authorization(credentials);
    }
    return post(method, std::move(authorization), parameters, Lost::report);
  }

  nlohmann::json post_with_token(std::string_view method, std::string_view token, const HttpParameters& parameters,
                                 Lost lost = Lost::report) {
    return post(method, detail::bearer_authorization(token, "token"), parameters, lost);
  }

  nlohmann::json post(std::string_view method, std::string authorization, const HttpParameters& parameters, Lost lost) {
    HttpRequest request{
        .method = "POST",
        .url = options_.base_url + std::string(method),
        .headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
        .body = format_parameters(parameters)};
    if (!authorization.empty()) request.headers.push_back({"Authorization", std::move(authorization)});

    bool may_send_again = true;
    std::chrono::seconds wait_left = options_.longest_rate_limit_wait;
    for (;;) {
      try {
        const HttpResponse response = transport_.send(request);
        nlohmann::json answer = detail::read_slack_answer(method, response, options_.max_answer_bytes);
        log(LogLevel::debug, method, "answered ok");
        return answer;
      } catch (const HttpError& error) {
        const bool is_harmless = error.reach() == HttpError::Reach::not_sent || lost == Lost::repeat;
        if (!is_harmless || !std::exchange(may_send_again, false)) throw;
        log(LogLevel::warning, method, "is sent again, since no answer came: " + std::string(error.what()));
      } catch (const RateLimitedError& error) {
        if (error.retry_after() > wait_left) throw;
        wait_left -= error.retry_after();
        log(LogLevel::warning, method,
            "is rate limited, and waits " + std::to_string(error.retry_after().count()) + " s");
        options_.sleep(error.retry_after());
      }
    }
  }

  /// A logger that throws must not lose an answer, which may hold tokens that come once.
  void log(LogLevel level, std::string_view method, std::string_view what) const noexcept {
    try {
      if (!options_.logger.is_enabled(level)) return;
      options_.logger.log(level, std::string(method) + " " + std::string(what));
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  Transport transport_;
  SlackClientOptions options_;
};

using SlackClient = BasicSlackClient<AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
