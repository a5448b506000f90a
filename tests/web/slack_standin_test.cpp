// The stand-in for Slack of examples/, on which other tests rely.
#include "../../examples/standin/slack_standin.hpp"

#include <chrono>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/web.hpp>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

using slack::oauth::ClientCredentials;
using slack::oauth::HttpError;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using slack::oauth::SlackApiError;
using slack::oauth::SlackClient;

const ClientCredentials credentials{"111.222", "not-a-real-client-secret"};
const std::string redirect_uri = "https://app.example/slack/oauth_redirect";
const standin::Workspace furnace{.team_id = "T0FURNACE", .team_name = "Furnace Works"};

SlackClient client_of(standin::SlackStandin& slack) {
  return SlackClient([&slack](const HttpRequest& request) { return slack.handle(request); },
                     {.longest_rate_limit_wait = std::chrono::seconds(0)});
}

/// What somebody decides on the consent page: the parameters of the redirect.
slack::oauth::HttpParameters decide(standin::SlackStandin& slack, const std::string& decision,
                                    const std::string& code_challenge = "") {
  const HttpResponse answer =
      slack.handle({.method = "POST",
                    .url = "/oauth/v2/authorize",
                    .body = slack::oauth::format_parameters({{"client_id", credentials.client_id},
                                                             {"redirect_uri", redirect_uri},
                                                             {"scope", "chat:write"},
                                                             {"user_scope", "search:read"},
                                                             {"code_challenge", code_challenge},
                                                             {"state", "some-state"},
                                                             {"workspace", "T0FURNACE"},
                                                             {"decision", decision}})});
  REQUIRE(answer.status == 302);
  const auto location = std::string(slack::oauth::find_header(answer.headers, "Location").value());
  CHECK(location.starts_with(redirect_uri));
  return slack::oauth::parse_parameters(slack::oauth::query_of(location)).value();
}

std::string value_of(const slack::oauth::HttpParameters& parameters, const char* name) {
  return std::string(slack::oauth::find_parameter(parameters, name).value_or(""));
}

/// Slack's code for what `call` is refused for.
template <class Call>
std::string refusal_of(const Call& call) {
  try {
    call();
  } catch (const SlackApiError& error) {
    return std::string(error.code());
  }
  return "none";
}

}  // namespace

TEST_CASE("the stand-in's codes work once, for the app and the redirect URI that they were given to") {
  standin::SlackStandin slack;
  SlackClient client = client_of(slack);
  const auto allowed = decide(slack, "allow");
  CHECK(value_of(allowed, "state") == "some-state");
  const std::string code = value_of(allowed, "code");

  CHECK(refusal_of([&] {
          client.oauth_v2_access({"111.222", "another"}, {.code = code, .redirect_uri = redirect_uri});
        }) == "bad_client_secret");
  const auto installation = slack::oauth::installation_from_oauth_response(
      client.oauth_v2_access(credentials, {.code = code, .redirect_uri = redirect_uri}));
  CHECK(installation.team_id == "T0FURNACE");
  CHECK(slack.is_working(installation.bot_token.value()));
  CHECK(slack.is_working(installation.user_token.value()));
  CHECK(slack.working_tokens("T0FURNACE").size() == 2);
  CHECK(refusal_of([&] { client.oauth_v2_access(credentials, {.code = code, .redirect_uri = redirect_uri}); }) ==
        "invalid_code");

  const std::string other = value_of(decide(slack, "allow"), "code");
  CHECK(refusal_of([&] {
          client.oauth_v2_access(credentials, {.code = other, .redirect_uri = "https://thief.example/"});
        }) == "bad_redirect_uri");
  CHECK(value_of(decide(slack, "cancel"), "error") == "access_denied");
}

TEST_CASE("the stand-in asks for the verifier of a code challenge") {
  standin::SlackStandin slack;
  SlackClient client = client_of(slack);
  const auto verifier = slack::oauth::PkceVerifier::generate();
  const auto exchange = [&](const std::string& code_verifier) {
    return refusal_of([&] {
      client.oauth_v2_access(credentials, {.code = value_of(decide(slack, "allow", verifier.challenge()), "code"),
                                           .redirect_uri = redirect_uri,
                                           .code_verifier = code_verifier});
    });
  };
  CHECK(exchange("") == "invalid_code_verifier");
  CHECK(exchange(slack::oauth::PkceVerifier::generate().verifier()) == "invalid_code_verifier");
  CHECK(exchange(verifier.verifier()) == "none");
}

TEST_CASE("the stand-in's refresh tokens work once, and their uses are counted") {
  standin::SlackStandin slack;
  SlackClient client = client_of(slack);
  const auto first = slack::oauth::installation_from_oauth_response(slack.install(furnace));
  const std::string refresh_token = first.bot_refresh_token.value();
  const std::string fresh = client.refresh(credentials, refresh_token).at("access_token");
  CHECK(slack.is_working(fresh));
  CHECK(slack.is_working(first.bot_token.value()));
  CHECK(refusal_of([&] { client.refresh(credentials, refresh_token); }) == "invalid_refresh_token");
  CHECK(slack.refresh_tokens().at(refresh_token).uses == 2);
  CHECK(slack.calls("oauth.v2.access refresh_token") == 2);
}

TEST_CASE("the stand-in's tokens expire") {
  slack::oauth::Timestamp time{std::chrono::seconds(1'767'225'600)};
  standin::SlackStandinSettings settings;
  settings.clock = [&time] { return time; };
  settings.token_lifetime = std::chrono::seconds(60);
  standin::SlackStandin slack(settings);
  const std::string token = slack.install(furnace).at("access_token");
  time += std::chrono::seconds(59);
  CHECK(client_of(slack).auth_test(token).at("team_id") == "T0FURNACE");
  time += std::chrono::seconds(1);
  CHECK(refusal_of([&] { client_of(slack).auth_test(token); }) == "token_expired");
}

TEST_CASE("the stand-in posts messages for tokens that may") {
  standin::SlackStandin slack;
  SlackClient client = client_of(slack);
  const std::string token = slack.install(furnace).at("access_token");
  client.call("chat.postMessage", token, {{"channel", "C1"}, {"text", "hello"}});
  REQUIRE(slack.messages().size() == 1);
  CHECK(slack.messages()[0].text == "hello");

  const std::string reader = slack.install(furnace, "channels:read").at("access_token");
  CHECK(refusal_of([&] {
          client.call("chat.postMessage", reader, {{"channel", "C1"}, {"text", "hello"}});
        }) == "missing_scope");
  client.auth_revoke(token);
  CHECK(refusal_of([&] { client.auth_test(token); }) == "token_revoked");
  CHECK(refusal_of([&] { client.auth_test("xoxb-not-a-real-token-1"); }) == "invalid_auth");
}

TEST_CASE("the stand-in signs its events") {
  std::vector<HttpRequest> events;
  standin::SlackStandinSettings settings;
  settings.events_url = "http://localhost:3000/slack/events";
  standin::SlackStandin slack(settings, [&events](const HttpRequest& request) -> HttpResponse {
    events.push_back(request);
    return {.status = 200, .body = "not-a-real-challenge"};
  });
  CHECK(slack.verify_url());
  slack.install(furnace);
  slack.mention("T0FURNACE");
  slack.uninstall("T0FURNACE");
  REQUIRE(events.size() == 4);
  for (const HttpRequest& event : events) {
    CHECK(slack::oauth::SignatureVerifier(settings.signing_secret).is_valid_request(event));
    CHECK_FALSE(slack::oauth::SignatureVerifier("another secret").is_valid_request(event));
  }
  std::string types;
  for (const standin::Delivery& delivery : slack.deliveries()) types += delivery.type + " ";
  CHECK(types == "url_verification app_mention tokens_revoked app_uninstalled ");
  CHECK(slack.working_tokens("T0FURNACE").empty());
  CHECK(refusal_of([&] { slack.mention("T0FURNACE"); }) == "team_not_found");
}

TEST_CASE("the stand-in says by the fault whether it has acted") {
  standin::SlackStandin slack;
  SlackClient client = client_of(slack);
  const auto refresh_token_of = [](const nlohmann::json& answer) {
    return answer.at("refresh_token").get<std::string>();
  };
  const auto reach_of = [&](const std::string& refresh_token) {
    try {
      client.refresh(credentials, refresh_token);
    } catch (const HttpError& error) {
      return error.reach();
    }
    throw slack::oauth::Error("an answer came");
  };
  slack.set_faults({.drop_before = 1});
  const std::string kept = refresh_token_of(slack.install(furnace));
  CHECK(reach_of(kept) == HttpError::Reach::not_sent);
  CHECK(slack.refresh_tokens().at(kept).uses == 0);

  slack.set_faults({.drop_after = 1});
  const std::string lost = refresh_token_of(slack.install(furnace));
  CHECK(reach_of(lost) == HttpError::Reach::maybe_sent);
  CHECK(slack.refresh_tokens().at(lost).uses == 1);
  CHECK(slack.refresh_tokens().at(lost).lost_answers == 1);

  slack.set_faults({.rate_limit = 1});
  CHECK(refusal_of([&] { client.refresh(credentials, kept); }) == "ratelimited");
  slack.set_faults({.api_error = 1});
  CHECK(refusal_of([&] { client.refresh(credentials, kept); }) == "internal_error");
  slack.set_faults({.server_error = 1});
  CHECK_THROWS_AS(client.refresh(credentials, kept), slack::oauth::InvalidAnswerError);
  CHECK(slack.refresh_tokens().at(kept).uses == 0);
  slack.set_faults({});
  CHECK_NOTHROW(client.refresh(credentials, kept));
}

TEST_CASE("the stand-in's faults are the same for the same seed, and about as many as asked for") {
  const standin::Faults faults{.server_error = 0.1, .drop_after = 0.2, .seed = 7};
  standin::FaultInjector one(faults);
  standin::FaultInjector other(faults);
  int dropped = 0;
  for (int i = 0; i < 10'000; ++i) {
    const standin::Fault fault = one.next();
    CHECK(fault == other.next());
    if (fault == standin::Fault::drop_after) ++dropped;
  }
  CHECK(dropped > 1'800);
  CHECK(dropped < 2'200);
}
