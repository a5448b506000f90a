// A stand-in for Slack that needs no network: HTTP requests in, answers out. A program serves it over HTTP
// (slack_standin.cpp); a test hands it to the library as the transport:
//
//   standin::SlackStandin slack;
//   slack::oauth::SlackClient client([&slack](const HttpRequest& request) { return slack.handle(request); });
//
// It knows one app, which may be installed in many workspaces. All of its secrets are fake, and say so.
//
// Threads: any thread may call any method at any time.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <slack/oauth/web/transport.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "event_sender.hpp"
#include "events.hpp"
#include "faults.hpp"
#include "ledger.hpp"
#include "pages.hpp"
#include "web_api.hpp"

namespace standin {

struct SlackStandinSettings {
  std::string app_id = "A0STANDIN";
  std::string client_id = "111.222";
  std::string client_secret = "not-a-real-client-secret";
  std::string signing_secret = "not-a-real-signing-secret";
  std::string install_url{};  ///< where the page's install button leads; empty: no button
  std::string events_url{};   ///< where events go; empty: nowhere
  bool token_rotation = true;
  std::chrono::seconds token_lifetime = std::chrono::hours(12);
  std::vector<Workspace> workspaces{{.team_id = "T0FURNACE", .team_name = "Furnace Works"},
                                    {.team_id = "T0QUARRY",
                                     .team_name = "Quarry & Sons <Ltd>",
                                     .enterprise_id = "E0KILN",
                                     .enterprise_name = "Kiln Group"},
                                    {.enterprise_id = "E0KILN",
                                     .enterprise_name = "Kiln Group",
                                     .is_enterprise_install = true}};  ///< what the consent page offers
  Faults faults{};
  std::function<slack::oauth::Timestamp()> clock = slack::oauth::now;
  std::function<void(std::chrono::milliseconds)> sleep = [](auto time) { std::this_thread::sleep_for(time); };
};

class SlackStandin {
 public:
  explicit SlackStandin(SlackStandinSettings settings = {})
      : SlackStandin(std::move(settings), [](const HttpRequest&) -> HttpResponse {
          throw slack::oauth::HttpError("no way to the app", "", slack::oauth::HttpError::Reach::not_sent);
        }) {}

  /// `to_app` carries the events.
  SlackStandin(SlackStandinSettings settings, slack::oauth::AnyHttpTransport to_app)
      : settings_(std::move(settings)),
        events_({settings_.app_id, settings_.events_url, settings_.signing_secret, settings_.clock}, std::move(to_app)),
        faults_(settings_.faults),
        ledger_({settings_.app_id, settings_.token_rotation, settings_.token_lifetime, settings_.clock}),
        api_({settings_.client_id, settings_.client_secret}, ledger_) {}

  /// Answers as Slack does. Throws HttpError where a fault loses the request or its answer.
  HttpResponse handle(const HttpRequest& request) {
    const std::string path(slack::oauth::path_of(request.url));
    if (path == "/") return html_answer(200, home());
    if (path == "/oauth/v2/authorize") return authorize(request);
    if (path == "/standin/act") return act(request);
    if (path == "/standin/records") return json_answer(records());
    if (path.starts_with("/api/")) return call_with_faults(path.substr(5), request);
    return html_answer(404, page("Not found", ""));
  }

  /// Installs the app as if somebody had allowed it: the answer of oauth.v2.access.
  nlohmann::json install(const Workspace& workspace, const std::string& bot_scopes = "chat:write,app_mentions:read",
                         const std::string& user_scopes = "") {
    const std::lock_guard lock(mutex_);
    return ledger_.install(workspace, bot_scopes, user_scopes);
  }

  // What a person does in Slack. Each event is sent before the call returns. The workspace, or organisation, is named
  // by its id; SlackApiError where the app is not installed there.

  void mention(const std::string& workspace_id, const std::string& text = "<@U0BOTUSER> hello") {
    send(workspace_id, app_mention(text, "C0CASTINGS", slack_timestamp(settings_.clock())));
  }

  /// Revokes the bot's tokens.
  void revoke_bot(const std::string& workspace_id) {
    revoke(workspace_id, [](const auto& record) { return record.is_bot; });
    send(workspace_id, tokens_revoked({}, {std::string(Ledger::bot_user_id)}));
  }

  void revoke_user(const std::string& workspace_id, const std::string& user_id) {
    revoke(workspace_id, [&](const auto& record) { return record.user_id == user_id; });
    send(workspace_id, tokens_revoked({user_id}, {}));
  }

  void uninstall(const std::string& workspace_id) {
    const Workspace workspace = find_workspace(workspace_id);
    {
      const std::lock_guard lock(mutex_);
      ledger_.forget(workspace_id);
    }
    send(workspace, tokens_revoked({workspace.user_id}, {std::string(Ledger::bot_user_id)}));
    send(workspace, app_uninstalled());
  }

  /// True where the app gives back the challenge, as Slack wants it before it sends events.
  bool verify_url() { return events_.verify_url(); }

  void set_faults(const Faults& faults) { faults_.set(faults); }

  // What happened so far.

  [[nodiscard]] std::vector<Message> messages() const {
    const std::lock_guard lock(mutex_);
    return api_.messages();
  }

  [[nodiscard]] std::vector<Delivery> deliveries() const { return events_.deliveries(); }

  /// By refresh token: how often it was used, among others.
  [[nodiscard]] std::map<std::string, RefreshTokenRecord> refresh_tokens() const {
    const std::lock_guard lock(mutex_);
    return ledger_.refresh_tokens();
  }

  [[nodiscard]] std::map<std::string, AccessTokenRecord> access_tokens() const {
    const std::lock_guard lock(mutex_);
    return ledger_.access_tokens();
  }

  /// Whether Slack would take this access token.
  [[nodiscard]] bool is_working(const std::string& access_token) const {
    const std::lock_guard lock(mutex_);
    return ledger_.is_working(access_token);
  }

  [[nodiscard]] std::vector<std::string> working_tokens(std::string_view workspace_id) const {
    const std::lock_guard lock(mutex_);
    return ledger_.working_tokens(workspace_id);
  }

  /// How often a method was carried out: "oauth.v2.access", and for a refresh "oauth.v2.access refresh_token".
  [[nodiscard]] int calls(const std::string& method) const {
    const std::lock_guard lock(mutex_);
    return api_.calls(method);
  }

 private:
  using SlackApiError = slack::oauth::SlackApiError;

  // ---- the consent page: https://docs.slack.dev/authentication/installing-with-oauth

  HttpResponse authorize(const HttpRequest& request) {
    const bool is_decision = request.method == "POST";
    const auto given = slack::oauth::parse_parameters(is_decision ? request.body : slack::oauth::query_of(request.url));
    if (!given || value_of(*given, "client_id") != settings_.client_id) {
      return html_answer(400, page("Invalid client_id parameter", "<p>No such app.</p>\n"));
    }
    const ConsentRequest consent{.redirect_uri = value_of(*given, "redirect_uri"),
                                 .bot_scopes = value_of(*given, "scope"),
                                 .user_scopes = value_of(*given, "user_scope"),
                                 .code_challenge = value_of(*given, "code_challenge")};
    if (consent.redirect_uri.empty() || (consent.bot_scopes.empty() && consent.user_scopes.empty())) {
      return html_answer(400, page("No scopes requested", "<p>Or no redirect_uri to go back to.</p>\n"));
    }
    const std::string state = value_of(*given, "state");
    if (!is_decision) return html_answer(200, consent_page(settings_.client_id, state, consent, settings_.workspaces));
    if (value_of(*given, "decision") != "allow") {
      return redirect(consent.redirect_uri, {{"error", "access_denied"}, {"state", state}});
    }
    const auto chosen = std::find_if(settings_.workspaces.begin(), settings_.workspaces.end(),
                                     [&](const auto& one) { return one.id() == value_of(*given, "workspace"); });
    if (chosen == settings_.workspaces.end()) return html_answer(400, page("No such workspace", ""));
    const std::lock_guard lock(mutex_);
    return redirect(consent.redirect_uri, {{"code", ledger_.new_code(*chosen, consent)}, {"state", state}});
  }

  // ---- the buttons

  HttpResponse act(const HttpRequest& request) {
    const auto given = slack::oauth::parse_parameters(request.body).value_or(HttpParameters{});
    const std::string workspace_id = value_of(given, "workspace");
    const std::string action = value_of(given, "action");
    try {
      if (action == "mention") mention(workspace_id);
      if (action == "revoke") revoke_bot(workspace_id);
      if (action == "uninstall") uninstall(workspace_id);
    } catch (const SlackApiError& error) {
      return html_answer(400, page(error.what(), "<p><a href=\"/\">Back</a></p>\n"));
    }
    return {.status = 303, .headers = {{"Location", "/"}}};
  }

  /// What a test in another process asks for.
  nlohmann::json records() const {
    nlohmann::json records{{"messages", nlohmann::json::array()}, {"deliveries", nlohmann::json::array()}};
    for (const Message& message : messages()) {
      records["messages"].push_back(
          {{"workspace", message.workspace_id}, {"channel", message.channel}, {"text", message.text}});
    }
    for (const Delivery& delivery : deliveries()) {
      records["deliveries"].push_back(
          {{"workspace", delivery.workspace_id}, {"type", delivery.type}, {"status", delivery.status}});
    }
    records["refreshes"] = calls("oauth.v2.access refresh_token");
    records["workspaces"] = nlohmann::json::array();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, workspace] : ledger_.workspaces()) records["workspaces"].push_back(id);
    return records;
  }

  std::string home() const {
    const std::lock_guard lock(mutex_);
    return home_page(settings_.install_url, ledger_.workspaces(), api_.messages(), events_.deliveries());
  }

  // ---- the API: https://docs.slack.dev/apis/web-api

  HttpResponse call_with_faults(const std::string& method, const HttpRequest& request) {
    using slack::oauth::HttpError;
    const Fault fault = faults_.next();
    switch (fault) {
      case Fault::server_error:
        return html_answer(500, page("Server Error", ""));
      case Fault::api_error:
        return refusal("internal_error");
      case Fault::rate_limit:
        return {.status = 429, .headers = {{"Retry-After", "1"}}, .body = refusal("ratelimited").body};
      case Fault::drop_before:
        throw HttpError("the stand-in dropped the request", "drop_before", HttpError::Reach::not_sent);
      default:
        break;
    }
    HttpResponse answer = call(method, request, fault == Fault::drop_after);
    if (fault == Fault::delay) settings_.sleep(faults_.delay_for());
    if (fault == Fault::drop_after) {
      throw HttpError("the stand-in dropped the answer", "drop_after", HttpError::Reach::maybe_sent);
    }
    return answer;
  }

  HttpResponse call(const std::string& method, const HttpRequest& request, bool is_answer_lost) {
    if (request.method != "POST") return refusal("invalid_post_type");
    const auto given = slack::oauth::parse_parameters(request.body);
    if (!given) return refusal("invalid_form_data");
    try {
      if (method == "auth.revoke") {
        const AccessTokenRecord record = look_up(method, request, *given);
        record.is_bot ? revoke_bot(record.workspace_id) : revoke_user(record.workspace_id, record.user_id);
        return json_answer({{"ok", true}, {"revoked", true}});
      }
      if (method == "apps.uninstall") {
        uninstall(look_up(method, request, *given).workspace_id);
        return json_answer({{"ok", true}});
      }
      const std::lock_guard lock(mutex_);
      return json_answer(api_.call(method, request, *given, is_answer_lost));
    } catch (const SlackApiError& error) {
      nlohmann::json answer{{"ok", false}, {"error", error.code()}};
      if (!error.needed().empty()) answer.update({{"needed", error.needed()}, {"provided", error.provided()}});
      return json_answer(answer);
    }
  }

  AccessTokenRecord look_up(const std::string& method, const HttpRequest& request, const HttpParameters& given) {
    const std::lock_guard lock(mutex_);
    return api_.look_up(method, request, given);
  }

  // ---- events

  void send(const std::string& workspace_id, nlohmann::json event) {
    send(find_workspace(workspace_id), std::move(event));
  }

  void send(const Workspace& workspace, nlohmann::json event) {
    std::unique_lock lock(mutex_);
    const std::string event_id = ledger_.mint("Ev0");
    lock.unlock();
    events_.send(workspace, std::move(event), event_id);
  }

  // ---- small change

  template <class Predicate>
  void revoke(const std::string& workspace_id, Predicate is_meant) {
    const std::lock_guard lock(mutex_);
    ledger_.revoke(workspace_id, is_meant);
  }

  Workspace find_workspace(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return ledger_.workspace(id);
  }

  SlackStandinSettings settings_;
  EventSender events_;
  FaultInjector faults_;
  mutable std::mutex mutex_;
  Ledger ledger_;
  WebApi api_;
};

}  // namespace standin
