// Wires what most Slack apps wire the same way, as one object: installation, signatures, revocations, and tokens for
// each event. docs/app.md
//
//     slack::oauth::App app(stores, slack::oauth::SlackClient(transport), settings);
//
//     HttpResponse serve(const HttpRequest& request) {
//       const slack::oauth::Received received = app.receive(request);
//       if (received.response) return *received.response;
//       …                                        // hand received.payload to a thread that calls app.authorize()
//       return {.status = 200};
//     }
//
// You can use each of its parts by itself: OAuthFlow, SignatureVerifier, handle_revocation, Authorizer, TokenRotator.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "slack/oauth/app/app_options.hpp"
#include "slack/oauth/app/detail/worker_threads.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/flow/authorize/authorize_result.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/authorize/authorizer_options.hpp"
#include "slack/oauth/flow/authorize/detail/token_checker.hpp"
#include "slack/oauth/flow/authorize/payload.hpp"
#include "slack/oauth/flow/authorize/ssl_check.hpp"
#include "slack/oauth/flow/detail/payload_object.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/flow/install/pages.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/flow/revoke/detail/revocation_event.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/flow/rotate/rotation_report.hpp"
#include "slack/oauth/flow/rotate/token_rotator.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/stores.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/signature.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0 {

/// What App::receive() returns for a request.
struct Received {
  /// Send this: then nothing is left to do. Where it has no value, the app handles the payload and gives the answer.
  std::optional<HttpResponse> response{};

  /// Set for a request that Slack has signed, also for a revocation; otherwise an empty object.
  nlohmann::json payload = nlohmann::json::object();
  PayloadIds ids{};  ///< whom the payload is about

  /// How often Slack has sent this event before. No value for the first time, and for a request that is no event. Slack
  /// repeats an event that nobody answered with 2xx within three seconds.
  /// https://docs.slack.dev/apis/events-api#retries
  std::optional<int> retry_num{};

  /// To be marked with `claim.mark_done()` once the work for an event is done; of nothing where the app has no
  /// EventDeduplicator, and for what is no event. Give it to the work, as a copy of this: the last copy that goes
  /// without a mark gives the event back.
  EventClaim claim{};
};

/// Threads: any thread may call any method at any time, as far as the stores, the hooks and the pages allow.
template <class InstallationT, class BotT, HttpTransport Transport>
class BasicApp {
 public:
  using Stores = BasicStores<InstallationT, BotT>;
  using Client = BasicSlackClient<Transport>;
  using Options = BasicAppOptions<InstallationT, Transport>;

  /// The settings need a signing secret. Throws InvalidArgumentError, which names the setting or the option that is
  /// wrong.
  BasicApp(Stores stores, Client client, OAuthSettings settings, Options options = {})
      : stores_(std::move(stores)),
        options_(completed(std::move(options), client, settings, stores_)),
        verifier_(settings.signing_secret, options_.signatures),
        flow_(stores_, std::move(client), std::move(settings), std::move(options_.hooks)),
        authorizer_(stores_.installations, authorizer_options()) {}

  BasicApp(const BasicApp&) = delete;
  BasicApp& operator=(const BasicApp&) = delete;
  /// Waits for refreshes that have begun.
  ~BasicApp();

  /// Answers what needs nothing of the app: the install path and the redirect path, ssl_check, url_verification, and
  /// the events that revoke and move installations. It answers 404 for another page, 401 for a request that is not
  /// signed, and 400 for one that Slack has signed and that it cannot read; Slack does not send that again. For every
  /// other request it returns the payload.
  ///
  /// With an EventDeduplicator, it claims an event before it returns it. It answers 200 for one that was handled. For
  /// one that another has claimed and not marked, and where the storage fails, the answer is 503: Slack sends the event
  /// again later, when it is known how that went.
  ///
  /// Slack waits three seconds. Errors: where a store fails to delete what Slack has revoked, the answer is 503, and
  /// Slack sends the event again. Nothing that a request holds makes receive() throw.
  [[nodiscard]] Received receive(const HttpRequest& request) {
    if (auto response = flow_.handle(request)) return {.response = std::move(response)};
    if (request.method != "POST") return {.response = not_found(request)};
    if (is_ssl_check(request)) return {.response = HttpResponse{.status = 200}};
    if (!verifier_.is_valid_request(request)) return {.response = HttpResponse{.status = 401}};
    Received received;
    try {
      received.payload = payload_from_request(request);
      if (const auto challenge = challenge_of(received.payload)) {
        received.response = HttpResponse{.headers = {{"Content-Type", "text/plain"}}, .body = *challenge};
        return received;
      }
      received.ids = ids_from_payload(received.payload);
      received.retry_num = retry_num_of(request);
      received.response = revoke(received);
      if (!received.response) received.response = claim(received);
    } catch (const InvalidDataError& error) {
      logger().warning("a request of Slack's cannot be read: " + std::string(error.what()));
      received = {.response = HttpResponse{.status = 400, .headers = {{"X-Slack-No-Retry", "1"}}}};
    }
    return received;
  }

  /// Returns the tokens for a payload that receive() returned; std::nullopt where the app is not installed. Another may
  /// have the workspace's turn, and Slack may be slow: it still takes no longer than the longer one of
  /// AuthorizerOptions::refresh_timeout and refresh_lease_timeout, besides the store's look-ups and those of an
  /// auth_test_client. Another thread refreshes a token that expires soon.
  ///
  /// Throws what Authorizer::authorize() throws: a retryable TokenRotationError where a token has expired and no new
  /// one comes in time. Then call it again, or have Slack repeat the event.
  template <std::same_as<nlohmann::json> Json>
  std::optional<AuthorizeResult> authorize(const Json& payload) {
    return authorizer_.authorize(payload);
  }
  std::optional<AuthorizeResult> authorize(const PayloadIds& ids) { return authorizer_.authorize(ids); }

  /// Refreshes every token that is due, as TokenRotator::rotate_all() does. Call it from a job that runs once an hour:
  /// an event refreshes the tokens of its own workspace only.
  RotationReport rotate_all() { return rotator().rotate_all(*stores_.installations, rotator().options().window); }

  /// Exchanges every token from before rotation was turned on, as TokenRotator::exchange_all() does. Call it once, and
  /// again for what failed.
  RotationReport exchange_all() { return rotator().exchange_all(*stores_.installations); }

  [[nodiscard]] Client& client() noexcept { return flow_.client(); }
  [[nodiscard]] const Stores& stores() const noexcept { return stores_; }
  [[nodiscard]] const OAuthSettings& settings() const noexcept { return flow_.settings(); }

 private:
  using Store = BasicInstallationStore<InstallationT, BotT>;
  using Rotator = BasicTokenRotator<Transport>;

  static constexpr std::size_t most_threads = 4;

  /// What is not said twice follows the settings.
  static Options completed(Options options, const Client& client, const OAuthSettings& settings, const Stores& stores) {
    const auto follow = [&settings](auto& part) {
      if (!part.clock) part.clock = settings.clock;
      if constexpr (requires { part.sleep; }) {
        if (!part.sleep) part.sleep = settings.sleep;
      }
      if constexpr (requires { part.logger; }) {
        if (part.logger.level() == LogLevel::off) part.logger = settings.logger;
      }
    };
    follow(options.rotator);
    follow(options.authorizer);
    follow(options.signatures);
    if (settings.user_only_enabled) options.rotator.user_only_enabled = true;
    static_cast<void>(detail::turn_options_of(options.revocation));
    if (options.events == nullptr) options.events = stores.events;
    if (options.authorizer.rotator == nullptr) {
      options.authorizer.rotator = std::make_shared<Rotator>(
          client, ClientCredentials{settings.client_id, settings.client_secret}, options.rotator);
    }
    return options;
  }

  [[nodiscard]] BasicAuthorizerOptions<Transport> authorizer_options() {
    auto options = options_.authorizer;
    if (!options.refresh_timeout) options.refresh_timeout = std::chrono::milliseconds{2'500};
    if (!options.executor) options.executor = [this](std::function<void()> task) { threads_.run(std::move(task)); };
    return options;
  }

  [[nodiscard]] Rotator& rotator() const noexcept { return *options_.authorizer.rotator; }
  [[nodiscard]] const Logger& logger() const noexcept { return flow_.settings().logger; }

  [[nodiscard]] HttpResponse not_found(const HttpRequest& request) const {
    HttpResponse response = message_page(404, "There is no such page", "<p>Nothing is here.</p>\n");
    if (request.method == "HEAD") response.body.clear();
    return response;
  }

  /// https://docs.slack.dev/reference/events/url_verification
  [[nodiscard]] static std::optional<std::string> challenge_of(const nlohmann::json& payload) {
    const detail::PayloadObject object(payload);
    if (!payload.is_object() || object.text("type") != "url_verification") return std::nullopt;
    const std::string_view challenge = object.text("challenge");
    if (challenge.empty()) throw InvalidDataError("challenge", "must be a string");
    return std::string(challenge);
  }

  [[nodiscard]] static std::optional<int> retry_num_of(const HttpRequest& request) {
    const std::string_view text = find_header(request.headers, "X-Slack-Retry-Num").value_or("");
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && number > 0;
    return is_number ? std::optional(number) : std::nullopt;
  }

  /// Returns the answer to an event that revokes or moves installations; std::nullopt for any other payload. Throws
  /// InvalidDataError where the event is at fault, and not what is stored.
  [[nodiscard]] std::optional<HttpResponse> revoke(const Received& received) {
    const detail::Revocation revocation = detail::RevocationEvent(received.payload).read();
    if (std::holds_alternative<std::monostate>(revocation)) return std::nullopt;
    try {
      const auto outcome = detail::carry_out(*stores_.installations, revocation, options_.revocation);
      detail::log_tenant(logger(), LogLevel::info,
                         "an event took installations away: " + std::string(to_string(outcome.result)), received.ids);
      return HttpResponse{.status = 200};
    } catch (...) {
      detail::log_tenant(logger(), LogLevel::error,
                         "an event could not take installations away: " + detail::describe(std::current_exception()),
                         received.ids);
      return HttpResponse{.status = 503};
    }
  }

  /// Returns the answer to an event that is not to be handled now; std::nullopt, with a claim, for one that is. Throws
  /// InvalidDataError where the event is at fault.
  [[nodiscard]] std::optional<HttpResponse> claim(Received& received) const {
    const detail::PayloadObject payload(received.payload);
    if (options_.events == nullptr || payload.text("type") != "event_callback") return std::nullopt;
    const std::string_view event_id = payload.text("event_id");
    if (event_id.empty()) return std::nullopt;
    if (!is_event_id(event_id)) throw InvalidDataError("event_id", "is not one of Slack's");
    try {
      received.claim = EventClaim(options_.events, event_id);
    } catch (...) {
      detail::log_tenant(logger(), LogLevel::error,
                         "an event could not be claimed: " + detail::describe(std::current_exception()), received.ids);
      return HttpResponse{.status = 503};
    }
    const EventState state = received.claim.state();
    if (state == EventState::claimed) return std::nullopt;
    detail::log_tenant(logger(), LogLevel::debug, "an event was sent again: " + std::string(to_string(state)),
                       received.ids);
    return HttpResponse{.status = state == EventState::done ? 200 : 503};
  }

  Stores stores_;
  Options options_;
  SignatureVerifier verifier_;
  BasicOAuthFlow<Store, OAuthStateStore, Transport> flow_;
  BasicAuthorizer<Store, Transport> authorizer_;
  detail::WorkerThreads threads_{most_threads};  // last, so that its work ends while the rest is there
};

// Outside the class it is not inline: a program that links slack-oauth::compiled need not compile it.
template <class InstallationT, class BotT, HttpTransport Transport>
BasicApp<InstallationT, BotT, Transport>::~BasicApp() = default;

using App = BasicApp<Installation, Bot, AnyHttpTransport>;

}  // namespace slack::oauth::inline v0
