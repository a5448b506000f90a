// The methods of Slack's Web API that an installation's life needs. https://docs.slack.dev/reference/methods
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/testing/fake_slack/ledger.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Empty where it is missing.
[[nodiscard]] inline std::string value_of(const HttpParameters& parameters, std::string_view name) {
  return std::string(find_parameter(parameters, name).value_or(""));
}

/// A call of a method, as it came.
struct ApiCall {
  std::string method{};
  const HttpRequest& request;
  HttpParameters given{};
  bool is_answer_lost = false;

  [[nodiscard]] std::string token() const {
    constexpr std::string_view bearer = "Bearer ";
    const auto header = find_header(request.headers, "Authorization");
    if (header && header->starts_with(bearer)) return std::string(header->substr(bearer.size()));
    return value_of(given, "token");
  }
  [[nodiscard]] bool is_refresh() const { return value_of(given, "grant_type") == "refresh_token"; }
};

/// Threads: one at a time. Errors: what Slack refuses is a SlackApiError with Slack's code.
class SlackWebApi {
 public:
  SlackWebApi(const FakeSlackOptions& options, SlackLedger& ledger) : options_(options), ledger_(ledger) {}

  nlohmann::json answer(const ApiCall& call) {
    count(call);
    if (call.method == "oauth.v2.access") return oauth_v2_access(call);
    if (call.method == "oauth.v2.user.access") return oauth_v2_user_access(call);
    if (call.method == "oauth.v2.exchange") return oauth_v2_exchange(call);
    if (call.method == "auth.test") return auth_test(call);
    if (call.method == "auth.teams.list") return auth_teams_list(call);
    if (call.method == "chat.postMessage") return chat_post_message(call);
    throw SlackApiError("unknown_method");
  }

  /// Whose token it is that auth.revoke or apps.uninstall came with.
  AccessTokenRecord look_up(const ApiCall& call) {
    count(call);
    if (call.method == "apps.uninstall") check_client(call);
    return ledger_.check(call.token());
  }

  [[nodiscard]] const std::vector<PostedMessage>& messages() const { return messages_; }

  [[nodiscard]] int calls(const std::string& method) const {
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
  }

 private:
  void count(const ApiCall& call) {
    ++calls_[call.method];
    if (call.is_refresh()) ++calls_[call.method + " refresh_token"];
  }

  nlohmann::json oauth_v2_access(const ApiCall& call) {
    check_client(call);
    if (call.is_refresh()) return ledger_.refresh(value_of(call.given, "refresh_token"), call.is_answer_lost);
    return ledger_.redeem(value_of(call.given, "code"), value_of(call.given, "redirect_uri"),
                          value_of(call.given, "code_verifier"));
  }

  /// No sample of this answer is published. This one has the user's tokens at its top, and says whose they are.
  /// https://docs.slack.dev/reference/methods/oauth.v2.user.access
  nlohmann::json oauth_v2_user_access(const ApiCall& call) {
    nlohmann::json answer = oauth_v2_access(call);
    if (call.is_refresh()) return answer;
    const nlohmann::json user = answer.at("authed_user");
    answer.update(user);
    answer["authed_user"] = {{"id", user.at("id")}};
    return answer;
  }

  nlohmann::json oauth_v2_exchange(const ApiCall& call) {
    check_client(call);
    return ledger_.exchange(call.token());
  }

  /// https://docs.slack.dev/reference/methods/auth.test
  [[nodiscard]] nlohmann::json auth_test(const ApiCall& call) const {
    const AccessTokenRecord& record = ledger_.check(call.token());
    const SlackWorkspace& workspace = ledger_.workspace(record.workspace_id);
    nlohmann::json answer{{"ok", true},
                          {"url", "https://" + workspace.id() + ".slack.example/"},
                          {"team", workspace.name()},
                          {"team_id", workspace.id()},
                          {"user", record.is_bot ? "standin-bot" : "ada"},
                          {"user_id", record.user_id},
                          {"is_enterprise_install", workspace.is_enterprise_install}};
    if (record.is_bot) answer["bot_id"] = "B0STANDIN";
    if (!workspace.enterprise_id.empty()) answer["enterprise_id"] = workspace.enterprise_id;
    return answer;
  }

  /// https://docs.slack.dev/reference/methods/auth.teams.list
  [[nodiscard]] nlohmann::json auth_teams_list(const ApiCall& call) const {
    const AccessTokenRecord& record = ledger_.check(call.token());
    nlohmann::json teams = nlohmann::json::array();
    for (const SlackWorkspace& team : ledger_.teams_of(ledger_.workspace(record.workspace_id))) {
      teams.push_back({{"id", team.team_id}, {"name", team.team_name}});
    }
    return {{"ok", true}, {"teams", std::move(teams)}, {"response_metadata", {{"next_cursor", ""}}}};
  }

  /// https://docs.slack.dev/reference/methods/chat.postMessage
  nlohmann::json chat_post_message(const ApiCall& call) {
    const AccessTokenRecord& record = ledger_.check(call.token());
    require_scope(record, "chat:write");
    PostedMessage message{record.workspace_id, value_of(call.given, "channel"), value_of(call.given, "text")};
    if (message.channel.empty()) throw SlackApiError("channel_not_found");
    if (message.text.empty()) throw SlackApiError("no_text");
    messages_.push_back(message);
    return {{"ok", true}, {"channel", message.channel}, {"ts", std::to_string(messages_.size()) + ".000100"}};
  }

  static void require_scope(const AccessTokenRecord& record, const std::string& needed) {
    const auto scopes = split_scopes(record.scopes);
    if (std::find(scopes.begin(), scopes.end(), needed) == scopes.end()) {
      throw SlackApiError("missing_scope", {.needed = needed, .provided = record.scopes});
    }
  }

  /// HTTP Basic, or parameters: RFC 6749 section 2.3.1. A public client says only which one it is.
  void check_client(const ApiCall& call) const {
    const ClientCredentials credentials{options_.client_id, options_.client_secret};
    if (const auto header = find_header(call.request.headers, "Authorization");
        header && header->starts_with("Basic ")) {
      if (*header != oauth::detail::basic_authorization(credentials)) throw SlackApiError("bad_client_secret");
      return;
    }
    if (value_of(call.given, "client_id") != options_.client_id) throw SlackApiError("invalid_client_id");
    const std::string secret = value_of(call.given, "client_secret");
    const bool may_have_none = options_.is_public_client && secret.empty();
    if (!may_have_none && secret != options_.client_secret) throw SlackApiError("bad_client_secret");
  }

  const FakeSlackOptions& options_;
  SlackLedger& ledger_;
  std::vector<PostedMessage> messages_;
  std::map<std::string, int> calls_;
};

}  // namespace slack::oauth::inline v0::testing::detail
