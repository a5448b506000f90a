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
#include <optional>
#include <slack/oauth/detail/base64url.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <slack/oauth/web/signature.hpp>
#include <slack/oauth/web/transport.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "events.hpp"
#include "faults.hpp"
#include "ledger.hpp"
#include "pages.hpp"

namespace standin {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

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
        to_app_(std::move(to_app)),
        faults_(settings_.faults),
        ledger_({settings_.app_id, settings_.token_rotation, settings_.token_lifetime, settings_.clock}) {}

  /// Answers as Slack does. Throws HttpError where a fault loses the request or its answer.
  HttpResponse handle(const HttpRequest& request) {
    const std::string path(slack::oauth::path_of(request.url));
    if (path == "/") return html(200, home());
    if (path == "/oauth/v2/authorize") return authorize(request);
    if (path == "/standin/act") return act(request);
    if (path.starts_with("/api/")) return call_with_faults(path.substr(5), request);
    return html(404, page("Not found", ""));
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
    deliver(workspace_id, app_mention(text, "C0CASTINGS", std::to_string(seconds_now().count()) + ".000100"));
  }

  /// Revokes the bot's tokens.
  void revoke_bot(const std::string& workspace_id) {
    revoke(workspace_id, [](const auto& record) { return record.is_bot; });
    deliver(workspace_id, tokens_revoked({}, {std::string(Ledger::bot_user_id)}));
  }

  void revoke_user(const std::string& workspace_id, const std::string& user_id) {
    revoke(workspace_id, [&](const auto& record) { return record.user_id == user_id; });
    deliver(workspace_id, tokens_revoked({user_id}, {}));
  }

  void uninstall(const std::string& workspace_id) {
    const Workspace workspace = find_workspace(workspace_id);
    {
      const std::lock_guard lock(mutex_);
      ledger_.forget(workspace_id);
    }
    deliver(workspace, tokens_revoked({workspace.user_id}, {std::string(Ledger::bot_user_id)}));
    deliver(workspace, app_uninstalled());
  }

  /// True where the app gives back the challenge, as Slack wants it before it sends events.
  bool verify_url() {
    const std::string challenge = "not-a-real-challenge";
    const auto answer = send_to_app("", "url_verification", url_verification(challenge));
    return answer && answer->status == 200 && answer->body.find(challenge) != std::string::npos;
  }

  void set_faults(const Faults& faults) { faults_.set(faults); }

  // What happened so far.

  [[nodiscard]] std::vector<Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

  [[nodiscard]] std::vector<Delivery> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }

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
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
  }

 private:
  using HttpParameters = slack::oauth::HttpParameters;
  using SlackApiError = slack::oauth::SlackApiError;

  // ---- the consent page: https://docs.slack.dev/authentication/installing-with-oauth

  HttpResponse authorize(const HttpRequest& request) {
    const bool is_decision = request.method == "POST";
    const auto given = slack::oauth::parse_parameters(is_decision ? request.body : slack::oauth::query_of(request.url));
    if (!given || value_of(*given, "client_id") != settings_.client_id) {
      return html(400, page("Invalid client_id parameter", "<p>No such app.</p>\n"));
    }
    const ConsentRequest consent{.redirect_uri = value_of(*given, "redirect_uri"),
                                 .bot_scopes = value_of(*given, "scope"),
                                 .user_scopes = value_of(*given, "user_scope"),
                                 .code_challenge = value_of(*given, "code_challenge")};
    if (consent.redirect_uri.empty() || (consent.bot_scopes.empty() && consent.user_scopes.empty())) {
      return html(400, page("No scopes requested", "<p>Or no redirect_uri to go back to.</p>\n"));
    }
    const std::string state = value_of(*given, "state");
    if (!is_decision) return html(200, consent_page(settings_.client_id, state, consent, settings_.workspaces));
    if (value_of(*given, "decision") != "allow") {
      return redirect(consent.redirect_uri, {{"error", "access_denied"}, {"state", state}});
    }
    const auto chosen = std::find_if(settings_.workspaces.begin(), settings_.workspaces.end(),
                                     [&](const auto& one) { return one.id() == value_of(*given, "workspace"); });
    if (chosen == settings_.workspaces.end()) return html(400, page("No such workspace", ""));
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
      return html(400, page(error.what(), "<p><a href=\"/\">Back</a></p>\n"));
    }
    return {.status = 303, .headers = {{"Location", "/"}}};
  }

  std::string home() const {
    const std::lock_guard lock(mutex_);
    return home_page(settings_.install_url, ledger_.workspaces(), messages_, deliveries_);
  }

  // ---- the API: https://docs.slack.dev/apis/web-api

  HttpResponse call_with_faults(const std::string& method, const HttpRequest& request) {
    using slack::oauth::HttpError;
    const Fault fault = faults_.next();
    switch (fault) {
      case Fault::server_error:
        return html(500, page("Server Error", ""));
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
      if (method == "apps.uninstall") return apps_uninstall(request, *given);
      if (method == "auth.revoke") return auth_revoke(request, *given);
      const std::lock_guard lock(mutex_);
      ++calls_[method];
      if (method == "oauth.v2.access") return json(oauth_v2_access(request, *given, is_answer_lost));
      if (method == "auth.test") return json(auth_test(token_of(request, *given)));
      if (method == "chat.postMessage") return json(chat_post_message(token_of(request, *given), *given));
      return refusal("unknown_method");
    } catch (const SlackApiError& error) {
      nlohmann::json answer{{"ok", false}, {"error", error.code()}};
      if (!error.needed().empty()) answer.update({{"needed", error.needed()}, {"provided", error.provided()}});
      return json(answer);
    }
  }

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
      throw SlackApiError("missing_scope", {.needed = "chat:write:bot", .provided = record.scopes});
    }
    Message message{record.workspace_id, value_of(given, "channel"), value_of(given, "text")};
    if (message.channel.empty()) throw SlackApiError("channel_not_found");
    if (message.text.empty()) throw SlackApiError("no_text");
    messages_.push_back(message);
    return {{"ok", true}, {"channel", message.channel}, {"ts", std::to_string(messages_.size()) + ".000100"}};
  }

  HttpResponse auth_revoke(const HttpRequest& request, const HttpParameters& given) {
    const AccessTokenRecord record = look_up("auth.revoke", request, given);
    if (record.is_bot) {
      revoke_bot(record.workspace_id);
    } else {
      revoke_user(record.workspace_id, record.user_id);
    }
    return json({{"ok", true}, {"revoked", true}});
  }

  HttpResponse apps_uninstall(const HttpRequest& request, const HttpParameters& given) {
    check_client(request, given);
    uninstall(look_up("apps.uninstall", request, given).workspace_id);
    return json({{"ok", true}});
  }

  AccessTokenRecord look_up(const std::string& method, const HttpRequest& request, const HttpParameters& given) {
    const std::lock_guard lock(mutex_);
    ++calls_[method];
    return ledger_.check(token_of(request, given));
  }

  /// HTTP Basic, or parameters. RFC 6749 section 2.3.1
  void check_client(const HttpRequest& request, const HttpParameters& given) const {
    if (const auto header = find_header(request.headers, "Authorization"); header && header->starts_with("Basic ")) {
      if (*header != "Basic " + base64(settings_.client_id + ":" + settings_.client_secret)) {
        throw SlackApiError("bad_client_secret");
      }
      return;
    }
    if (value_of(given, "client_id") != settings_.client_id) throw SlackApiError("invalid_client_id");
    if (value_of(given, "client_secret") != settings_.client_secret) throw SlackApiError("bad_client_secret");
  }

  // ---- events

  void deliver(const std::string& workspace_id, nlohmann::json event) {
    deliver(find_workspace(workspace_id), std::move(event));
  }

  void deliver(const Workspace& workspace, nlohmann::json event) {
    const std::string type = event.at("type");
    std::string event_id;
    {
      const std::lock_guard lock(mutex_);
      event_id = ledger_.mint("Ev0");
    }
    send_to_app(workspace.id(), type,
                event_callback(settings_.app_id, workspace, std::move(event), event_id, seconds_now()));
  }

  /// Signed as https://docs.slack.dev/authentication/verifying-requests-from-slack says. Absent where no answer came.
  std::optional<HttpResponse> send_to_app(const std::string& workspace_id, const std::string& type,
                                          const nlohmann::json& payload) {
    if (settings_.events_url.empty()) return std::nullopt;
    HttpRequest request{.method = "POST", .url = settings_.events_url, .headers = {}, .body = payload.dump()};
    const std::string timestamp = std::to_string(seconds_now().count());
    const slack::oauth::SignatureVerifier signer(settings_.signing_secret);
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Slack-Request-Timestamp", timestamp},
                       {"X-Slack-Signature", signer.generate_signature(timestamp, request.body)}};
    std::optional<HttpResponse> answer;
    try {
      answer = to_app_.send(request);
    } catch (const slack::oauth::HttpError&) {  // the delivery says so
    }
    const std::lock_guard lock(mutex_);
    deliveries_.push_back({workspace_id, type, answer ? answer->status : 0});
    return answer;
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

  std::chrono::seconds seconds_now() const {
    return std::chrono::floor<std::chrono::seconds>(settings_.clock().time_since_epoch());
  }

  static std::string value_of(const HttpParameters& parameters, std::string_view name) {
    return std::string(slack::oauth::find_parameter(parameters, name).value_or(""));
  }

  static std::string token_of(const HttpRequest& request, const HttpParameters& given) {
    constexpr std::string_view bearer = "Bearer ";
    const auto header = find_header(request.headers, "Authorization");
    if (header && header->starts_with(bearer)) return std::string(header->substr(bearer.size()));
    return value_of(given, "token");
  }

  static std::string base64(std::string_view bytes) {
    std::string text = slack::oauth::detail::base64url_encode(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    while (text.size() % 4 != 0) text += '=';
    return text;
  }

  static HttpResponse json(const nlohmann::json& answer) {
    return {.status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = answer.dump()};
  }

  static HttpResponse refusal(const char* code) { return json({{"ok", false}, {"error", code}}); }

  static HttpResponse html(int status, std::string page) {
    return {.status = status, .headers = {{"Content-Type", "text/html; charset=utf-8"}}, .body = std::move(page)};
  }

  static HttpResponse redirect(const std::string& to, const HttpParameters& parameters) {
    const char* separator = to.find('?') == std::string::npos ? "?" : "&";
    return {.status = 302, .headers = {{"Location", to + separator + slack::oauth::format_parameters(parameters)}}};
  }

  SlackStandinSettings settings_;
  slack::oauth::AnyHttpTransport to_app_;
  FaultInjector faults_;
  mutable std::mutex mutex_;
  Ledger ledger_;
  std::vector<Message> messages_;
  std::vector<Delivery> deliveries_;
  std::map<std::string, int> calls_;
};

}  // namespace standin
