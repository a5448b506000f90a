#include "slack/oauth/flow_sqlite3/oauth_flow.hpp"

#include <chrono>
#include <filesystem>
#include <string>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/flow.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;

struct Fixture {
  test::TemporaryFolder folder{};
  std::string database = folder.file("app.db");
  test::ScriptedSlack slack{};
  test::Browser browser{};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "one file keeps installations and states", "[flow_sqlite3]") {
  std::string state;
  {
    auto flow = OAuthFlow::sqlite3(database, test::sample_settings(), slack.client());
    state = browser.begin(flow);
  }
  auto flow = OAuthFlow::sqlite3(database, test::sample_settings(), slack.client());  // after a restart
  const HttpHeaders headers = browser.headers();
  CHECK(browser.come_back(flow, state).status == 200);
  CHECK(flow.handle_callback({.url = "/slack/oauth_redirect?code=c&state=" + state, .headers = headers}).status == 401);

  SQLite3InstallationStore store({.database = database, .client_id = test::sample_settings().client_id});
  const auto found = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  CHECK(found->bot_id == "B0SMELTER");
  CHECK(flow.installation_store().find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
}

TEST_CASE_METHOD(Fixture, "hooks and the payload work over one file", "[flow_sqlite3]") {
  OAuthHooks hooks;
  hooks.state_payload = [](const HttpRequest&) { return nlohmann::json{{"tenant", 7}}; };
  auto flow = OAuthFlow::sqlite3(database, test::sample_settings(), slack.client(), hooks);
  CHECK(browser.come_back(flow, browser.begin(flow)).status == 200);
  const auto bot = flow.installation_store().find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(bot);
  CHECK(bot->get_custom_value("state_payload") == nlohmann::json{{"tenant", 7}});
}

TEST_CASE_METHOD(Fixture, "a state lives as long as the settings say", "[flow_sqlite3]") {
  auto settings = test::sample_settings();
  Timestamp time = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  settings.clock = [&] { return time; };
  settings.state_expiration = std::chrono::minutes{5};
  auto flow = OAuthFlow::sqlite3(database, settings, slack.client());
  const std::string early = browser.begin(flow);
  time += std::chrono::minutes{4};
  CHECK(browser.come_back(flow, early).status == 200);
  const std::string late = browser.begin(flow);
  time += std::chrono::minutes{6};
  CHECK(browser.come_back(flow, late).status == 401);
}

TEST_CASE_METHOD(Fixture, "settings that cannot work make no file", "[flow_sqlite3]") {
  auto settings = test::sample_settings();
  settings.client_secret.clear();
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          (void)OAuthFlow::sqlite3(database, settings, slack.client());
        }).subject() == "client_secret");
  CHECK_FALSE(std::filesystem::exists(database));
  CHECK_THROWS_AS(OAuthFlow::sqlite3(folder.path().string(), test::sample_settings(), slack.client()), StorageError);
}

TEST_CASE_METHOD(Fixture, "libcurl is what talks to Slack by default", "[flow_sqlite3]") {
  auto flow = OAuthFlow::sqlite3(database, test::sample_settings());
  CHECK(browser.get(flow, "/slack/install").status == 200);
  auto known = BasicOAuthFlow<SQLite3InstallationStore, SQLite3OAuthStateStore, CurlTransport>::sqlite3(
      database, test::sample_settings());
  CHECK(browser.get(known, "/slack/install").status == 200);
}
