// What the client sends to Slack, what it sends again, and what it makes of the answers.
#include <chrono>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/web/slack_client.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "scripted_transport.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::answers;
using test::is_lost;
using test::is_rate_limited;
using test::ScriptedTransport;
using Client = BasicSlackClient<ScriptedTransport>;
using Reach = HttpError::Reach;

namespace {

constexpr auto ok = R"({"ok":true})";
const ClientCredentials app{.client_id = "111.222", .client_secret = "not-a-real-secret"};
const std::string token = "xoxb-not-a-real-token-1";
const std::string basic = "Basic " + detail::base64_encode("111.222:not-a-real-secret");

/// One method, called with all it needs.
struct Method {
  std::string name;
  std::function<nlohmann::json(Client&)> call;
  bool is_harmless;
};

std::vector<Method> methods() {
  return {
      {"oauth.v2.access", [](Client& c) { return c.oauth_v2_access(app, {.code = "1.2.not-a-code"}); }, false},
      {"oauth.v2.access", [](Client& c) { return c.refresh(app, "xoxe-1-not-real"); }, false},
      {"oauth.v2.user.access", [](Client& c) { return c.oauth_v2_user_access(app, {.code = "1.2.not-a-code"}); },
       false},
      {"oauth.v2.user.access", [](Client& c) { return c.refresh_user(app, "xoxe-1-not-real"); }, false},
      {"oauth.v2.exchange", [](Client& c) { return c.oauth_v2_exchange(app, token); }, false},
      {"auth.test", [](Client& c) { return c.auth_test(token); }, true},
      {"auth.teams.list", [](Client& c) { return c.auth_teams_list(token); }, true},
      {"auth.revoke", [](Client& c) { return c.auth_revoke(token); }, false},
      {"apps.uninstall", [](Client& c) { return c.apps_uninstall(app, token); }, false},
      {"openid.connect.token", [](Client& c) { return c.openid_connect_token(app, {.code = "1.2.not-a-code"}); },
       false},
      {"openid.connect.userInfo", [](Client& c) { return c.openid_connect_user_info(token); }, true},
      {"chat.postMessage",
       [](Client& c) {
         return c.call("chat.postMessage", token, {{"text", "hi"}});
       },
       false},
  };
}

HttpRequest request_of(const std::function<void(Client&)>& call) {
  const ScriptedTransport transport({answers(ok)});
  Client client(transport);
  call(client);
  return transport.requests().at(0);
}

/// Keeps how long it was asked to sleep.
struct Sleeps {
  std::vector<std::chrono::milliseconds> times;
  SlackClientOptions options() {
    return {.sleep = [this](std::chrono::milliseconds time) { times.push_back(time); }};
  }
};

}  // namespace

TEST_CASE("every method posts a form to its URL", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    const HttpRequest request = request_of([&](Client& client) { CHECK(method.call(client)["ok"] == true); });
    CHECK(request.method == "POST");
    CHECK(request.url == "https://slack.com/api/" + method.name);
    CHECK(find_header(request.headers, "Content-Type") == "application/x-www-form-urlencoded");
  }
}

TEST_CASE("a code is exchanged with the credentials in HTTP Basic and nowhere else", "[web]") {
  const HttpRequest request = request_of([](Client& client) {
    client.oauth_v2_access(app,
                           {.code = "1.2.a&b", .redirect_uri = "https://app.example/r?x=1", .code_verifier = "v~"});
  });
  CHECK(find_header(request.headers, "Authorization") == basic);
  CHECK(request.body ==
        "grant_type=authorization_code&code=1.2.a%26b&redirect_uri=https%3A%2F%2Fapp.example%2Fr%3Fx%3D1&code_verifier="
        "v~");
  const HttpRequest least = request_of([](Client& client) { client.openid_connect_token(app, {.code = "c"}); });
  CHECK(find_header(least.headers, "Authorization") == basic);
  CHECK(least.body == "grant_type=authorization_code&code=c");
}

TEST_CASE("a token is refreshed with the credentials in HTTP Basic", "[web]") {
  const HttpRequest request = request_of([](Client& client) { client.refresh(app, "xoxe-1-not-real"); });
  CHECK(find_header(request.headers, "Authorization") == basic);
  CHECK(request.body == "grant_type=refresh_token&refresh_token=xoxe-1-not-real");
}

TEST_CASE("a public client says its id alone", "[web]") {
  const HttpRequest request = request_of(
      [](Client& client) { client.oauth_v2_access({.client_id = "111.222"}, {.code = "c", .code_verifier = "v"}); });
  CHECK_FALSE(find_header(request.headers, "Authorization"));
  CHECK(request.body == "grant_type=authorization_code&code=c&code_verifier=v&client_id=111.222");
}

TEST_CASE("a token is in the header Authorization, and not in the body", "[web]") {
  for (const auto& call : std::vector<std::function<void(Client&)>>{
           [](Client& c) { c.auth_test(token); }, [](Client& c) { c.auth_revoke(token); },
           [](Client& c) { c.openid_connect_user_info(token); }}) {
    const HttpRequest request = request_of(call);
    CHECK(find_header(request.headers, "Authorization") == "Bearer " + token);
    CHECK(request.body.empty());
  }
  for (const auto& call : std::vector<std::function<void(Client&)>>{[](Client& c) { c.oauth_v2_exchange(app, token); },
                                                                    [](Client& c) { c.apps_uninstall(app, token); }}) {
    const HttpRequest request = request_of(call);
    CHECK(find_header(request.headers, "Authorization") == "Bearer " + token);
    CHECK(request.body == "client_id=111.222&client_secret=not-a-real-secret");
  }
}

TEST_CASE("any other method takes parameters, with a token or without", "[web]") {
  const HttpRequest request = request_of([](Client& client) {
    client.call("chat.postMessage", token, {{"channel", "C0CASTINGS"}, {"text", "a&b=c\r\n🔥"}});
  });
  CHECK(request.body == "channel=C0CASTINGS&text=a%26b%3Dc%0D%0A%F0%9F%94%A5");
  CHECK(find_header(request.headers, "Authorization") == "Bearer " + token);
  CHECK_FALSE(find_header(request_of([](Client& client) { client.call("api.test", ""); }).headers, "Authorization"));
}

TEST_CASE("the answer is what installations are made from", "[web]") {
  Client client(ScriptedTransport({answers(test::read_data("payloads/oauth.v2.access.bot_and_user.json"))}));
  const auto installation = installation_from_oauth_response(client.oauth_v2_access(app, {.code = "c"}));
  CHECK(installation.bot_token);
  CHECK(installation.user_token);
}

TEST_CASE("ok: false is SlackApiError in every method, and not repeated", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    const ScriptedTransport transport({answers(R"({"ok":false,"error":"invalid_auth"})")});
    Client client(transport);
    CHECK(test::thrown_by<SlackApiError>([&] { method.call(client); }).code() == "invalid_auth");
    CHECK(transport.requests().size() == 1);
  }
}

TEST_CASE("an answer that is not Slack's is InvalidAnswerError in every method, and not repeated", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    const ScriptedTransport transport(
        {answers(502, "<html>not-a-real-secret</html>", {{"Content-Type", "text/html"}})});
    Client client(transport);
    const auto error = test::thrown_by<InvalidAnswerError>([&] { method.call(client); });
    CHECK(error.subject() == method.name);
    CHECK(error.code() == "http_502");
    CHECK(error.is_retryable());
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
    CHECK(transport.requests().size() == 1);
  }
}

TEST_CASE("a lost connection is tried again once where nothing was sent", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    const ScriptedTransport transport({is_lost(Reach::not_sent), answers(ok)});
    Client client(transport);
    CHECK(method.call(client)["ok"] == true);
    REQUIRE(transport.requests().size() == 2);
    CHECK(transport.requests()[0].body == transport.requests()[1].body);

    const ScriptedTransport always({is_lost(Reach::not_sent), is_lost(Reach::not_sent)});
    Client unlucky(always);
    CHECK(test::thrown_by<HttpError>([&] { method.call(unlucky); }).reach() == Reach::not_sent);
    CHECK(always.requests().size() == 2);
  }
}

TEST_CASE("a call that was perhaps sent is repeated only where it changes nothing", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    const ScriptedTransport transport({is_lost(Reach::maybe_sent), answers(ok)});
    Client client(transport);
    if (method.is_harmless) {
      CHECK(method.call(client)["ok"] == true);
      CHECK(transport.requests().size() == 2);
    } else {
      CHECK(test::thrown_by<HttpError>([&] { method.call(client); }).reach() == Reach::maybe_sent);
      CHECK(transport.requests().size() == 1);
    }
  }
}

TEST_CASE("what was sent the second time is not repeated as if it were not", "[web]") {
  const ScriptedTransport transport({is_lost(Reach::not_sent), is_lost(Reach::maybe_sent)});
  Client client(transport);
  CHECK(test::thrown_by<HttpError>([&] { client.refresh(app, "xoxe-1-not-real"); }).reach() == Reach::maybe_sent);
  CHECK(transport.requests().size() == 2);
}

TEST_CASE("a call waits as long as Slack says, where the options allow it", "[web]") {
  for (const Method& method : methods()) {
    CAPTURE(method.name);
    Sleeps sleeps;
    Client client(ScriptedTransport({is_rate_limited("2"), is_rate_limited("3"), answers(ok)}), sleeps.options());
    CHECK(method.call(client)["ok"] == true);
    CHECK(sleeps.times == std::vector<std::chrono::milliseconds>{2s, 3s});
  }
}

TEST_CASE("a longer wait is the caller's", "[web]") {
  Sleeps sleeps;
  const ScriptedTransport transport({is_rate_limited("6")});
  Client client(transport, sleeps.options());
  const auto error = test::thrown_by<RateLimitedError>([&] { client.auth_test(token); });
  CHECK(error.retry_after() == 6s);
  CHECK(sleeps.times.empty());
  CHECK(transport.requests().size() == 1);
}

TEST_CASE("waits count together, so a call ends", "[web]") {
  Sleeps sleeps;
  const ScriptedTransport transport(std::vector<test::Step>(6, is_rate_limited("0")));
  Client client(transport, sleeps.options());
  CHECK_THROWS_AS(client.auth_test(token), RateLimitedError);
  CHECK(sleeps.times == std::vector<std::chrono::milliseconds>(5, 1s));
}

TEST_CASE("a wait of zero is none", "[web]") {
  Sleeps sleeps;
  auto options = sleeps.options();
  options.longest_rate_limit_wait = 0s;
  Client client(ScriptedTransport({is_rate_limited("0")}), options);
  CHECK_THROWS_AS(client.auth_test(token), RateLimitedError);
  CHECK(sleeps.times.empty());
}

TEST_CASE("the longest wait that fits in a header overflows nothing", "[web]") {
  Sleeps sleeps;
  auto options = sleeps.options();
  options.longest_rate_limit_wait = std::chrono::seconds::max();
  Client client(ScriptedTransport({is_rate_limited("4294967295"), is_rate_limited("4294967295"), answers(ok)}),
                options);
  CHECK(client.auth_test(token)["ok"] == true);
  CHECK(sleeps.times.size() == 2);
}

TEST_CASE("one lost connection may be repeated beside the waits", "[web]") {
  Sleeps sleeps;
  const ScriptedTransport transport(
      {is_lost(Reach::not_sent), is_rate_limited("1"), is_lost(Reach::not_sent), answers(ok)});
  Client client(transport, sleeps.options());
  CHECK_THROWS_AS(client.auth_test(token), HttpError);
  CHECK(transport.requests().size() == 3);
}

TEST_CASE("what cannot be sent is refused before anything is, and not shown", "[web]") {
  const std::string injected = "not-a-real-token\r\nX-Injected: 1";
  struct Example {
    std::string subject;
    std::function<void(Client&)> call;
  };
  const std::vector<Example> examples{
      {"token", [&](Client& c) { c.auth_test(injected); }},
      {"token", [&](Client& c) { c.auth_revoke(injected); }},
      {"token", [&](Client& c) { c.oauth_v2_exchange(app, injected); }},
      {"token", [&](Client& c) { c.apps_uninstall(app, injected); }},
      {"token", [&](Client& c) { c.openid_connect_user_info(injected); }},
      {"token", [&](Client& c) { c.call("chat.postMessage", injected); }},
      {"token", [](Client& c) { c.auth_test(""); }},
      {"token", [](Client& c) { c.openid_connect_user_info(""); }},
      {"method", [](Client& c) { c.call("", token); }},
      {"method", [](Client& c) { c.call("../admin", token); }},
      {"method", [](Client& c) { c.call("auth.test?token=x", token); }},
      {"method", [](Client& c) { c.call("auth.test\r\nHost: evil.example", token); }},
      {"method", [](Client& c) { c.call("auth%2Etest", token); }},
      {"client_id", [](Client& c) { c.oauth_v2_access({}, {.code = "c"}); }},
      {"client_id", [](Client& c) { c.refresh({}, "r"); }},
      {"client_id", [](Client& c) { c.oauth_v2_exchange({}, token); }},
      {"client_id", [](Client& c) { c.apps_uninstall({}, token); }},
      {"code", [](Client& c) { c.oauth_v2_access(app, {}); }},
      {"code", [](Client& c) { c.openid_connect_token(app, {}); }},
      {"refresh_token", [](Client& c) { c.refresh(app, ""); }},
      {"refresh_token", [](Client& c) { c.refresh_user(app, ""); }},
  };
  for (const Example& example : examples) {
    CAPTURE(example.subject);
    const ScriptedTransport transport(std::vector<test::Step>{});
    Client client(transport);
    const auto error = test::thrown_by<InvalidArgumentError>([&] { example.call(client); });
    CHECK(error.subject() == example.subject);
    CHECK(std::string(error.what()).find("not-a-real") == std::string::npos);
    CHECK(transport.requests().empty());
  }
}

TEST_CASE("line breaks in credentials and codes are data", "[web]") {
  const HttpRequest request = request_of([](Client& client) {
    client.oauth_v2_access({.client_id = "1\r\nX: 1", .client_secret = "s\r\n"}, {.code = "c\r\nd"});
  });
  for (const HttpHeader& header : request.headers) CHECK(header.value.find_first_of("\r\n") == std::string::npos);
  CHECK(request.body == "grant_type=authorization_code&code=c%0D%0Ad");
}

TEST_CASE("the client calls where its options say", "[web]") {
  const ScriptedTransport transport({answers(ok)});
  Client client(transport, {.base_url = "http://127.0.0.1:8080/api"});
  client.auth_test(token);
  CHECK(transport.requests().at(0).url == "http://127.0.0.1:8080/api/auth.test");
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          static_cast<void>(Client(transport, {.base_url = "http://slack.com/api/"}));
        }).subject() == "base_url");
}

TEST_CASE("an over-long answer is refused", "[web]") {
  Client client(ScriptedTransport({answers(R"({"ok":true,"a":"123456789"})")}), {.max_answer_bytes = 20});
  CHECK_THROWS_AS(client.auth_test(token), InvalidAnswerError);
}

TEST_CASE("copies and any transport serve alike", "[web]") {
  const ScriptedTransport transport({answers(ok), answers(ok), answers(ok)});
  SlackClient client(transport);
  SlackClient copy = client;
  CHECK(client.auth_test(token)["ok"] == true);
  CHECK(copy.auth_test(token)["ok"] == true);
  copy = client;
  CHECK(copy.auth_test(token)["ok"] == true);
  BasicSlackClient deduced{AnyHttpTransport([](const HttpRequest& /*request*/) { return HttpResponse{.body = ok}; })};
  CHECK(deduced.auth_test(token)["ok"] == true);
}

TEST_CASE("what a transport throws of its own passes through", "[web]") {
  Client client(ScriptedTransport({[]() -> HttpResponse { throw std::domain_error("its own"); }}));
  CHECK_THROWS_AS(client.auth_test(token), std::domain_error);
}

TEST_CASE("the log says what happened, and no secret", "[web]") {
  std::vector<std::string> lines;
  Sleeps sleeps;
  auto options = sleeps.options();
  options.logger = Logger(LogLevel::debug, [&](LogLevel level, std::string_view line) {
    lines.push_back(std::string(to_string(level)) + " " + std::string(line));
  });
  Client client(ScriptedTransport({is_lost(Reach::not_sent), is_rate_limited("2"),
                                   answers(R"({"ok":true,"access_token":"xoxe.xoxb-1-not-real"})")}),
                options);
  client.refresh(app, "xoxe-1-not-real");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("warning oauth.v2.access is sent again"));
  CHECK(lines[1] == "warning oauth.v2.access is rate limited, and waits 2 s");
  CHECK(lines[2] == "debug oauth.v2.access answered ok");
  for (const std::string& line : lines) {
    CHECK(line.find("not-real") == std::string::npos);
    CHECK(line.find("not-a-real") == std::string::npos);
  }
}

TEST_CASE("a logger that throws loses no answer", "[web]") {
  const Logger logger(LogLevel::debug, [](LogLevel, std::string_view) { throw std::runtime_error("disk full"); });
  Client client(
      ScriptedTransport({is_lost(Reach::not_sent), answers(R"({"ok":true,"access_token":"xoxb-not-a-real-1"})")}),
      {.logger = logger});
  CHECK(client.refresh(app, "xoxe-1-not-real")["access_token"] == "xoxb-not-a-real-1");
}

TEST_CASE("the workspaces of an organisation are visited page by page", "[web]") {
  const ScriptedTransport transport(
      {answers(
           R"({"ok":true,"teams":[{"id":"T1","name":"One"},{"id":"T2"}],"response_metadata":{"next_cursor":"p 2"}})"),
       answers(R"({"ok":true,"teams":[],"response_metadata":{"next_cursor":"p3"}})"),
       answers(
           R"({"ok":true,"teams":[{"id":"T3","name":"Three","icon":{}}],"response_metadata":{"next_cursor":""}})")});
  Client client(transport);
  std::string seen;
  client.for_each_team(token, [&](std::string_view id, std::string_view name) {
    seen += std::string(id) + "=" + std::string(name) + " ";
  });
  CHECK(seen == "T1=One T2= T3=Three ");
  const auto requests = transport.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].body == "limit=1000");
  CHECK(requests[1].body == "limit=1000&cursor=p%202");
  CHECK(requests[2].body == "limit=1000&cursor=p3");
}

TEST_CASE("pages of workspaces that mean nothing, or have no end, are errors", "[web]") {
  const auto subject_after = [](const std::vector<std::string>& pages) {
    std::vector<test::Step> answered;
    for (const auto& page : pages) answered.push_back(answers(page));
    Client client{ScriptedTransport(answered)};
    return std::string(
        test::thrown_by<InvalidDataError>([&] { client.for_each_team(token, [](auto, auto) {}); }).subject());
  };
  const std::string again = R"({"ok":true,"teams":[],"response_metadata":{"next_cursor":"a"}})";
  CHECK(subject_after({R"({"ok":true})"}) == "teams");
  CHECK(subject_after({R"({"ok":true,"teams":{}})"}) == "teams");
  CHECK(subject_after({R"({"ok":true,"teams":["T1"]})"}) == "teams");
  CHECK(subject_after({R"({"ok":true,"teams":[{"name":"One"}]})"}) == "teams");
  CHECK(subject_after({again, again}) == "next_cursor");
  Client client{ScriptedTransport(std::vector<test::Step>{})};
  for (const int limit : {0, -1, 1001}) {
    CHECK(test::thrown_by<InvalidArgumentError>([&] { client.auth_teams_list(token, "", limit); }).subject() ==
          "limit");
  }
}
