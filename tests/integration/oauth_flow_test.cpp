// The flow over an engine's two stores in one file, and libcurl as what talks to Slack.
#include "slack/oauth/flow/install/oauth_flow.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "catch.hpp"
#include "slack/oauth/sqlite3.hpp"
#include "slack/oauth/web/curl.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/flow.hpp"

namespace {

using namespace slack::oauth;

struct Fixture {
  OAuthFlow flow(OAuthHooks hooks = {}) {
    return OAuthFlow(stores(), slack.client(), test::sample_settings(), std::move(hooks));
  }
  [[nodiscard]] Stores stores() const { return sqlite3_stores(options); }

  test::TemporaryFolder folder{};
  SQLite3StoresOptions options{.database = folder.file("app.db"), .client_id = test::sample_settings().client_id};
  testing::FakeSlack slack{test::sample_slack()};
  test::Browser browser{};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "one file keeps installations and states", "[integration]") {
  std::string state;
  {
    auto flow = this->flow();
    state = browser.begin(flow);
  }
  auto flow = this->flow();  // after a restart
  const HttpHeaders headers = browser.headers();
  CHECK(browser.come_back(flow, state, test::new_code(slack)).status == 200);
  CHECK(flow.handle_callback({.url = "/slack/oauth_redirect?code=c&state=" + state, .headers = headers}).status == 401);

  const auto found = stores().installations->find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(found);
  CHECK(found->bot_id == "B0STANDIN");
  CHECK(flow.installation_store().find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
}

TEST_CASE_METHOD(Fixture, "hooks and the payload work over one file", "[integration]") {
  OAuthHooks hooks;
  hooks.state_payload = [](const HttpRequest&) { return nlohmann::json{{"tenant", 7}}; };
  auto flow = this->flow(hooks);
  CHECK(test::install(slack, browser, flow).status == 200);
  const auto bot = flow.installation_store().find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  REQUIRE(bot);
  CHECK(bot->get_custom_value("state_payload") == nlohmann::json{{"tenant", 7}});
}

TEST_CASE_METHOD(Fixture, "a failed exchange over libcurl is a page, and the state is used up", "[integration]") {
  SlackClient client(CurlTransport({.connect_timeout = std::chrono::seconds{5}}),
                     {.base_url = "http://127.0.0.1:1/api/"});  // where nobody listens
  OAuthFlow flow(stores(), client, test::sample_settings());
  const std::string state = browser.begin(flow);
  CHECK(browser.come_back(flow, state).status == 503);
  CHECK_FALSE(flow.state_store().consume(state));
}
