// What Slack's answers mean, and what is none of Slack's.
#include <chrono>
#include <slack/oauth/web/slack_answer.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::size_t max_bytes = 1000;

HttpResponse response(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/html"}}, .body = std::move(body)};
}

nlohmann::json read(const HttpResponse& response) {
  return detail::read_slack_answer("auth.test", response, max_bytes);
}

InvalidAnswerError invalid(const HttpResponse& response) {
  return test::thrown_by<InvalidAnswerError>([&] { read(response); });
}

}  // namespace

TEST_CASE("an answer that says ok is whole", "[web]") {
  const auto answer = read(response(200, R"({"ok":true,"team_id":"T0FURNACE","new":{"field":[1]}})"));
  CHECK(answer == nlohmann::json{{"ok", true}, {"team_id", "T0FURNACE"}, {"new", {{"field", {1}}}}});
}

TEST_CASE("half a character in a name loses no tokens", "[web]") {
  const auto answer = read(response(
      200,
      R"({"ok":true,"access_token":"xoxb-not-a-real-token-1","team":{"id":"T0FURNACE","name":"Furnace \ud83d"}})"));
  CHECK(answer["access_token"] == "xoxb-not-a-real-token-1");
  CHECK(answer["team"]["name"] == "Furnace \xEF\xBF\xBD");
  CHECK_NOTHROW(invalid(response(200, R"({"ok":true,"name":"\ud83d)")));
}

TEST_CASE("ok: false is Slack's error, whatever the status", "[web]") {
  const int status = GENERATE(200, 400, 403, 500, 503);
  const auto error = test::thrown_by<SlackApiError>([&] {
    read(response(status, R"({"ok":false,"error":"missing_scope","needed":"chat:write","provided":"commands"})"));
  });
  CHECK(error.code() == "missing_scope");
  CHECK(error.needed() == "chat:write");
  CHECK(error.provided() == "commands");
}

TEST_CASE("needed and provided are empty where they are no text", "[web]") {
  const auto error = test::thrown_by<SlackApiError>(
      [] { read(response(200, R"({"ok":false,"error":"missing_scope","needed":["chat:write"],"provided":null})")); });
  CHECK(error.needed().empty());
  CHECK(error.provided().empty());
}

TEST_CASE("an error that is no code of Slack's is not shown", "[web]") {
  for (const std::string& text :
       {std::string("xoxb-not-a-real-token-1"), std::string("xoxe.xoxp-1-not-real"),
        std::string("7d0a7d0a7d0a7d0a7d0a7d0a7d0a7d0a"), std::string("a\\r\\nb"), std::string("Invalid code"),
        std::string("https://hooks.slack.com/services/T0/B0/not-real"), std::string(65, 'x')}) {
    CAPTURE(text);
    const auto error =
        test::thrown_by<SlackApiError>([&] { read(response(200, R"({"ok":false,"error":")" + text + "\"}")); });
    CHECK(error.code() == "unknown_error");
    CHECK(std::string(error.what()) == "Slack answered: unknown_error");
  }
}

TEST_CASE("needed and provided are shown where they are scopes", "[web]") {
  const auto needed = [](const std::string& text) {
    const auto error = test::thrown_by<SlackApiError>([&] {
      read(response(200,
                    R"({"ok":false,"error":"missing_scope","needed":")" + text + R"(","provided":")" + text + "\"}"));
    });
    CHECK(error.provided() == error.needed());
    return error.needed();
  };
  CHECK(needed("chat:write.public,incoming-webhook,admin.users:read") ==
        "chat:write.public,incoming-webhook,admin.users:read");
  CHECK(needed("xoxb-not-a-real-token-one").empty());
  CHECK(needed("chat:write,xapp-1-A0").empty());
  CHECK(needed("chat:write\\nall is lost").empty());
}

TEST_CASE("Slack's passing errors are told from its refusals", "[web]") {
  for (const char* code : {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited",
                           "rate_limited", "team_added_to_org", "org_login_required"}) {
    CAPTURE(code);
    CHECK(detail::is_passing_error(code));
  }
  for (const char* code : {"invalid_code", "invalid_refresh_token", "account_inactive", "unknown_error", ""}) {
    CAPTURE(code);
    CHECK_FALSE(detail::is_passing_error(code));
  }
}

TEST_CASE("429 is the rate limit, whatever the body", "[web]") {
  struct Example {
    HttpHeaders headers;
    std::chrono::seconds retry_after;
  };
  const auto example = GENERATE(
      Example{{{"Retry-After", "30"}}, 30s}, Example{{{"RETRY-AFTER", "1"}}, 1s}, Example{{{"Retry-After", "0"}}, 1s},
      Example{{}, 1s}, Example{{{"Retry-After", ""}}, 1s}, Example{{{"Retry-After", "-5"}}, 1s},
      Example{{{"Retry-After", "1.5"}}, 1s}, Example{{{"Retry-After", "soon"}}, 1s},
      Example{{{"Retry-After", " 30\t"}}, 30s}, Example{{{"Retry-After", "3 0"}}, 1s},
      Example{{{"Retry-After", "4294967296"}}, 4294967295s},
      Example{{{"Retry-After", "99999999999999999999"}}, 4294967295s},
      Example{{{"Retry-After", "99999999999999999999s"}}, 1s}, Example{{{"Retry-After", "4294967295"}}, 4294967295s});
  for (const std::string body : {"", "<html>", R"({"ok":false,"error":"ratelimited"})", R"({"ok":true})"}) {
    const auto error =
        test::thrown_by<RateLimitedError>([&] { read({.status = 429, .headers = example.headers, .body = body}); });
    CHECK(error.retry_after() == example.retry_after);
    CHECK(error.code() == "ratelimited");
    CHECK(error.is_retryable());
  }
}

TEST_CASE("the rate limit's code says the same without the status", "[web]") {
  const std::string code = GENERATE("ratelimited", "rate_limited");
  const auto error = test::thrown_by<RateLimitedError>([&] {
    read({.status = 200, .headers = {{"Retry-After", "7"}}, .body = R"({"ok":false,"error":")" + code + "\"}"});
  });
  CHECK(error.retry_after() == 7s);
}

TEST_CASE("what is not Slack's JSON is an error that says what came", "[web]") {
  struct Example {
    HttpResponse response;
    std::string problem;
  };
  const auto example = GENERATE(
      Example{response(200, "<html>xoxb-not-a-real-token-1</html>"), "is not valid JSON at byte 1"},
      Example{response(200, ""), "is not valid JSON"},
      Example{response(200, R"({"ok":true,"access_token":"xoxb-not-a-real-tok)"), "is not valid JSON at byte"},
      Example{response(200, R"({"ok":true} {"ok":true})"), "is not valid JSON at byte"},
      Example{response(200, "{\"ok\":true,\"a\":\"\xFF\"}"), "is not valid JSON at byte"},
      Example{response(200, std::string("{\"ok\":true}\0", 12)), "is not valid JSON at byte 12"},
      Example{response(200, "[]"), "is not a JSON object"}, Example{response(200, "true"), "is not a JSON object"},
      Example{response(200, "null"), "is not a JSON object"},
      Example{response(200, R"({"access_token":"xoxb-not-a-real-token-1"})"), "has no field ok"},
      Example{response(200, R"({"ok":"true"})"), "is not true or false"},
      Example{response(200, R"({"ok":1})"), "is not true or false"},
      Example{response(200, R"({"ok":null})"), "is not true or false"},
      Example{response(200, R"({"ok":false})"), "has no error code"},
      Example{response(200, R"({"ok":false,"error":""})"), "has no error code"},
      Example{response(200, R"({"ok":false,"error":{"a":"xoxb-not-a-real-token-1"}})"), "has no error code"},
      Example{response(200, R"({"ok":true,"a":")" + std::string(max_bytes, 'x') + "\"}"), "is longer than 1000 bytes"},
      Example{response(200, R"({"ok":true,"a":)" + std::string(400, '[') + std::string(400, ']') + "}"), "deeper"},
      Example{response(200, R"({"ok":true,"a":1e999})"), "out of range"},
      Example{response(302, ""), "is not valid JSON"}, Example{response(404, "Not Found"), "is not valid JSON"},
      Example{response(500, R"({"ok":true})"), "ok with a status"},
      Example{response(302, R"({"ok":true})"), "ok with a status"},
      Example{response(502, "<html>Bad gateway xoxb-not-a-real-token-1</html>"), "is not valid JSON at byte 1"});
  const auto error = invalid(example.response);
  CAPTURE(error.what());
  CHECK_THAT(error.what(), ContainsSubstring(example.problem));
  CHECK_THAT(error.what(), ContainsSubstring("auth.test"));
  CHECK_THAT(error.what(), ContainsSubstring("HTTP " + std::to_string(example.response.status)));
  CHECK_THAT(error.what(), ContainsSubstring("\"text/html\""));
  CHECK_THAT(error.what(), !ContainsSubstring("xoxb"));
  CHECK(error.subject() == "auth.test");
  CHECK(error.status() == example.response.status);
  CHECK(error.code() == "http_" + std::to_string(example.response.status));
  CHECK(error.is_retryable() == (example.response.status >= 500));
}

TEST_CASE("an answer without a content type is told so, and a long one is cut", "[web]") {
  CHECK_THAT(invalid({.status = 200, .headers = {}, .body = "x"}).what(), ContainsSubstring("no content type"));
  const HttpHeaders headers{{"content-type", "text/\r\n" + std::string(100'000, 'x')}};
  const std::string text = invalid({.status = 200, .headers = headers, .body = "x"}).what();
  CHECK(text.size() < 400);
  CHECK(text.find('\n') == std::string::npos);
}
