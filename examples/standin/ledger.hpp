// What the stand-in remembers: workspaces, codes, tokens, and who used what how often.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web/pkce.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace standin {

/// A workspace, or with `is_enterprise_install` a whole organisation, and who installs the app there.
struct Workspace {
  std::string team_id{};
  std::string team_name{};
  std::string enterprise_id{};
  std::string enterprise_name{};
  bool is_enterprise_install = false;
  std::string user_id = "U0ADA";

  /// The id of the workspace or organisation.
  [[nodiscard]] const std::string& id() const { return is_enterprise_install ? enterprise_id : team_id; }
  [[nodiscard]] const std::string& name() const { return is_enterprise_install ? enterprise_name : team_name; }
};

/// What was asked of a person who was sent to the consent page.
struct ConsentRequest {
  std::string redirect_uri{};
  std::string bot_scopes{};
  std::string user_scopes{};
  std::string code_challenge{};  ///< S256; empty without PKCE
};

struct AccessTokenRecord {
  std::string workspace_id{};
  std::string user_id{};
  bool is_bot = true;
  std::string scopes{};
  std::optional<slack::oauth::Timestamp> expires_at{};
  bool is_revoked = false;
};

struct RefreshTokenRecord {
  std::string workspace_id{};
  std::string user_id{};
  bool is_bot = true;
  std::string scopes{};
  bool is_revoked = false;
  int uses = 0;          ///< how often it was presented and looked at
  int lost_answers = 0;  ///< how many of these were answered to nobody
};

struct LedgerSettings {
  std::string app_id{};
  bool token_rotation = true;
  std::chrono::seconds token_lifetime{};
  std::function<slack::oauth::Timestamp()> clock{};
};

/// One thread at a time. What Slack refuses is a SlackApiError with Slack's code.
class Ledger {
 public:
  static constexpr std::string_view bot_user_id = "U0BOTUSER";

  explicit Ledger(LedgerSettings settings) : settings_(std::move(settings)) {}

  /// An installation out of nothing: the answer that oauth.v2.access gives to a code.
  nlohmann::json install(const Workspace& workspace, const std::string& bot_scopes, const std::string& user_scopes) {
    workspaces_[workspace.id()] = workspace;
    nlohmann::json answer = describe(workspace);
    answer["authed_user"] = {{"id", workspace.user_id}};
    if (!bot_scopes.empty()) answer.update(new_tokens({workspace.id(), std::string(bot_user_id), true, bot_scopes}));
    if (!user_scopes.empty()) {
      answer["authed_user"].update(new_tokens({workspace.id(), workspace.user_id, false, user_scopes}));
    }
    return answer;
  }

  std::string new_code(Workspace workspace, ConsentRequest request) {
    std::string code = mint("code-not-real");
    codes_[code] = {std::move(workspace), std::move(request)};
    return code;
  }

  /// A code works once, for the redirect URI that it was sent to, and with PKCE for who asked for it.
  nlohmann::json redeem(const std::string& code, std::string_view redirect_uri, const std::string& code_verifier) {
    const auto node = codes_.extract(code);
    if (node.empty()) throw slack::oauth::SlackApiError("invalid_code");
    const auto& [workspace, request] = node.mapped();
    if (!redirect_uri.empty() && redirect_uri != request.redirect_uri) {
      throw slack::oauth::SlackApiError("bad_redirect_uri");
    }
    if (!request.code_challenge.empty() && !answers_challenge(code_verifier, request.code_challenge)) {
      throw slack::oauth::SlackApiError("invalid_code_verifier");
    }
    return install(workspace, request.bot_scopes, request.user_scopes);
  }

  /// A refresh token works once. The access token before stays good until it expires.
  nlohmann::json refresh(const std::string& refresh_token, bool is_answer_lost) {
    const auto found = refresh_tokens_.find(refresh_token);
    if (found == refresh_tokens_.end()) throw slack::oauth::SlackApiError("invalid_refresh_token");
    RefreshTokenRecord& record = found->second;
    if (is_answer_lost) ++record.lost_answers;
    if (++record.uses > 1 || record.is_revoked) throw slack::oauth::SlackApiError("invalid_refresh_token");
    nlohmann::json answer = describe(workspaces_.at(record.workspace_id));
    answer.update(new_tokens({record.workspace_id, record.user_id, record.is_bot, record.scopes}));
    return answer;
  }

  /// Throws SlackApiError where the token does not work.
  const AccessTokenRecord& check(const std::string& token) const {
    if (token.empty()) throw slack::oauth::SlackApiError("not_authed");
    const auto found = access_tokens_.find(token);
    if (found == access_tokens_.end()) throw slack::oauth::SlackApiError("invalid_auth");
    if (found->second.is_revoked) throw slack::oauth::SlackApiError("token_revoked");
    if (!is_current(found->second)) throw slack::oauth::SlackApiError("token_expired");
    return found->second;
  }

  [[nodiscard]] const Workspace& workspace(const std::string& id) const {
    const auto found = workspaces_.find(id);
    if (found == workspaces_.end()) throw slack::oauth::SlackApiError("team_not_found");
    return found->second;
  }

  /// Revokes every token of the workspace that `is_meant` says yes to.
  template <class Predicate>
  void revoke(const std::string& workspace_id, Predicate is_meant) {
    revoke_in(access_tokens_, workspace_id, is_meant);
    revoke_in(refresh_tokens_, workspace_id, is_meant);
  }

  void forget(const std::string& workspace_id) {
    revoke(workspace_id, [](const auto&) { return true; });
    workspaces_.erase(workspace_id);
  }

  [[nodiscard]] bool is_working(const std::string& token) const {
    const auto found = access_tokens_.find(token);
    return found != access_tokens_.end() && is_current(found->second);
  }

  [[nodiscard]] std::vector<std::string> working_tokens(std::string_view workspace_id) const {
    std::vector<std::string> tokens;
    for (const auto& [token, record] : access_tokens_) {
      if (record.workspace_id == workspace_id && is_current(record)) tokens.push_back(token);
    }
    return tokens;
  }

  [[nodiscard]] const std::map<std::string, Workspace>& workspaces() const { return workspaces_; }
  [[nodiscard]] const std::map<std::string, AccessTokenRecord>& access_tokens() const { return access_tokens_; }
  [[nodiscard]] const std::map<std::string, RefreshTokenRecord>& refresh_tokens() const { return refresh_tokens_; }

  /// Nobody's secret in an earlier run is one in this.
  std::string mint(std::string_view kind) {
    return std::string(kind) + "-" + std::to_string(run_) + "-" + std::to_string(++minted_);
  }

 private:
  struct Code {
    Workspace workspace;
    ConsentRequest request;
  };

  nlohmann::json describe(const Workspace& workspace) const {
    nlohmann::json answer{{"ok", true},
                          {"app_id", settings_.app_id},
                          {"team", nullptr},
                          {"enterprise", nullptr},
                          {"is_enterprise_install", workspace.is_enterprise_install}};
    if (!workspace.is_enterprise_install) answer["team"] = {{"id", workspace.team_id}, {"name", workspace.team_name}};
    if (!workspace.enterprise_id.empty()) {
      answer["enterprise"] = {{"id", workspace.enterprise_id}, {"name", workspace.enterprise_name}};
    }
    return answer;
  }

  nlohmann::json new_tokens(AccessTokenRecord record) {
    nlohmann::json answer{{"token_type", record.is_bot ? "bot" : "user"}, {"scope", record.scopes}};
    if (record.is_bot) answer["bot_user_id"] = record.user_id;
    std::string kind = record.is_bot ? "xoxb-not-a-real-token" : "xoxp-not-a-real-token";
    if (settings_.token_rotation) {
      kind = record.is_bot ? "xoxe.xoxb-1-not-real" : "xoxe.xoxp-1-not-real";
      const std::string refresh_token = mint("xoxe-1-not-real-refresh");
      refresh_tokens_[refresh_token] = {record.workspace_id, record.user_id, record.is_bot, record.scopes};
      record.expires_at = settings_.clock() + settings_.token_lifetime;
      answer["refresh_token"] = refresh_token;
      answer["expires_in"] = settings_.token_lifetime.count();
    }
    const std::string token = mint(kind);
    answer["access_token"] = token;
    access_tokens_[token] = std::move(record);
    return answer;
  }

  static bool answers_challenge(const std::string& code_verifier, const std::string& challenge) {
    try {
      return slack::oauth::PkceVerifier(code_verifier).challenge() == challenge;
    } catch (const slack::oauth::Error&) {
      return false;
    }
  }

  [[nodiscard]] bool is_current(const AccessTokenRecord& record) const {
    return !record.is_revoked && (!record.expires_at || settings_.clock() < *record.expires_at);
  }

  template <class Tokens, class Predicate>
  static void revoke_in(Tokens& tokens, const std::string& workspace_id, Predicate is_meant) {
    for (auto& [token, record] : tokens) {
      if (record.workspace_id == workspace_id && is_meant(record)) record.is_revoked = true;
    }
  }

  LedgerSettings settings_;
  std::map<std::string, Workspace> workspaces_;
  std::map<std::string, Code> codes_;
  std::map<std::string, AccessTokenRecord> access_tokens_;
  std::map<std::string, RefreshTokenRecord> refresh_tokens_;
  unsigned run_ = std::random_device()();
  unsigned minted_ = 0;
};

}  // namespace standin
