// What a FakeSlack knows of the app and of the world, and what it remembers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/testing/fake_slack/faults.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::testing {

/// A workspace, or with `is_enterprise_install` a whole organisation, and who installs the app there.
struct SlackWorkspace {
  std::string team_id{};
  std::string team_name{};
  std::string enterprise_id{};
  std::string enterprise_name{};
  bool is_enterprise_install = false;
  std::string user_id = "U0ADA";

  /// The id of the workspace or organisation.
  [[nodiscard]] const std::string& id() const { return is_enterprise_install ? enterprise_id : team_id; }
  [[nodiscard]] const std::string& name() const { return is_enterprise_install ? enterprise_name : team_name; }
};

/// All of its secrets are fake, and say so.
struct FakeSlackOptions {
  std::string app_id = "A0STANDIN";
  std::string client_id = "111.222";
  std::string client_secret = "not-a-real-client-secret";  ///< empty for a public client, which PKCE proves
  std::string signing_secret = "not-a-real-signing-secret";

  /// What FakeSlack::settings() asks for, and FakeSlack::grant() gives where nothing else is said.
  std::vector<std::string> scopes{"chat:write", "app_mentions:read"};
  std::vector<std::string> user_scopes{};

  /// Those that a person does not agree to, although the app asks for them: they were optional.
  /// https://docs.slack.dev/changelog
  std::vector<std::string> declined_scopes{};

  /// Where the app is. `app_url` stands before the paths in what FakeSlack sends, and before the path that a browser
  /// comes back to: empty for an app in this process, "http://localhost:3000" for one that listens.
  std::string app_url{};
  std::string install_path = "/slack/install";
  std::string redirect_uri = "https://app.example/slack/oauth_redirect";
  std::string events_path = "/slack/events";  ///< commands and interactivity too

  bool token_rotation = true;
  std::chrono::seconds token_lifetime = std::chrono::hours{12};

  /// How long a refresh token serves. No value: 30 days for a public client, and for another one until it is used or
  /// revoked. https://docs.slack.dev/authentication/using-pkce
  std::optional<std::chrono::seconds> refresh_token_lifetime{};

  /// What people may choose on the consent page. The first one is taken where nobody chooses.
  std::vector<SlackWorkspace> workspaces{
      {.team_id = "T0FURNACE", .team_name = "Furnace Works"},
      {.team_id = "T0QUARRY",
       .team_name = "Quarry & Sons <Ltd>",
       .enterprise_id = "E0KILN",
       .enterprise_name = "Kiln Group"},
      {.enterprise_id = "E0KILN", .enterprise_name = "Kiln Group", .is_enterprise_install = true}};

  /// How often each method may be called in a minute of `clock`; further requests are answered with 429 and a
  /// Retry-After. Slack's own for the exchange is {{"oauth.v2.access", 600}}.
  /// https://docs.slack.dev/apis/web-api/rate-limits
  std::map<std::string, int> requests_per_minute{};

  FaultRates fault_rates{};

  /// By default the system's. FakeSlack::advance() adds to it.
  std::function<Timestamp()> clock = [] { return now(); };

  /// Waits, where a fault delays an answer. By default it moves the clock on, as advance() does.
  std::function<void(std::chrono::milliseconds)> sleep{};

  [[nodiscard]] bool is_public_client() const { return client_secret.empty(); }
};

/// An access token that FakeSlack gave out.
struct AccessTokenRecord {
  std::string workspace_id{};
  std::string user_id{};
  bool is_bot = true;
  std::string scopes{};  ///< separated by commas
  std::optional<Timestamp> expires_at{};
  bool is_revoked = false;
};

/// A refresh token that FakeSlack gave out.
struct RefreshTokenRecord {
  std::string workspace_id{};
  std::string user_id{};
  bool is_bot = true;
  std::string scopes{};
  bool is_revoked = false;
  int uses = 0;          ///< how often it was presented and looked at
  int lost_answers = 0;  ///< how many of these were answered to nobody
  int lineage = 0;       ///< the same for all that came of one another by refreshing
  std::optional<Timestamp> expires_at{};
};

/// A refresh, in the order in which FakeSlack saw them.
struct RefreshTokenUse {
  std::string refresh_token{};
  Timestamp time{};
  bool is_accepted = false;
  bool is_answer_lost = false;
};

/// A request for a method, as the app sent it, whatever came of it. It holds what secrets the app sent.
struct ApiRequest {
  std::string method{};         ///< as a FaultRule names it
  HttpParameters parameters{};  ///< none where the body is no form
  HttpHeaders headers{};
  Timestamp time{};

  /// Empty where it is missing.
  [[nodiscard]] std::string parameter(std::string_view name) const {
    return std::string(find_parameter(parameters, name).value_or(""));
  }
};

/// What the app posted with chat.postMessage.
struct PostedMessage {
  std::string workspace_id{};
  std::string channel{};
  std::string text{};
};

/// A request that FakeSlack made to the app, and how the app answered.
struct Delivery {
  std::string workspace_id{};
  std::string type{};  ///< the event's type, or that of another payload
  int status = 0;      ///< 0 where no answer came
};

}  // namespace slack::oauth::inline v0::testing
