// Installations for single people: oauth/v2_user/authorize, and oauth.v2.user.access.
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/flow/install/oauth_flow.hpp"
#include "slack/oauth/memory.hpp"
#include "support/flow.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using nlohmann::json;

OAuthSettings user_only_settings() {
  OAuthSettings settings;
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.user_scopes = {"search:read"};
  settings.user_only_enabled = true;
  return settings;
}

/// Slack, an app, and a browser that installs it.
struct UserOnlyApp {
  json answer{};
  json owner{{"ok", true}, {"team_id", "T0FURNACE"}, {"team", "Furnace Works"}, {"user_id", "U0ADA"}};
  testing::FakeSlack slack{};
  Stores stores = memory_stores();
  std::optional<Installation> unsaved{};
  bool has_unread_answer = false;

  HttpResponse install() {
    test::answer_always(slack, "oauth.v2.user.access", answer);
    test::answer_always(slack, "auth.test", owner);
    OAuthHooks hooks;
    hooks.failure = [this](const auto& failure) { has_unread_answer = failure.unread_answer != nullptr; };
    OAuthFlow flow(stores, slack.client(), user_only_settings(), hooks);
    test::Browser browser;
    authorize_url = test::target_of(browser.get(flow, "/slack/install"));
    return test::agree(slack, browser, flow, authorize_url);
  }

  /// What the app asked Slack for, in this order.
  [[nodiscard]] std::vector<std::string> methods() const {
    std::vector<std::string> asked;
    for (const auto& request : slack.requests()) asked.push_back(request.method);
    return asked;
  }

  Installation installation() {
    return stores.installations->find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}).value();
  }

  std::string authorize_url{};
};

json at_the_top(std::string_view type) {
  return {{"ok", true},
          {"app_id", "A0SMELTER"},
          {"token_type", type},
          {"access_token", "xoxe.xoxp-1-not-real-user"},
          {"refresh_token", "xoxe-1-not-real-user-refresh"},
          {"expires_in", 43200},
          {"scope", "search:read"},
          {"team", {{"id", "T0FURNACE"}, {"name", "Furnace Works"}}},
          {"authed_user", {{"id", "U0ADA"}}}};
}

json in_authed_user() {
  return {{"ok", true},
          {"app_id", "A0SMELTER"},
          {"team", {{"id", "T0FURNACE"}, {"name", "Furnace Works"}}},
          {"enterprise", nullptr},
          {"is_enterprise_install", false},
          {"authed_user",
           {{"id", "U0ADA"},
            {"token_type", "user"},
            {"access_token", "xoxe.xoxp-1-not-real-user"},
            {"refresh_token", "xoxe-1-not-real-user-refresh"},
            {"expires_in", 43200},
            {"scope", "search:read"}}}};
}

}  // namespace

TEST_CASE("a person installs the app for themselves, in either shape of the answer", "[flow]") {
  UserOnlyApp app;
  app.answer = GENERATE(at_the_top("Bearer"), at_the_top("user"), in_authed_user());
  CHECK(app.install().status == 200);
  CHECK(app.authorize_url.starts_with(
      "https://slack.com/oauth/v2_user/authorize?client_id=111.222&user_scope=search%3Aread&state="));
  CHECK(app.methods() == std::vector<std::string>{"oauth.v2.user.access"});
  const auto installation = app.installation();
  CHECK(installation.user_token == "xoxe.xoxp-1-not-real-user");
  CHECK(installation.user_refresh_token == "xoxe-1-not-real-user-refresh");
  CHECK(installation.user_token_expires_at);
  CHECK(installation.user_scopes == std::vector<std::string>{"search:read"});
  CHECK(installation.team_name == "Furnace Works");
  CHECK_FALSE(installation.bot_token);
  CHECK_FALSE(app.stores.installations->find_bot({.team_id = "T0FURNACE"}));
}

TEST_CASE("an answer that does not say whose token it brought is completed by auth.test", "[flow]") {
  UserOnlyApp app;
  app.answer = at_the_top("Bearer");
  app.answer.erase("authed_user");
  if (GENERATE(false, true)) app.answer.erase("team");
  CHECK(app.install().status == 200);
  CHECK(app.methods() == std::vector<std::string>{"oauth.v2.user.access", "auth.test"});
  CHECK(app.installation().user_token == "xoxe.xoxp-1-not-real-user");
  CHECK(app.installation().team_name == "Furnace Works");
}

TEST_CASE("a token whose owner is not known is kept for the app's hook", "[flow]") {
  UserOnlyApp app;
  app.answer = at_the_top("Bearer");
  app.answer.erase("authed_user");
  app.owner = {{"ok", false}, {"error", "fatal_error"}};
  CHECK(app.install().status == 502);
  CHECK(app.has_unread_answer);
}

TEST_CASE("a user-only app asks for no bot", "[flow]") {
  const auto subject_of = [](const OAuthSettings& settings) {
    return std::string(test::thrown_by<InvalidArgumentError>([&] {
                         static_cast<void>(OAuthFlow(memory_stores(), testing::FakeSlack().client(), settings));
                       }).subject());
  };
  auto settings = user_only_settings();
  settings.scopes = {"chat:write"};
  CHECK(subject_of(settings) == "scopes");
  settings = user_only_settings();
  settings.user_scopes = {};
  CHECK(subject_of(settings) == "scopes");
}
