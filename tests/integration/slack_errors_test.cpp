// What the flow, the rotator and the authorizer do for each error that Slack documents. docs/slack-errors.md shows what
// comes out of these tests; where it shows anything else, they fail. With SLACK_OAUTH_WRITE_DOCS=1 they write it anew.
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow/authorize/authorizer.hpp>
#include <slack/oauth/flow/install/oauth_flow.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/flow.hpp"

namespace {

using namespace slack::oauth;
using nlohmann::json;
using namespace std::chrono_literals;

/// https://docs.slack.dev/reference/methods/oauth.v2.access
const std::vector<std::string> errors_of_access{"bad_client_secret",
                                                "bad_redirect_uri",
                                                "cannot_install_an_org_installed_app",
                                                "invalid_client_id",
                                                "invalid_code",
                                                "invalid_grant_type",
                                                "invalid_refresh_token",
                                                "no_scopes",
                                                "oauth_authorization_url_mismatch",
                                                "preview_feature_not_available",
                                                "user_email_unverified"};

/// Of nearly every method, https://docs.slack.dev/reference/methods/auth.test among them.
const std::vector<std::string> common_errors{"access_denied",       "accesslimited",
                                             "account_inactive",    "deprecated_endpoint",
                                             "ekm_access_denied",   "enterprise_is_restricted",
                                             "fatal_error",         "internal_error",
                                             "invalid_arg_name",    "invalid_arguments",
                                             "invalid_array_arg",   "invalid_auth",
                                             "invalid_charset",     "invalid_form_data",
                                             "invalid_post_type",   "method_deprecated",
                                             "missing_post_type",   "missing_scope",
                                             "no_permission",       "not_allowed_token_type",
                                             "not_authed",          "org_login_required",
                                             "ratelimited",         "request_timeout",
                                             "service_unavailable", "team_access_not_granted",
                                             "team_added_to_org",   "token_expired",
                                             "token_revoked",       "two_factor_setup_required"};

/// One app, and a Slack that refuses one method with one code.
class World {
 public:
  World(std::string method, const std::string& code) : method_(std::move(method)) {
    slack_.add_fault({.method = method_, .error = code, .times = testing::FaultRule::always});
  }

  /// What a person sees who installs the app.
  std::string flow() {
    MemoryOAuthStateStore states;
    test::Browser browser;
    std::string reason;
    OAuthHooks hooks;
    hooks.failure = [&](const InstallationFailure& failure) { reason = failure.reason; };
    OAuthFlow flow(store_, states, client(), test::sample_settings(), hooks);
    const auto page = test::install(slack_, browser, flow);
    if (!reason.empty()) return "`" + reason + "` (" + std::to_string(page.status) + ")";
    const auto saved = store_.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    if (!saved) return "nothing is saved";
    return saved->bot_id ? "installs" : "installs, without `bot_id`";
  }

  /// What becomes of a bot's token that is due.
  std::string rotator() {
    install();
    auto rotator = make_rotator();
    const auto asks_again_after = [&](std::chrono::seconds time) {
      now_ += time;
      const auto before = calls();
      refused_with(*rotator);
      return calls() > before;
    };
    const std::string error = refused_with(*rotator);
    if (error.empty()) return "refreshes it";
    if (TokenRotator::needs_installation(*bot())) return error + "marks it, and asks no more";
    if (asks_again_after(6s)) return error + "asks again after 5 seconds";
    if (asks_again_after(61min)) return error + "asks again after an hour";
    return error + "asks no more";
  }

  /// What an event gets whose bot's token is due, and later has expired.
  std::string authorizer() {
    install();
    const bool is_refreshed = method_ == "oauth.v2.access";
    BasicAuthorizerOptions<AnyHttpTransport> options;
    options.clock = [this] { return now_; };
    if (is_refreshed) {
      options.rotator = make_rotator();
    } else {
      options.auth_test_client = client();
    }
    Authorizer authorizer(store_, options);
    const auto answer = [&] {
      try {
        const auto result = authorizer.authorize(PayloadIds{.team_id = "T0FURNACE"});
        return std::string(result ? "the token" : "not installed");
      } catch (const Error& error) {
        return std::string(error.is_retryable() ? "a retryable error" : "an error");
      }
    };
    std::string said = answer();
    if (is_refreshed) {
      now_ += 3h;
      said += " until it expires, then " + answer();
    } else if (detail::is_rejected(bot()->custom_values, bot()->bot_token)) {
      said += ", and marks the record";
    }
    return said;
  }

  [[nodiscard]] std::size_t calls() const { return slack_.requests(method_).size(); }

 private:
  SlackClient client() {
    return SlackClient(slack_, {.longest_rate_limit_wait = 0s, .sleep = [](std::chrono::milliseconds) {}});
  }

  std::shared_ptr<TokenRotator> make_rotator() {
    TokenRotatorOptions options;
    options.clock = [this] { return now_; };
    options.sleep = [](std::chrono::milliseconds) {};
    return std::make_shared<TokenRotator>(client(), ClientCredentials{"111.222", "not-a-real-client-secret"}, options);
  }

  void install() {
    auto installation = installation_from_oauth_response(
        slack_.grant({.team_id = "T0FURNACE", .team_name = "Furnace Works"}, "chat:write", ""), now_);
    installation.bot_token_expires_at = expires_in(1h, now_);
    store_.save(installation);
  }

  std::optional<Bot> bot() { return store_.find_bot({.team_id = "T0FURNACE"}); }

  /// "retryable: " or "final: "; empty where nothing is refused.
  std::string refused_with(TokenRotator& rotator) {
    try {
      const auto rotated = rotator.rotate_bot(store_, *bot());
      return {};
    } catch (const TokenRotationError& error) {
      return error.is_retryable() ? "retryable: " : "final: ";
    }
  }

  /// The app of test::sample_settings(), with tokens that expire.
  testing::FakeSlackOptions slack_options() {
    auto options = test::sample_slack();
    options.token_rotation = true;
    options.clock = [this] { return now_; };
    return options;
  }

  std::string method_;
  Timestamp now_{std::chrono::seconds{1'767'225'600}};
  testing::FakeSlack slack_{slack_options()};
  MemoryInstallationStore store_{};
};

std::string table_of_access() {
  std::string table =
      "| `oauth.v2.access` answers | the flow, for a code | the rotator, for a token that is due | the authorizer "
      "gives |\n"
      "|---|---|---|---|\n";
  for (const auto* codes : {&errors_of_access, &common_errors}) {
    for (const std::string& code : *codes) {
      const auto world = [&code] { return World("oauth.v2.access", code); };
      table +=
          "| `" + code + "` | " + world().flow() + " | " + world().rotator() + " | " + world().authorizer() + " |\n";
    }
  }
  return table;
}

std::string table_of_test() {
  std::string table =
      "| `auth.test` answers | the flow | the rotator | the authorizer, with `auth_test_client` |\n|---|---|---|---|\n";
  for (const std::string& code : common_errors) {
    const auto world = [&code] { return World("auth.test", code); };
    World rotated = world();
    const std::string rotator = rotated.rotator();
    table += "| `" + code + "` | " + world().flow() + " | " + (rotated.calls() == 0 ? "never asks" : rotator) + " | " +
             world().authorizer() + " |\n";
  }
  return table;
}

const std::string page_file = std::string(SLACK_OAUTH_TEST_DATA) + "/../../docs/slack-errors.md";

std::string page() {
  std::ifstream file(page_file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The part of the page between the two markers of this name.
void check_page(const std::string& name, const std::string& table) {
  const std::string begin = "<!-- table: " + name + " -->\n";
  const std::string end = "<!-- end of table -->";
  std::string text = page();
  const auto from = text.find(begin);
  REQUIRE(from != std::string::npos);
  const auto start = from + begin.size();
  const auto stop = text.find(end, start);
  REQUIRE(stop != std::string::npos);
  const char* writes = std::getenv("SLACK_OAUTH_WRITE_DOCS");
  if (writes != nullptr && std::string_view(writes) == "1") {
    text.replace(start, stop - start, table);
    std::ofstream(page_file) << text;
    return;
  }
  CHECK(text.substr(start, stop - start) == table);
}

}  // namespace

TEST_CASE("docs/slack-errors.md says what becomes of each error of oauth.v2.access", "[errors][docs]") {
  check_page("oauth.v2.access", table_of_access());
}

TEST_CASE("docs/slack-errors.md says what becomes of each error of auth.test", "[errors][docs]") {
  check_page("auth.test", table_of_test());
}

TEST_CASE("without an error of Slack's, each of the three does its work", "[errors]") {
  const auto world = [] { return World("no.such.method", ""); };
  CHECK(world().flow() == "installs");
  CHECK(world().rotator() == "refreshes it");
  CHECK(world().authorizer() == "the token");
}

TEST_CASE("an error that Slack does not document is final, and no reason to forget anything", "[errors]") {
  const auto world = [] { return World("oauth.v2.access", "never_heard_of"); };
  CHECK(world().flow() == "`invalid_code` (401)");
  CHECK(world().rotator() == "final: asks again after an hour");
}
