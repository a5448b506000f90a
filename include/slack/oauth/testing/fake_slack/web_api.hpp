// The methods of Slack's Web API that an installation's life needs. https://docs.slack.dev/reference/methods
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/testing/fake_slack/consent.hpp"
#include "slack/oauth/testing/fake_slack/ledger.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/testing/fake_slack/signing_key.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// The arguments of a call: of its URL, and of its body, which is a form or JSON.
/// https://docs.slack.dev/apis/web-api#basics
[[nodiscard]] inline HttpParameters arguments_of(const std::string& method, const HttpRequest& request) {
  if (request.method != "POST" && request.method != "GET") throw SlackApiError("invalid_post_type");
  auto arguments = parse_parameters(query_of(request.url));
  if (!arguments) throw SlackApiError("invalid_form_data");
  if (request.method == "GET") return *std::move(arguments);
  if (oauth::detail::media_type_of(request.headers) != "application/json") {
    const auto form = parse_parameters(request.body);
    if (!form) throw SlackApiError("invalid_form_data");
    arguments->insert(arguments->end(), form->begin(), form->end());
    return *std::move(arguments);
  }
  // These take a form alone.
  if (method.starts_with("oauth.") || method.starts_with("openid.")) throw SlackApiError("invalid_post_type");
  const auto json = nlohmann::json::parse(request.body, nullptr, false);
  if (json.is_discarded()) throw SlackApiError("invalid_json");
  if (!json.is_object()) throw SlackApiError("json_not_object");
  for (const auto& [name, value] : json.items()) {
    arguments->push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return *std::move(arguments);
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
  SlackWebApi(const FakeSlackOptions& options, SlackLedger& ledger, std::function<Timestamp()> clock)
      : options_(options), ledger_(ledger), clock_(std::move(clock)) {}

  nlohmann::json answer(const ApiCall& call) {
    count(call);
    if (call.method == "oauth.v2.access") return oauth_v2_access(call);
    if (call.method == "oauth.v2.user.access") return oauth_v2_user_access(call);
    if (call.method == "oauth.v2.exchange") return oauth_v2_exchange(call);
    if (call.method == "openid.connect.token") return openid_connect_token(call);
    if (call.method == "openid.connect.userInfo") return openid_connect_user_info(call);
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

  /// What Slack publishes for those who check its id_tokens.
  [[nodiscard]] nlohmann::json signing_keys() {
    return {{"keys", nlohmann::json::array({signing_key().json_web_key(signing_key_id())})}};
  }

  /// From now on signs with another key.
  void change_signing_key() {
    signing_key_.reset();
    ++signing_keys_;
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
    if (call.is_refresh()) return refresh(call);
    return ledger_.install(redeem(call));
  }

  nlohmann::json refresh(const ApiCall& call) {
    return ledger_.refresh(value_of(call.given, "refresh_token"), call.is_answer_lost);
  }

  SlackLedger::Code redeem(const ApiCall& call) {
    const std::string grant_type = value_of(call.given, "grant_type");
    if (!grant_type.empty() && grant_type != "authorization_code") throw SlackApiError("invalid_grant_type");
    return ledger_.redeem(value_of(call.given, "code"), value_of(call.given, "redirect_uri"),
                          value_of(call.given, "code_verifier"));
  }

  /// No sample of this answer is published. This one has the user's tokens at its top, and says whose they are.
  /// https://docs.slack.dev/reference/methods/oauth.v2.user.access
  nlohmann::json oauth_v2_user_access(const ApiCall& call) {
    check_client(call);
    if (call.is_refresh()) return refresh(call);
    const SlackLedger::Code code = redeem(call);
    if (code.request.user_scopes.empty()) throw SlackApiError("no_user_scopes");
    nlohmann::json answer = ledger_.install(code);
    nlohmann::json user = std::move(answer.at("authed_user"));
    answer["authed_user"] = {{"id", user.at("id")}};
    user.erase("id");
    answer.update(user);
    return answer;
  }

  nlohmann::json oauth_v2_exchange(const ApiCall& call) {
    check_client(call);
    return ledger_.exchange(call.token());
  }

  /// https://docs.slack.dev/reference/methods/openid.connect.token
  nlohmann::json openid_connect_token(const ApiCall& call) {
    check_client(call);
    const SlackLedger::Code code = redeem(call);
    if (!missing_scopes(split_scopes(code.request.user_scopes), {"openid"}).empty()) {
      throw SlackApiError("invalid_code");  // of an installation
    }
    const auto time = std::chrono::floor<std::chrono::seconds>(clock_().time_since_epoch()).count();
    nlohmann::json claims = describe_person(code.workspace, code.workspace.user_id);
    constexpr int lifetime = 300;
    claims.update({{"iss", "https://slack.com"},
                   {"aud", options_.client_id},
                   {"iat", time},
                   {"auth_time", time},
                   {"exp", time + lifetime}});
    if (!code.request.nonce.empty()) claims["nonce"] = code.request.nonce;
    const nlohmann::json installed = ledger_.install(code);
    return {{"ok", true},
            {"token_type", "Bearer"},
            {"access_token", installed.at("authed_user").at("access_token")},
            {"id_token", signing_key().id_token(claims, signing_key_id())}};
  }

  /// https://docs.slack.dev/reference/methods/openid.connect.userInfo
  [[nodiscard]] nlohmann::json openid_connect_user_info(const ApiCall& call) const {
    const AccessTokenRecord& record = ledger_.check(call.token());
    require_scope(record, "openid");
    nlohmann::json answer = describe_person(ledger_.workspace(record.workspace_id), record.user_id);
    answer["ok"] = true;
    return answer;
  }

  static nlohmann::json describe_person(const SlackWorkspace& workspace, const std::string& user_id) {
    return {{"sub", user_id},
            {"https://slack.com/user_id", user_id},
            {"https://slack.com/team_id", workspace.team_id},
            {"https://slack.com/team_name", workspace.team_name},
            {"email", user_id + "@people.example"},
            {"email_verified", true},
            {"name", "Ada"},
            {"locale", "en-US"}};
  }

  [[nodiscard]] const SigningKey& signing_key() {
    if (!signing_key_) signing_key_.emplace();
    return *signing_key_;
  }
  [[nodiscard]] std::string signing_key_id() const { return "fake-key-" + std::to_string(signing_keys_); }

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
    const bool has_parts = !value_of(call.given, "blocks").empty() || !value_of(call.given, "attachments").empty();
    if (message.text.empty() && !has_parts) throw SlackApiError("no_text");
    messages_.push_back(message);
    return {{"ok", true}, {"channel", message.channel}, {"ts", std::to_string(messages_.size()) + ".000100"}};
  }

  static void require_scope(const AccessTokenRecord& record, const std::string& needed) {
    if (missing_scopes(split_scopes(record.scopes), {needed}).empty()) return;
    throw SlackApiError("missing_scope", {.needed = needed, .provided = record.scopes});
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
    if (value_of(call.given, "client_secret") != options_.client_secret) throw SlackApiError("bad_client_secret");
  }

  const FakeSlackOptions& options_;
  SlackLedger& ledger_;
  std::function<Timestamp()> clock_;
  std::optional<SigningKey> signing_key_;  ///< made when it is needed
  int signing_keys_ = 1;
  std::vector<PostedMessage> messages_;
  std::map<std::string, int> calls_;
};

}  // namespace slack::oauth::inline v0::testing::detail
