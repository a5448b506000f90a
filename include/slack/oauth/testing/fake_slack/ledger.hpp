// What a FakeSlack remembers of installations: workspaces, codes, tokens, and who used what how often.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/detail/desktop_redirect.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/testing/fake_slack/consent.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/pkce.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Threads: one at a time. Errors: what Slack refuses is a SlackApiError with Slack's code.
class SlackLedger {
 public:
  static constexpr std::string_view bot_user_id = "U0BOTUSER";
  static constexpr std::chrono::minutes code_lifetime{10};

  SlackLedger(const FakeSlackOptions& options, std::function<Timestamp()> clock)
      : options_(options), clock_(std::move(clock)) {}

  /// An installation out of nothing: the answer that oauth.v2.access gives to a code.
  nlohmann::json install(const SlackWorkspace& workspace, const std::string& bot_scopes, const std::string& user_scopes,
                         bool rotates) {
    workspaces_[workspace.id()] = workspace;
    nlohmann::json answer = describe(workspace);
    answer["authed_user"] = {{"id", workspace.user_id}};
    if (!bot_scopes.empty()) {
      answer.update(grant({workspace.id(), std::string(bot_user_id), true, agreed(bot_scopes)}, rotates));
    }
    if (!user_scopes.empty()) {
      answer["authed_user"].update(grant({workspace.id(), workspace.user_id, false, agreed(user_scopes)}, rotates));
    }
    return answer;
  }

  std::string new_code(SlackWorkspace workspace, ConsentRequest request) {
    std::string code = mint("code-not-real");
    codes_[code] = {std::move(workspace), std::move(request), clock_()};
    return code;
  }

  /// What a code was given for.
  struct Code {
    SlackWorkspace workspace;
    ConsentRequest request;
    Timestamp given_at;
  };

  /// A code works once and for ten minutes, for the redirect URI that it was sent to, and with PKCE for who asked for
  /// it.
  Code redeem(const std::string& code, std::string_view redirect_uri, const std::string& code_verifier) {
    auto node = codes_.extract(code);
    if (node.empty() || clock_() >= node.mapped().given_at + code_lifetime) throw SlackApiError("invalid_code");
    const ConsentRequest& request = node.mapped().request;
    const bool is_named = request.names_redirect_uri || !redirect_uri.empty();
    if (is_named && redirect_uri != request.redirect_uri) throw SlackApiError("bad_redirect_uri");
    if (!request.code_challenge.empty() && !answers_challenge(code_verifier, request.code_challenge)) {
      throw SlackApiError("invalid_code_verifier");
    }
    return std::move(node.mapped());
  }

  nlohmann::json install(const Code& code) {
    const ConsentRequest& request = code.request;
    // https://docs.slack.dev/authentication/using-pkce: a desktop redirect brings tokens that rotate
    const bool is_desktop = options_.is_public_client() && oauth::detail::is_desktop_redirect(request.redirect_uri);
    return install(code.workspace, request.bot_scopes, request.user_scopes, options_.token_rotation || is_desktop);
  }

  /// A refresh token works once. The access token before stays good until it expires.
  nlohmann::json refresh(const std::string& refresh_token, bool is_answer_lost) {
    uses_.push_back({refresh_token, clock_(), false, is_answer_lost});
    const auto found = refresh_tokens_.find(refresh_token);
    if (found == refresh_tokens_.end()) throw SlackApiError("invalid_refresh_token");
    RefreshTokenRecord& record = found->second;
    if (is_answer_lost) ++record.lost_answers;
    if (++record.uses > 1 || record.is_revoked) throw SlackApiError("invalid_refresh_token");
    if (record.expires_at && *record.expires_at <= clock_()) throw SlackApiError("invalid_refresh_token");
    if (deactivated_.contains(record.user_id)) throw SlackApiError("account_inactive");
    uses_.back().is_accepted = true;
    nlohmann::json answer = describe(workspaces_.at(record.workspace_id));
    answer.update(rotating_tokens({record.workspace_id, record.user_id, record.is_bot, record.scopes}, record.lineage));
    return answer;
  }

  /// Gives tokens that rotate for one that does not, once.
  /// https://docs.slack.dev/reference/methods/oauth.v2.exchange
  nlohmann::json exchange(const std::string& token) {
    if (!options_.token_rotation) throw SlackApiError("token_rotation_not_enabled");
    if (exchanged_.contains(token)) throw SlackApiError("token_already_exchanged");
    const auto found = access_tokens_.find(token);
    if (found == access_tokens_.end() || found->second.expires_at) throw SlackApiError("invalid_token");
    if (found->second.is_revoked) throw SlackApiError("authorization_not_found");
    if (deactivated_.contains(found->second.user_id)) throw SlackApiError("account_inactive");
    exchanged_.insert(token);
    AccessTokenRecord& record = found->second;
    nlohmann::json answer = describe(workspaces_.at(record.workspace_id));
    answer.update(rotating_tokens({record.workspace_id, record.user_id, record.is_bot, record.scopes}, ++lineages_));
    if (!record.is_bot) answer["authed_user"] = {{"id", record.user_id}};
    record.is_revoked = true;
    return answer;
  }

  /// Throws SlackApiError where the token does not work.
  const AccessTokenRecord& check(const std::string& token) const {
    if (token.empty()) throw SlackApiError("not_authed");
    const auto found = access_tokens_.find(token);
    if (found == access_tokens_.end()) throw SlackApiError("invalid_auth");
    if (deactivated_.contains(found->second.user_id)) throw SlackApiError("account_inactive");
    if (found->second.is_revoked) throw SlackApiError("token_revoked");
    if (!is_current(found->second)) throw SlackApiError("token_expired");
    return found->second;
  }

  [[nodiscard]] const SlackWorkspace& workspace(std::string_view id) const {
    const auto found = workspaces_.find(id);
    if (found == workspaces_.end()) throw SlackApiError("team_not_found");
    return found->second;
  }

  /// The workspaces that are known of an organisation, or the one workspace of another installation.
  [[nodiscard]] std::vector<SlackWorkspace> teams_of(const SlackWorkspace& installed) const {
    if (!installed.is_enterprise_install) return {installed};
    std::vector<SlackWorkspace> teams;
    for (const SlackWorkspace& one : options_.workspaces) {
      if (!one.is_enterprise_install && one.enterprise_id == installed.enterprise_id) teams.push_back(one);
    }
    return teams;
  }

  /// Revokes every token of the workspace that `is_meant` says yes to.
  template <class Predicate>
  void revoke(std::string_view workspace_id, Predicate is_meant) {
    revoke_in(access_tokens_, workspace_id, is_meant);
    revoke_in(refresh_tokens_, workspace_id, is_meant);
  }

  void forget(std::string_view workspace_id) {
    revoke(workspace_id, [](const auto&) { return true; });
    if (const auto found = workspaces_.find(workspace_id); found != workspaces_.end()) workspaces_.erase(found);
  }

  void deactivate(const std::string& user_id) { deactivated_.insert(user_id); }

  /// The workspace becomes one of the organisation. Its tokens go on.
  void migrate(std::string_view team_id, const std::string& enterprise_id, const std::string& enterprise_name) {
    SlackWorkspace& moved = workspaces_.find(workspace(team_id).id())->second;
    moved.enterprise_id = enterprise_id;
    moved.enterprise_name = enterprise_name;
  }

  [[nodiscard]] bool is_working(const std::string& token) const {
    try {
      check(token);
      return true;
    } catch (const SlackApiError&) {
      return false;
    }
  }

  [[nodiscard]] std::vector<std::string> working_tokens(std::string_view workspace_id) const {
    std::vector<std::string> tokens;
    for (const auto& [token, record] : access_tokens_) {
      if (record.workspace_id == workspace_id && is_working(token)) tokens.push_back(token);
    }
    return tokens;
  }

  using Workspaces = std::map<std::string, SlackWorkspace, std::less<>>;
  [[nodiscard]] const Workspaces& workspaces() const { return workspaces_; }
  [[nodiscard]] const std::map<std::string, AccessTokenRecord>& access_tokens() const { return access_tokens_; }
  [[nodiscard]] const std::map<std::string, RefreshTokenRecord>& refresh_tokens() const { return refresh_tokens_; }
  [[nodiscard]] const std::vector<RefreshTokenUse>& refresh_token_uses() const { return uses_; }

  /// Nobody's secret in an earlier run is one in this.
  std::string mint(std::string_view kind) {
    return std::string(kind) + "-" + std::to_string(run_) + "-" + std::to_string(++minted_);
  }

 private:
  nlohmann::json describe(const SlackWorkspace& workspace) const {
    nlohmann::json answer{{"ok", true},
                          {"app_id", options_.app_id},
                          {"team", nullptr},
                          {"enterprise", nullptr},
                          {"is_enterprise_install", workspace.is_enterprise_install}};
    if (!workspace.is_enterprise_install) answer["team"] = {{"id", workspace.team_id}, {"name", workspace.team_name}};
    if (!workspace.enterprise_id.empty()) {
      answer["enterprise"] = {{"id", workspace.enterprise_id}, {"name", workspace.enterprise_name}};
    }
    return answer;
  }

  /// Without those that people do not agree to.
  [[nodiscard]] std::string agreed(const std::string& scopes) const {
    std::vector<std::string> granted = split_scopes(scopes);
    const auto& declined = options_.declined_scopes;
    const auto is_declined = [&](const std::string& scope) {
      return std::find(declined.begin(), declined.end(), scope) != declined.end();
    };
    granted.erase(std::remove_if(granted.begin(), granted.end(), is_declined), granted.end());
    return join_scopes(granted);
  }

  nlohmann::json grant(AccessTokenRecord record, bool rotates) {
    return rotates ? rotating_tokens(std::move(record), ++lineages_) : lasting_token(std::move(record));
  }

  static nlohmann::json describe(const AccessTokenRecord& record) {
    nlohmann::json answer{{"token_type", record.is_bot ? "bot" : "user"}, {"scope", record.scopes}};
    if (record.is_bot) answer["bot_user_id"] = record.user_id;
    return answer;
  }

  nlohmann::json rotating_tokens(AccessTokenRecord record, int lineage) {
    nlohmann::json answer = describe(record);
    const Timestamp time = clock_();
    const std::string refresh_token = mint("xoxe-1-not-real-refresh");
    RefreshTokenRecord& refresh = refresh_tokens_[refresh_token];
    refresh = {record.workspace_id, record.user_id, record.is_bot, record.scopes};
    refresh.lineage = lineage;
    if (options_.refresh_token_lifetime) {
      refresh.expires_at = time + *options_.refresh_token_lifetime;
    } else if (options_.is_public_client()) {
      refresh.expires_at = time + pkce_refresh_token_lifetime;
    }
    record.expires_at = time + options_.token_lifetime;
    const std::string token = mint(record.is_bot ? "xoxe.xoxb-1-not-real" : "xoxe.xoxp-1-not-real");
    access_tokens_[token] = std::move(record);
    answer.update(
        {{"access_token", token}, {"refresh_token", refresh_token}, {"expires_in", options_.token_lifetime.count()}});
    return answer;
  }

  nlohmann::json lasting_token(AccessTokenRecord record) {
    nlohmann::json answer = describe(record);
    const std::string token = mint(record.is_bot ? "xoxb-not-a-real-token" : "xoxp-not-a-real-token");
    access_tokens_[token] = std::move(record);
    answer["access_token"] = token;
    return answer;
  }

  static bool answers_challenge(const std::string& code_verifier, const std::string& challenge) {
    try {
      return PkceVerifier(code_verifier).challenge() == challenge;
    } catch (const Error&) {
      return false;
    }
  }

  [[nodiscard]] bool is_current(const AccessTokenRecord& record) const {
    return !record.is_revoked && (!record.expires_at || clock_() < *record.expires_at);
  }

  template <class Tokens, class Predicate>
  static void revoke_in(Tokens& tokens, std::string_view workspace_id, Predicate is_meant) {
    for (auto& [token, record] : tokens) {
      if (record.workspace_id == workspace_id && is_meant(record)) record.is_revoked = true;
    }
  }

  const FakeSlackOptions& options_;
  std::function<Timestamp()> clock_;
  Workspaces workspaces_;
  std::map<std::string, Code> codes_;
  std::map<std::string, AccessTokenRecord> access_tokens_;
  std::map<std::string, RefreshTokenRecord> refresh_tokens_;
  std::vector<RefreshTokenUse> uses_;
  std::set<std::string> exchanged_;
  std::set<std::string> deactivated_;
  int lineages_ = 0;
  unsigned run_ = std::random_device()();
  unsigned minted_ = 0;
};

}  // namespace slack::oauth::inline v0::testing::detail
