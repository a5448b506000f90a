// A Slack to test an app against, without a network, a thread or an account. docs/testing.md
//
//     slack::oauth::testing::FakeSlack slack;
//     slack::oauth::App app(stores, slack.client(), slack.settings());
//     slack.connect([&app](const auto& request) { return serve(app, request); });   // your app's own function
//     slack.install();                                       // a person installs the app
//     slack.mention("T0FURNACE", "hello");                   // and says something to it
//     slack.messages();                                      // what the app posted
//
// It is an HTTP transport, so that whatever calls Slack can call it instead. It knows one app, which may be installed
// in many workspaces. All of its secrets are fake, and say so. What it does is what Slack documents; where Slack
// documents nothing, docs/testing.md says what it does.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/testing/fake_slack/api_server.hpp"
#include "slack/oauth/testing/fake_slack/browser.hpp"
#include "slack/oauth/testing/fake_slack/consent.hpp"
#include "slack/oauth/testing/fake_slack/faults.hpp"
#include "slack/oauth/testing/fake_slack/ledger.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/testing/fake_slack/requests.hpp"
#include "slack/oauth/testing/fake_slack/web_api.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::testing {

/// Copies are the same Slack.
///
/// Errors: what names a workspace throws SlackApiError, "team_not_found", where the app is not installed there.
///
/// Threads: any thread may call any method at any time.
class FakeSlack {
 public:
  explicit FakeSlack(FakeSlackOptions options = {}) : world_(std::make_shared<World>(std::move(options))) {}

  // ---- Slack, as the app calls it

  /// Answers the Web API as Slack does, and publishes the keys of its id_tokens. A GET of the consent page agrees at
  /// once, as allow() does. Throws HttpError where a fault loses the request or its answer.
  HttpResponse send(const HttpRequest& request) {
    const std::string_view path = path_of(request.url);
    constexpr std::string_view api = "/api/";
    if (path.starts_with(api)) return call(std::string(path.substr(api.size())), request);
    if (path == "/openid/connect/keys") {
      const std::lock_guard lock(world_->mutex);
      return detail::json_answer(world_->api.signing_keys());
    }
    if (!path.ends_with("/authorize") || request.method != "GET") return {.status = 404};
    try {
      return {.status = 302, .headers = {{"Location", allow(request.url)}}};
    } catch (const SlackApiError& error) {
      return {.status = 400, .headers = {{"Content-Type", "text/plain"}}, .body = std::string(error.code())};
    }
  }

  /// A client of this Slack. Where it waits, it moves the clock on instead.
  [[nodiscard]] SlackClient client() const {
    return SlackClient(FakeSlack(*this), {.sleep = [slack = *this](auto time) mutable { slack.advance(time); }});
  }

  /// What an app has to know of this Slack, with its clock.
  [[nodiscard]] OAuthSettings settings() const {
    const FakeSlackOptions& options = world_->options;
    OAuthSettings settings;
    settings.client_id = options.client_id;
    settings.client_secret = options.client_secret;
    settings.pkce_enabled = options.is_public_client();
    settings.signing_secret = options.signing_secret;
    settings.scopes = options.scopes;
    settings.user_scopes = options.user_scopes;
    settings.redirect_uri = options.redirect_uri;
    settings.install_path = options.install_path;
    settings.clock = [world = world_] { return world->time(); };
    settings.sleep = [slack = *this](auto time) mutable { slack.advance(time); };
    return settings;
  }

  // ---- the app, as Slack and people call it

  /// Where requests go from now on: a function from request to answer, or any transport.
  void connect(AnyHttpTransport app) {
    const std::lock_guard lock(world_->mutex);
    world_->app.emplace(std::move(app));
  }

  /// What the consent page would ask of a person. Throws SlackApiError where Slack shows an error instead.
  /// https://docs.slack.dev/authentication/installing-with-oauth
  [[nodiscard]] ConsentRequest consent(std::string_view authorize_url) const {
    return detail::read_consent_request(world_->options, authorize_url);
  }

  /// A person agrees: where Slack sends the browser. Without a workspace it is the first of the options.
  std::string allow(std::string_view authorize_url, std::string_view workspace_id = "") {
    return allow(authorize_url, choose(workspace_id));
  }

  /// The same in a workspace that the options need not name, by the user that it names.
  std::string allow(std::string_view authorize_url, const SlackWorkspace& workspace) {
    ConsentRequest request = consent(authorize_url);
    const std::string to = request.redirect_uri;
    const std::string state = request.state;
    const std::lock_guard lock(world_->mutex);
    return with_parameters(to, {{"code", world_->ledger.new_code(workspace, std::move(request))}, {"state", state}});
  }

  /// A person does not agree: where Slack sends the browser.
  [[nodiscard]] std::string deny(std::string_view authorize_url) const {
    const ConsentRequest request = consent(authorize_url);
    return with_parameters(request.redirect_uri, {{"error", "access_denied"}, {"state", request.state}});
  }

  /// A person installs the app with a browser: its install page, the consent page, and back. Returns the last page, or
  /// the first one, where the app answers with an error. A redirect URI with a scheme of the app's own reaches the app
  /// as it is, since the person's system hands it over. Throws InvalidArgumentError where the install page has no link.
  HttpResponse install(std::string_view workspace_id = "") {
    detail::Browser browser(app());
    HttpResponse page = browser.get(world_->options.app_url + world_->options.install_path);
    if (page.status >= 400) return page;
    const std::string authorize_url = detail::target_of(page);
    if (authorize_url.empty()) throw InvalidArgumentError("install_path", "leads to a page without a link");
    const std::string back = allow(authorize_url, workspace_id);
    if (oauth::detail::has_custom_scheme(back)) return browser.get(back);
    const auto path = std::string(path_of(back));
    return browser.get(world_->options.app_url + path + "?" + std::string(query_of(back)));
  }

  /// An installation without an app: the answer of oauth.v2.access. Without scopes they are those of the options.
  nlohmann::json grant(const SlackWorkspace& workspace, std::optional<std::string> bot_scopes = {},
                       std::optional<std::string> user_scopes = {}) {
    const FakeSlackOptions& options = world_->options;
    if (!bot_scopes) bot_scopes = join_scopes(options.scopes);
    if (!user_scopes) user_scopes = join_scopes(options.user_scopes);
    const std::lock_guard lock(world_->mutex);
    return world_->ledger.install(workspace, *bot_scopes, *user_scopes, options.token_rotation);
  }

  // ---- what people do in Slack: the app gets the events before the call returns

  void mention(std::string_view workspace_id, const std::string& text) {
    send_event(workspace_id, {{"type", "app_mention"},
                              {"user", "U0GRACE"},
                              {"text", "<@" + std::string(detail::SlackLedger::bot_user_id) + "> " + text},
                              {"channel", "C0CASTINGS"},
                              {"ts", detail::message_timestamp(time())}});
  }

  /// Revokes the bot's tokens.
  void revoke_bot(std::string_view workspace_id) {
    revoke(workspace_id, [](const auto& record) { return record.is_bot; });
    send_event(workspace_id, tokens_revoked({}, {std::string(detail::SlackLedger::bot_user_id)}));
  }

  void revoke_user(std::string_view workspace_id, const std::string& user_id) {
    revoke(workspace_id, [&](const auto& record) { return record.user_id == user_id; });
    send_event(workspace_id, tokens_revoked({user_id}, {}));
  }

  void uninstall(std::string_view workspace_id) {
    const SlackWorkspace workspace = find(workspace_id);
    {
      const std::lock_guard lock(world_->mutex);
      world_->ledger.forget(workspace_id);
    }
    const std::string bot(detail::SlackLedger::bot_user_id);
    deliver(event_request(workspace, tokens_revoked({workspace.user_id}, {bot})));
    deliver(event_request(workspace, {{"type", "app_uninstalled"}}));
  }

  /// Their tokens answer "account_inactive". Slack sends no event for it.
  void deactivate_user(const std::string& user_id) {
    const std::lock_guard lock(world_->mutex);
    world_->ledger.deactivate(user_id);
  }

  /// From now on tokens expire, as where the app's page at Slack switches that on. Tokens from before go on, until they
  /// are exchanged.
  void turn_token_rotation_on() {
    const std::lock_guard lock(world_->mutex);
    world_->options.token_rotation = true;
  }

  /// From now on signs id_tokens with another key, as Slack may do at any time.
  void change_signing_key() {
    const std::lock_guard lock(world_->mutex);
    world_->api.change_signing_key();
  }

  /// The workspace becomes one of an organisation's. https://docs.slack.dev/reference/events/grid_migration_finished
  void migrate(std::string_view team_id, const std::string& enterprise_id, const std::string& enterprise_name = "") {
    send_event(team_id, {{"type", "grid_migration_started"}, {"enterprise_id", enterprise_id}});
    {
      const std::lock_guard lock(world_->mutex);
      world_->ledger.migrate(team_id, enterprise_id, enterprise_name);
    }
    send_event(team_id, {{"type", "grid_migration_finished"}, {"enterprise_id", enterprise_id}});
  }

  /// Any other event: what stands at "event" in the payload.
  void send_event(std::string_view workspace_id, const nlohmann::json& event) {
    deliver(event_request(workspace_id, event));
  }

  /// Sends a request to the app; with hold_requests() it is held. Returns the answer, or nothing where none came. What
  /// the app throws, but for HttpError, is the test's to see.
  std::optional<HttpResponse> deliver(const HttpRequest& request);

  /// From now on keeps what deliver() would send, until take_held() gives it out: to be doubled, shuffled and sent
  /// late.
  void hold_requests() { world_->holds = true; }
  std::vector<HttpRequest> take_held() {
    const std::lock_guard lock(world_->mutex);
    world_->holds = false;
    return std::exchange(world_->held, {});
  }

  // ---- requests, signed, for an app that is called directly

  [[nodiscard]] HttpRequest event_request(std::string_view workspace_id, nlohmann::json event) {
    return event_request(find(workspace_id), std::move(event));
  }
  /// For a workspace that need not have the app.
  [[nodiscard]] HttpRequest event_request(const SlackWorkspace& workspace, nlohmann::json event) {
    std::unique_lock lock(world_->mutex);
    const std::string event_id = world_->ledger.mint("Ev0");
    lock.unlock();
    const auto payload = detail::event_callback(world_->options.app_id, workspace, std::move(event), event_id, time());
    return detail::signed_request(world_->options, payload.dump(), json_type, time());
  }

  /// https://docs.slack.dev/interactivity/implementing-slash-commands
  [[nodiscard]] HttpRequest slash_command(std::string_view workspace_id, const std::string& command,
                                          const std::string& text = "", const std::string& user_id = "U0GRACE") {
    const auto form = detail::slash_command_form(world_->options.app_id, find(workspace_id), user_id, command, text);
    return detail::signed_request(world_->options, format_parameters(form), form_type, time());
  }

  /// A click or another interaction; `payload` adds to what every such payload has, or replaces it.
  /// https://docs.slack.dev/reference/interaction-payloads
  [[nodiscard]] HttpRequest interaction(std::string_view workspace_id,
                                        nlohmann::json payload = nlohmann::json::object(),
                                        const std::string& user_id = "U0GRACE") {
    detail::complete_interaction(payload, world_->options.app_id, find(workspace_id), user_id);
    return detail::signed_request(world_->options, format_parameters({{"payload", payload.dump()}}), form_type, time());
  }

  /// Slack asks so before it sends events to an address. https://docs.slack.dev/reference/events/url_verification
  [[nodiscard]] HttpRequest url_verification(const std::string& challenge = "not-a-real-challenge") {
    const nlohmann::json payload{
        {"type", "url_verification"}, {"token", detail::verification_token}, {"challenge", challenge}};
    return detail::signed_request(world_->options, payload.dump(), json_type, time());
  }

  /// The same request as Slack repeats it. https://docs.slack.dev/apis/events-api#retries
  [[nodiscard]] HttpRequest retry_of(HttpRequest request, int retry_num,
                                     const std::string& reason = "http_timeout") const {
    request.headers.push_back({"X-Slack-Retry-Num", std::to_string(retry_num)});
    request.headers.push_back({"X-Slack-Retry-Reason", reason});
    detail::sign(request, world_->options.signing_secret, time());
    return request;
  }

  // ---- what goes wrong, and when

  /// Makes something happen to the next requests for a method. Rules count before chance, the first that fits.
  void add_fault(FaultRule rule) { world_->faults.add(std::move(rule)); }
  void set_faults(const FaultRates& rates) { world_->faults.set(rates); }

  /// Nothing goes wrong any more: ends all rules, and chance.
  void clear_faults() { world_->faults.clear(); }

  [[nodiscard]] Timestamp time() const { return world_->time(); }
  template <class Rep, class Period>
  void advance(std::chrono::duration<Rep, Period> time) {
    world_->advanced += std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  }

  // ---- what happened so far

  [[nodiscard]] std::vector<PostedMessage> messages() const {
    return locked([](const World& world) { return world.api.messages(); });
  }
  [[nodiscard]] std::vector<Delivery> deliveries() const {
    return locked([](const World& world) { return world.deliveries; });
  }

  /// Where the app is installed.
  [[nodiscard]] std::vector<SlackWorkspace> installed() const {
    return locked([](const World& world) {
      std::vector<SlackWorkspace> found;
      for (const auto& [id, workspace] : world.ledger.workspaces()) found.push_back(workspace);
      return found;
    });
  }

  /// By token: those that do not work any more too.
  [[nodiscard]] std::map<std::string, AccessTokenRecord> access_tokens() const {
    return locked([](const World& world) { return world.ledger.access_tokens(); });
  }
  [[nodiscard]] std::map<std::string, RefreshTokenRecord> refresh_tokens() const {
    return locked([](const World& world) { return world.ledger.refresh_tokens(); });
  }
  [[nodiscard]] std::vector<RefreshTokenUse> refresh_token_uses() const {
    return locked([](const World& world) { return world.ledger.refresh_token_uses(); });
  }

  /// Whether Slack would take this access token.
  [[nodiscard]] bool is_working(const std::string& access_token) const {
    return locked([&](const World& world) { return world.ledger.is_working(access_token); });
  }
  [[nodiscard]] std::vector<std::string> working_tokens(std::string_view workspace_id) const {
    return locked([&](const World& world) { return world.ledger.working_tokens(workspace_id); });
  }

  /// How often a method was carried out: "oauth.v2.access", and for a refresh "oauth.v2.access refresh_token".
  [[nodiscard]] int calls(const std::string& method) const {
    return locked([&](const World& world) { return world.api.calls(method); });
  }

  /// The requests for a method that came, as a FaultRule names it, and in their order: also those that a fault or
  /// Slack refused.
  [[nodiscard]] std::vector<ApiRequest> requests(std::string_view method = "") const {
    return locked([&](const World& world) {
      std::vector<ApiRequest> found;
      for (const ApiRequest& one : world.requests) {
        if (detail::is_among(one.method, method)) found.push_back(one);
      }
      return found;
    });
  }

  [[nodiscard]] const FakeSlackOptions& options() const { return world_->options; }

 private:
  static constexpr const char* json_type = "application/json";
  static constexpr const char* form_type = "application/x-www-form-urlencoded";

  struct World {
    explicit World(FakeSlackOptions given)
        : options(std::move(given)),
          faults(options.fault_rates),
          ledger(options, [this] { return time(); }),
          api(options, ledger, [this] { return time(); }) {}

    [[nodiscard]] Timestamp time() const { return options.clock() + std::chrono::microseconds(advanced.load()); }

    FakeSlackOptions options;
    std::atomic<std::int64_t> advanced{0};  ///< microseconds
    std::atomic<bool> holds{false};
    detail::FaultInjector faults;
    mutable std::mutex mutex;  ///< of what follows
    detail::SlackLedger ledger;
    detail::SlackWebApi api;
    detail::RequestLimiter limiter;
    std::optional<AnyHttpTransport> app;
    std::vector<HttpRequest> held;
    std::vector<Delivery> deliveries;
    std::vector<ApiRequest> requests;
  };

  template <class Look>
  std::invoke_result_t<const Look&, const World&> locked(const Look& look) const {
    const std::lock_guard lock(world_->mutex);
    return look(*world_);
  }

  static std::string with_parameters(const std::string& url, const HttpParameters& parameters) {
    return url + (url.find('?') == std::string::npos ? "?" : "&") + format_parameters(parameters);
  }

  static nlohmann::json tokens_revoked(const std::vector<std::string>& users, const std::vector<std::string>& bots) {
    return {{"type", "tokens_revoked"}, {"tokens", {{"oauth", users}, {"bot", bots}}}};
  }

  [[nodiscard]] AnyHttpTransport app() const {
    const std::lock_guard lock(world_->mutex);
    if (!world_->app) throw InvalidArgumentError("app", "is not connected: call FakeSlack::connect()");
    return *world_->app;
  }

  [[nodiscard]] SlackWorkspace choose(std::string_view workspace_id) const {
    for (const SlackWorkspace& one : world_->options.workspaces) {
      if (workspace_id.empty() || one.id() == workspace_id) return one;
    }
    throw SlackApiError("team_not_found");
  }

  [[nodiscard]] SlackWorkspace find(std::string_view workspace_id) const {
    return locked([&](const World& world) { return world.ledger.workspace(workspace_id); });
  }

  template <class Predicate>
  void revoke(std::string_view workspace_id, const Predicate& is_meant) {
    const std::lock_guard lock(world_->mutex);
    world_->ledger.revoke(workspace_id, is_meant);
  }

  HttpResponse call(const std::string& method, const HttpRequest& request);
  HttpResponse carry_out(const detail::ApiCall& call);

  std::shared_ptr<World> world_;
};

inline std::optional<HttpResponse> FakeSlack::deliver(const HttpRequest& request) {
  std::unique_lock lock(world_->mutex);
  if (world_->holds) {
    world_->held.push_back(request);
    return std::nullopt;
  }
  std::optional<AnyHttpTransport> app = world_->app;
  lock.unlock();
  if (!app) return std::nullopt;

  const auto note = [&](int status) {
    Delivery delivery = detail::delivery_of(request);
    delivery.status = status;
    const std::lock_guard again(world_->mutex);
    world_->deliveries.push_back(std::move(delivery));
  };
  try {
    HttpResponse answer = app->send(request);
    note(answer.status);
    return answer;
  } catch (const HttpError&) {
    note(0);
    return std::nullopt;
  } catch (...) {
    note(0);
    throw;
  }
}

inline HttpResponse FakeSlack::call(const std::string& method, const HttpRequest& request) {
  detail::ApiCall call{.method = method, .request = request};
  std::optional<HttpResponse> unreadable;
  try {
    call.given = detail::arguments_of(method, request);
  } catch (const SlackApiError& error) {
    unreadable = detail::refusal(error);
  }
  const std::string named = call.is_refresh() ? method + " refresh_token" : method;
  {
    const Timestamp came = time();
    const std::lock_guard lock(world_->mutex);
    world_->requests.push_back({named, call.given, request.headers, came});
  }
  if (unreadable) return *std::move(unreadable);

  const FaultRule fault = world_->faults.next(named);
  if (auto answer = detail::answer_of(fault, request)) return *std::move(answer);
  if (!detail::are_unicode(call.given)) return detail::refusal("invalid_form_data");
  const auto pause = [&] {
    const std::lock_guard lock(world_->mutex);
    return world_->limiter.admit(world_->options, method, time());
  }();
  if (pause) return detail::too_many_requests(*pause);

  call.is_answer_lost = fault.fault == Fault::drop_after;
  HttpResponse answer = carry_out(call);
  if (fault.fault == Fault::delay) {
    world_->options.sleep ? world_->options.sleep(fault.delay) : advance(fault.delay);
  }
  detail::spoil(answer, fault.fault);
  return answer;
}

inline HttpResponse FakeSlack::carry_out(const detail::ApiCall& call) {
  try {
    std::unique_lock lock(world_->mutex);
    if (call.method != "auth.revoke" && call.method != "apps.uninstall") {
      return detail::json_answer(world_->api.answer(call));
    }
    const AccessTokenRecord record = world_->api.look_up(call);
    lock.unlock();  // the app gets events of both
    if (call.method == "apps.uninstall") {
      uninstall(record.workspace_id);
      return detail::json_answer({{"ok", true}});
    }
    const bool is_test = detail::value_of(call.given, "test") == "1";
    if (!is_test && record.is_bot) revoke_bot(record.workspace_id);
    if (!is_test && !record.is_bot) revoke_user(record.workspace_id, record.user_id);
    return detail::json_answer({{"ok", true}, {"revoked", !is_test}});
  } catch (const SlackApiError& error) {
    return detail::refusal(error);
  }
}

}  // namespace slack::oauth::inline v0::testing
