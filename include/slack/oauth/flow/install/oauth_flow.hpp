// Answers the two requests that install an app. The first sends a person to Slack's consent page; with the second,
// Slack sends them back. docs/oauth-flow.md
//
//     slack::oauth::OAuthFlow flow(stores, slack::oauth::SlackClient(transport), settings);
//     HttpResponse answer = flow.handle_installation(request);   // GET /slack/install
//     HttpResponse answer = flow.handle_callback(request);       // GET /slack/oauth_redirect
//
// The flow knows no web framework: make an HttpRequest of what came, and send the HttpResponse.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <concepts>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/handle.hpp"
#include "slack/oauth/flow/install/authorize_url.hpp"
#include "slack/oauth/flow/install/detail/flow_answers.hpp"
#include "slack/oauth/flow/install/detail/installation_exchange.hpp"
#include "slack/oauth/flow/install/detail/kept_verifier.hpp"
#include "slack/oauth/flow/install/detail/saving.hpp"
#include "slack/oauth/flow/install/detail/speculation.hpp"
#include "slack/oauth/flow/install/detail/state_bound_verifier.hpp"
#include "slack/oauth/flow/install/hooks.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/flow/install/state_utils.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/detail/refusal.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/oauth_response.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/stores.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// Installs an app. `OAuthFlow` takes any store, state store and transport at run time.
///
/// Threads: any thread may call handle*() at any time, as far as the store, the hooks and the pages allow.
/// Errors: what a store, Slack, a hook or a page of the app's throws becomes an answer, and a line in the log. The
/// failure hook gets it as it was thrown. Secrets: no answer and no line of the log holds a code, a token or the client
/// secret.
template <class Store, StateStore States, HttpTransport Transport>
class BasicOAuthFlow {
  static constexpr bool is_over_interfaces = detail::is_store_interface<Store> && std::same_as<States, OAuthStateStore>;

 public:
  using installation_type = detail::InstallationOf<Store>;
  using bot_type = detail::BotOf<Store>;
  using Hooks = BasicOAuthHooks<installation_type>;

  /// Borrows a store that it gets by reference, and shares one that it gets by std::shared_ptr.
  /// Throws an InvalidArgumentError that names the setting that is wrong; "state_store" where that one would put the
  /// code verifier of a client without a secret into URLs.
  BasicOAuthFlow(detail::Handle<Store> store, detail::Handle<States> state_store, BasicSlackClient<Transport> client,
                 OAuthSettings settings, Hooks hooks = {})
      : store_(std::move(store)),
        state_store_(std::move(state_store)),
        client_(std::move(client)),
        settings_(detail::checked(std::move(settings))),
        hooks_(std::move(hooks)),
        state_utils_(settings_.state_cookie_name, settings_.state_expiration),
        url_generator_({.client_id = settings_.client_id,
                        .scopes = settings_.scopes,
                        .user_scopes = settings_.user_scopes,
                        .redirect_uri = settings_.redirect_uri,
                        .authorization_url = settings_.authorization_url,
                        .user_only_enabled = settings_.user_only_enabled}),
        answers_(settings_) {
    if constexpr (requires {
                    { state_store_->keeps_payloads_private() } -> std::convertible_to<bool>;
                  }) {
      if (is_public_client() && !state_store_->keeps_payloads_private()) {
        throw payload_in_url();
      }
    }
  }

  /// Takes an engine's two stores, and shares them. Both types have to be the interfaces, as OAuthFlow's are.
  BasicOAuthFlow(BasicStores<installation_type, bot_type> stores, BasicSlackClient<Transport> client,
                 OAuthSettings settings, Hooks hooks = {}) requires is_over_interfaces
      : BasicOAuthFlow(detail::Handle<Store>(std::move(stores.installations)),
                       detail::Handle<States>(std::move(stores.states)), std::move(client), std::move(settings),
                       std::move(hooks)) {}

  /// Answers a request to the install path or the redirect path of the settings; std::nullopt for any other request.
  [[nodiscard]] std::optional<HttpResponse> handle(const HttpRequest& request) {
    const std::string_view path = path_of(request.url);
    if (path == settings_.install_path) return handle_installation(request);
    if (path == settings_.redirect_uri_path) return handle_callback(request);
    return std::nullopt;
  }

  /// Issues a state, and answers with the install page, or a redirect to Slack's consent page. Answers HEAD as GET,
  /// without a body. A request that a browser makes ahead gets 503, here and from handle_callback(), and uses nothing
  /// up.
  [[nodiscard]] HttpResponse handle_installation(const HttpRequest& request) {
    const bool is_head = request.method == "HEAD";
    if (request.method != "GET" && !is_head) return detail::FlowAnswers::method_not_allowed("GET, HEAD");
    HttpResponse response =
        detail::is_speculative(request.headers) ? detail::FlowAnswers::not_ahead_of_time() : begin(request);
    if (is_head) response.body.clear();
    return response;
  }

  /// Checks what came back from Slack, exchanges the code and saves the installation. The answer leads to the success
  /// page, at this path with a query of its own. The person may load that page again.
  [[nodiscard]] HttpResponse handle_callback(const HttpRequest& request) {
    // What only looks, as HEAD does, must not use up the code.
    if (request.method != "GET") return detail::FlowAnswers::method_not_allowed("GET");
    const HttpParameters parameters = parse_parameters(query_of(request.url)).value_or(HttpParameters{});
    if (detail::FlowAnswers::is_success_page(parameters)) return answers_.success_page(request);
    if (detail::is_speculative(request.headers)) return detail::FlowAnswers::not_ahead_of_time();
    Attempt attempt{request};
    if (const auto error = find_parameter(parameters, "error")) return refused_by_slack(attempt, parameters, *error);
    if (const auto failure = check_state(attempt, parameters)) return fail(attempt, *failure);

    const std::string code(find_parameter(parameters, "code").value_or(""));
    if (code.empty()) return fail(attempt, {.reason = "missing_code", .status = 401});
    if (const auto failure = ask([&] {
          return hooks_.before_installation ? hooks_.before_installation({request, attempt.payload}) : std::nullopt;
        })) {
      return fail(attempt, *failure);
    }

    installation_type installation;
    if (const auto failure = exchange(attempt, code, installation)) return fail(attempt, *failure);
    const InstallationScopes missing =
        missing_scopes(installation, {.bot_scopes = settings_.scopes, .user_scopes = settings_.user_scopes});
    if (const auto failure = ask([&] {
          return hooks_.after_installation
                     ? hooks_.after_installation({request, attempt.payload, installation, missing})
                     : std::nullopt;
        })) {
      return fail(attempt, *failure, &installation);
    }
    try {
      save(attempt, installation);
    } catch (...) {
      return fail(attempt, storage_error(), &installation);
    }
    return succeed(attempt, installation, missing);
  }

  [[nodiscard]] Store& installation_store() const noexcept { return *store_; }
  [[nodiscard]] States& state_store() const noexcept { return *state_store_; }
  [[nodiscard]] BasicSlackClient<Transport>& client() noexcept { return client_; }
  [[nodiscard]] const OAuthSettings& settings() const noexcept { return settings_; }

 private:
  static_assert(CanSave<Store>, "slack-oauth: the store of an OAuthFlow lacks `void save(const Installation&)`");
  static_assert(std::derived_from<installation_type, Installation> && std::default_initializable<installation_type>,
                "slack-oauth: the installations of an OAuthFlow must derive from Installation, and have a default "
                "constructor");

  using Failure = detail::FlowFailure;

  struct Attempt {
    const HttpRequest& request;
    std::string state{};  ///< accepted for this browser
    nlohmann::json payload{};
    std::string code_verifier{};          ///< that the state store kept
    std::optional<std::string> cookie{};  ///< for Set-Cookie
  };

  [[nodiscard]] bool is_public_client() const noexcept { return settings_.client_secret.empty(); }

  static InvalidArgumentError payload_in_url() {
    return {"state_store", "puts payloads into URLs, where a code verifier must not be"};
  }

  static Failure hook_error() { return {.reason = "hook_error", .status = 500, .error = std::current_exception()}; }

  static Failure storage_error() {
    return {.reason = "storage_error", .status = 500, .error = std::current_exception()};
  }

  static HttpResponse with_cookie(HttpResponse response, const Attempt& attempt) {
    if (attempt.cookie) response.headers.push_back({"Set-Cookie", *attempt.cookie});
    return response;
  }

  HttpResponse begin(const HttpRequest& request) {
    Attempt attempt{request};
    BeforeRedirect start{.request = request, .team = settings_.team};
    if (start.team.empty()) start.team = detail::team_asked_for(request);
    try {
      if (hooks_.state_payload) start.payload = hooks_.state_payload(request);
      attempt.payload = start.payload;
      if (hooks_.before_redirect) {
        const auto veto = hooks_.before_redirect(start);
        attempt.payload = start.payload;
        if (veto) return fail(attempt, {.reason = veto->reason, .status = veto->status});
      }
    } catch (...) {
      return fail(attempt, hook_error());
    }
    try {
      std::string code_challenge;
      std::string state;
      if (is_public_client()) {
        const auto verifier = PkceVerifier::generate();
        code_challenge = verifier.challenge();
        state = state_store_->issue(detail::with_verifier(start.payload, verifier));
        if (detail::shows_verifier(state, verifier)) throw payload_in_url();
      } else {
        state = state_store_->issue(start.payload);
      }
      attempt.cookie = state_utils_.set_cookie_for_new_state(state, request.headers);
      if (settings_.pkce_enabled && !is_public_client()) {
        code_challenge = detail::verifier_bound_to(state, settings_.client_secret).challenge();
      }
      const std::string url =
          url_generator_.generate({.state = state, .team = start.team, .code_challenge = code_challenge});
      return with_cookie(answers_.install(url), attempt);
    } catch (const InvalidArgumentError& error) {
      const bool is_of_hook = error.subject() == "payload";
      return fail(attempt, is_of_hook ? hook_error() : storage_error());
    } catch (...) {
      return fail(attempt, storage_error());
    }
  }

  template <class Hook>
  static std::optional<Failure> ask(const Hook& hook) {
    try {
      const std::optional<InstallationVeto> veto = hook();
      if (!veto) return std::nullopt;
      return Failure{.reason = veto->reason, .status = veto->status};
    } catch (...) {
      return hook_error();
    }
  }

  /// Takes the state out of the cookie, and the payload out of the store.
  std::optional<Failure> check_state(Attempt& attempt, const HttpParameters& parameters) {
    const auto state = find_parameter(parameters, "state");
    // What began at Slack comes back with an empty state, or without one. A repeated one is neither.
    const bool is_without_state = state ? state->empty() : !detail::has_parameter(parameters, "state");
    if (is_without_state && settings_.installation_without_state_enabled) return std::nullopt;
    if (!state || !state_utils_.is_valid_browser(*state, attempt.request.headers)) {
      return Failure{.reason = "invalid_browser", .status = 400};
    }
    try {
      auto payload = state_store_->consume(*state);
      attempt.cookie = state_utils_.set_cookie_without(*state, attempt.request.headers);
      if (!payload) return Failure{.reason = "invalid_state", .status = 401};
      if (is_public_client()) {
        auto kept = detail::take_verifier(*std::move(payload));
        if (!kept) return Failure{.reason = "invalid_state", .status = 401};
        attempt.code_verifier = std::move(kept->verifier);
        payload = std::move(kept->payload);
      }
      attempt.state = *state;
      attempt.payload = *std::move(payload);
      return std::nullopt;
    } catch (...) {
      return storage_error();
    }
  }

  /// The person, or Slack, did not consent. That uses up a state of this browser, and tells its payload.
  HttpResponse refused_by_slack(Attempt& attempt, const HttpParameters& parameters, std::string_view error) {
    Failure failure{.reason = detail::error_code_or_unknown(error), .status = 200};  // anybody can make such a link
    if (auto problem = check_state(attempt, parameters)) failure.error = problem->error;
    return fail(attempt, failure);
  }

  /// Returns std::nullopt where `installation` holds what Slack gave for the code.
  std::optional<Failure> exchange(const Attempt& attempt, const std::string& code, installation_type& installation) {
    Timestamp time;
    nlohmann::json answer;
    try {
      time = settings_.clock();
      std::string verifier = attempt.code_verifier;
      if (settings_.pkce_enabled && !is_public_client() && !attempt.state.empty()) {
        verifier = detail::verifier_bound_to(attempt.state, settings_.client_secret).verifier();
      }
      const ClientCredentials credentials{.client_id = settings_.client_id, .client_secret = settings_.client_secret};
      const CodeExchange given{
          .code = code, .redirect_uri = settings_.redirect_uri, .code_verifier = std::move(verifier)};
      answer = settings_.user_only_enabled ? client_.oauth_v2_user_access(credentials, given)
                                           : client_.oauth_v2_access(credentials, given);
    } catch (...) {
      return detail::failure_of_exchange(std::current_exception());
    }
    try {
      if (settings_.user_only_enabled) detail::say_whose_token(client_, answer);
      static_cast<Installation&>(installation) = installation_from_oauth_response(answer, time);
      if (settings_.pkce_enabled) detail::end_refresh_tokens(installation, time);
    } catch (...) {  // it may hold tokens all the same, and the code is used up
      return Failure{.reason = "invalid_answer",
                     .status = 502,
                     .error = std::current_exception(),
                     .unread_answer = std::move(answer)};
    }
    try {
      detail::complete_from_auth_test(client_, installation);
    } catch (...) {  // the code is used up, so what Slack gave for it is kept all the same
      answers_.say(LogLevel::warning, "auth.test failed after the exchange, so bot_id is not known: " +
                                          detail::describe(std::current_exception()));
    }
    return std::nullopt;
  }

  void save(const Attempt& attempt, installation_type& installation) {
    if (!attempt.payload.is_null() && !settings_.payload_custom_value.empty()) {
      installation.set_custom_value(settings_.payload_custom_value, attempt.payload);
    }
    detail::save_again_and_again(*store_, installation, settings_, answers_);
  }

  HttpResponse succeed(const Attempt& attempt, const installation_type& installation,
                       const InstallationScopes& missing) {
    answers_.say(LogLevel::info, "installed " + detail::describe_tenant(installation));
    if (!missing.empty()) answers_.say(LogLevel::warning, detail::describe_missing(missing));
    HttpResponse response = answers_.success(installation, missing, !attempt.state.empty());
    if (hooks_.success) {
      try {
        hooks_.success({attempt.request, attempt.payload, installation, response, missing});
      } catch (...) {
        return fail(attempt, hook_error());
      }
    }
    return with_cookie(std::move(response), attempt);
  }

  HttpResponse fail(const Attempt& attempt, const Failure& failure, const installation_type* unsaved = nullptr) {
    answers_.say(detail::level_of(failure),
                 detail::describe(failure, unsaved != nullptr || !failure.unread_answer.is_null()));
    HttpResponse response = answers_.failure(failure);
    if (hooks_.failure) {
      try {
        HttpResponse changed = response;
        hooks_.failure({.request = attempt.request,
                        .payload = attempt.payload,
                        .reason = failure.reason,
                        .status = failure.status,
                        .error = failure.error,
                        .unsaved_installation = unsaved,
                        .unread_answer = failure.unread_answer.is_null() ? nullptr : &failure.unread_answer,
                        .response = changed});
        response = std::move(changed);
      } catch (...) {
        answers_.say(LogLevel::error, "the failure hook threw " + detail::describe(std::current_exception()));
      }
    }
    return with_cookie(std::move(response), attempt);
  }

  detail::Handle<Store> store_;
  detail::Handle<States> state_store_;
  BasicSlackClient<Transport> client_;
  OAuthSettings settings_;
  Hooks hooks_;
  OAuthStateUtils state_utils_;
  AuthorizeUrlGenerator url_generator_;
  detail::FlowAnswers answers_;
};

using OAuthFlow = BasicOAuthFlow<InstallationStore, OAuthStateStore, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
