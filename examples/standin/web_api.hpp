// The methods of Slack's Web API that an installation's life needs. https://docs.slack.dev/reference/methods
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <slack/oauth/detail/base64url.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/http.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "ledger.hpp"

namespace standin {

struct Message {
  std::string workspace_id{};
  std::string channel{};
  std::string text{};
};

struct Client {
  std::string id;
  std::string secret;
};

/// One thread at a time. What Slack refuses is a SlackApiError with Slack's code.
class WebApi {
 public:
  WebApi(Client client, Ledger& ledger) : client_(std::move(client)), ledger_(ledger) {}

  nlohmann::json call(const std::string& method, const HttpRequest& request, const HttpParameters& given,
                      bool is_answer_lost) {
    ++calls_[method];
    if (method == "oauth.v2.access") return oauth_v2_access(request, given, is_answer_lost);
    if (method == "auth.test") return auth_test(token_of(request, given));
    if (method == "chat.postMessage") return chat_post_message(token_of(request, given), given);
    throw slack::oauth::SlackApiError("unknown_method");
  }

  /// Whose token it is that auth.revoke or apps.uninstall came with.
  AccessTokenRecord look_up(const std::string& method, const HttpRequest& request, const HttpParameters& given) {
    ++calls_[method];
    if (method == "apps.uninstall") check_client(request, given);
    return ledger_.check(token_of(request, given));
  }

  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

  [[nodiscard]] int calls(const std::string& method) const {
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
  }

 private:
  nlohmann::json oauth_v2_access(const HttpRequest& request, const HttpParameters& given, bool is_answer_lost) {
    check_client(request, given);
    if (value_of(given, "grant_type") == "refresh_token") {
      ++calls_["oauth.v2.access refresh_token"];
      return ledger_.refresh(value_of(given, "refresh_token"), is_answer_lost);
    }
    return ledger_.redeem(value_of(given, "code"), value_of(given, "redirect_uri"), value_of(given, "code_verifier"));
  }

  nlohmann::json auth_test(const std::string& token) const {
    const AccessTokenRecord& record = ledger_.check(token);
    const Workspace& workspace = ledger_.workspace(record.workspace_id);
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

  nlohmann::json chat_post_message(const std::string& token, const HttpParameters& given) {
    const AccessTokenRecord& record = ledger_.check(token);
    if (("," + record.scopes + ",").find(",chat:write,") == std::string::npos) {
      throw slack::oauth::SlackApiError("missing_scope", {.needed = "chat:write", .provided = record.scopes});
    }
    Message message{record.workspace_id, value_of(given, "channel"), value_of(given, "text")};
    if (message.channel.empty()) throw slack::oauth::SlackApiError("channel_not_found");
    if (message.text.empty()) throw slack::oauth::SlackApiError("no_text");
    messages_.push_back(message);
    return {{"ok", true}, {"channel", message.channel}, {"ts", std::to_string(messages_.size()) + ".000100"}};
  }

  /// HTTP Basic, or parameters. RFC 6749 section 2.3.1
  void check_client(const HttpRequest& request, const HttpParameters& given) const {
    if (const auto header = find_header(request.headers, "Authorization"); header && header->starts_with("Basic ")) {
      if (*header != "Basic " + base64(client_.id + ":" + client_.secret)) {
        throw slack::oauth::SlackApiError("bad_client_secret");
      }
      return;
    }
    if (value_of(given, "client_id") != client_.id) throw slack::oauth::SlackApiError("invalid_client_id");
    if (value_of(given, "client_secret") != client_.secret) throw slack::oauth::SlackApiError("bad_client_secret");
  }

  static std::string base64(std::string_view bytes) {
    std::string text = slack::oauth::detail::base64url_encode(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
  }

  Client client_;
  Ledger& ledger_;
  std::vector<Message> messages_;
  std::map<std::string, int> calls_;
};

}  // namespace standin
