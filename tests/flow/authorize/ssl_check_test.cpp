#include "slack/oauth/flow/authorize/ssl_check.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include "catch.hpp"

using slack::oauth::HttpRequest;
using slack::oauth::is_ssl_check;

namespace {

HttpRequest form(std::string body) {
  return {.method = "POST",
          .url = "/slack/commands",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .body = std::move(body)};
}

}  // namespace

TEST_CASE("Slack's question about a certificate is recognised, though nobody signed it") {
  CHECK(is_ssl_check(form("ssl_check=1&token=not-a-real-token")));
  CHECK(is_ssl_check(form("token=not-a-real-token&ssl_check=1")));
  CHECK(is_ssl_check(form("ssl%5Fcheck=%31")));
  HttpRequest with_charset = form("ssl_check=1");
  with_charset.headers = {{"content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"}};
  CHECK(is_ssl_check(with_charset));
}

TEST_CASE("It stays that question where it says that it is a command or an interaction too") {
  CHECK(is_ssl_check(form("ssl_check=1&command=%2Fpour&team_id=T0FURNACE&user_id=U0GRACE")));
  CHECK(is_ssl_check(form("payload=%7B%22type%22%3A%22block_actions%22%7D&ssl_check=1")));
}

TEST_CASE("Whatever else is not that question") {
  for (const char* body : {"", "token=not-a-real-token", "ssl_check=0", "ssl_check=", "ssl_check", "ssl_check=11",
                           "ssl_check=1&ssl_check=0", "ssl_check=1&ssl_check=1", "SSL_CHECK=1", "text=ssl_check%3D1",
                           "payload=ssl_check%3D1", "ssl_check=1&text=%zz"}) {
    CAPTURE(body);
    CHECK_FALSE(is_ssl_check(form(body)));
  }
  CHECK_FALSE(is_ssl_check(form("ssl_check=1&text=" + std::string(std::size_t{1} << 20U, 'a'))));

  HttpRequest got = form("ssl_check=1");
  got.method = "GET";
  got.url += "?ssl_check=1";
  CHECK_FALSE(is_ssl_check(got));
  HttpRequest json = form(R"({"ssl_check": "1"})");
  json.headers = {{"Content-Type", "application/json"}};
  CHECK_FALSE(is_ssl_check(json));
  HttpRequest untyped = form("ssl_check=1");
  untyped.headers.clear();
  CHECK_FALSE(is_ssl_check(untyped));
  HttpRequest queried = form("token=not-a-real-token");
  queried.url += "?ssl_check=1";
  CHECK_FALSE(is_ssl_check(queried));
}
