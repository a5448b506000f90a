#include "slack/oauth/flow/install/state_utils.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;

HttpHeaders cookie(std::string value, std::string name = "Cookie") { return {{std::move(name), std::move(value)}}; }

std::string value_of(const std::string& set_cookie) {
  const auto start = set_cookie.find('=') + 1;
  return set_cookie.substr(start, set_cookie.find(';') - start);
}

}  // namespace

TEST_CASE("a new state's cookie is one that scripts and other sites do not get", "[flow][cookie]") {
  const OAuthStateUtils utils;
  CHECK(utils.set_cookie_for_new_state("abc", {}) ==
        "slack-app-oauth-state=abc; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax");
  const OAuthStateUtils own("__Host-state", std::chrono::minutes{1});
  CHECK(own.set_cookie_for_new_state("abc", {}) ==
        "__Host-state=abc; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax");
  CHECK_THAT(own.set_cookie_for_deletion(), ContainsSubstring("__Host-state=deleted; Expires=Thu, 01 Jan 1970"));
  CHECK_THAT(own.set_cookie_for_deletion(), ContainsSubstring("Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"));
}

TEST_CASE("a browser's state is found in any form of its cookie", "[flow][cookie]") {
  const OAuthStateUtils utils;
  const std::string name = "slack-app-oauth-state";
  CHECK(utils.is_valid_browser("abc", cookie(name + "=abc")));
  CHECK(utils.is_valid_browser("abc", cookie(name + "=abc", "cookie")));
  CHECK(utils.is_valid_browser("abc", cookie(name + "=abc", "COOKIE")));
  CHECK(utils.is_valid_browser("abc", cookie("a=b;  " + name + " = abc ; c=d")));
  CHECK(utils.is_valid_browser("abc", cookie("a;;=;" + name + "=\"abc\"")));
  CHECK(utils.is_valid_browser("abc", cookie(name + "=xyz; " + name + "=abc")));
  CHECK(utils.is_valid_browser("abc", {{"Cookie", name + "=xyz"}, {"cookie", name + "=abc"}}));
  CHECK(utils.is_valid_browser("abc", cookie(name + "=new:abc:old")));
  CHECK(utils.is_valid_browser("a b\r\n:", cookie(name + "=a%20b%0D%0A%3A")));
}

TEST_CASE("another browser's state is not valid", "[flow][cookie]") {
  const OAuthStateUtils utils;
  const std::string name = "slack-app-oauth-state";
  CHECK_FALSE(utils.is_valid_browser("abc", {}));
  CHECK_FALSE(utils.is_valid_browser("", cookie(name + "=")));
  CHECK_FALSE(utils.is_valid_browser("", cookie(name + "=:")));
  CHECK_FALSE(utils.is_valid_browser("", cookie(name)));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(name + "=abcd")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(name + "=ab")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(name + "=ABC")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie("x" + name + "=abc")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie("SLACK-APP-OAUTH-STATE=abc")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(name + "=abc", "Set-Cookie")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie("other=" + name + "=abc")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(name + "=\"abc")));
  CHECK_FALSE(utils.is_valid_browser("abc:def", cookie(name + "=abc:def")));
  CHECK_FALSE(utils.is_valid_browser("deleted:", cookie(name + "=deleted")));
}

TEST_CASE("several tabs' states are kept, the newest first", "[flow][cookie]") {
  const OAuthStateUtils utils;
  HttpHeaders headers;
  for (int i = 0; i < 20; ++i) {
    const std::string state = "state-" + std::to_string(i);
    const std::string set = utils.set_cookie_for_new_state(state, headers);
    headers = cookie("slack-app-oauth-state=" + value_of(set));
    CHECK(utils.is_valid_browser(state, headers));
  }
  CHECK(headers.front().value ==
        "slack-app-oauth-state=state-19:state-18:state-17:state-16:state-15:state-14:state-13:state-12");
  CHECK(value_of(utils.set_cookie_without("state-18", headers)) ==
        "state-19:state-17:state-16:state-15:state-14:state-13:state-12");
  CHECK(utils.set_cookie_without("abc", cookie("slack-app-oauth-state=abc")) == utils.set_cookie_for_deletion());
  CHECK(utils.set_cookie_without("abc", {}) == utils.set_cookie_for_deletion());
  CHECK(value_of(utils.set_cookie_for_new_state("abc", cookie("slack-app-oauth-state=old:abc:old"))) == "abc:old");
}

TEST_CASE("a cookie stays within what browsers keep", "[flow][cookie]") {
  const OAuthStateUtils utils;
  const HttpHeaders headers = cookie("slack-app-oauth-state=" + std::string(1500, 'a') + ":" + std::string(1500, 'b'));
  CHECK(value_of(utils.set_cookie_for_new_state(std::string(1500, 'c'), headers)) ==
        std::string(1500, 'c') + ":" + std::string(1500, 'a'));
  CHECK(value_of(utils.set_cookie_for_new_state(std::string(3800, 'c'), headers)) == std::string(3800, 'c'));
  CHECK(test::thrown_by<InvalidArgumentError>([&] {
          (void)utils.set_cookie_for_new_state(std::string(3801, 'c'), {});
        }).subject() == "state");
  CHECK_THROWS_AS(utils.set_cookie_for_new_state("", {}), InvalidArgumentError);
}

TEST_CASE("nothing of a hostile cookie is sent on", "[flow][cookie]") {
  const OAuthStateUtils utils;
  const std::string name = "slack-app-oauth-state=";
  for (const std::string& value : {std::string("a\r\nSet-Cookie: x=y"), std::string("<b>"), std::string("a b"),
                                   std::string("\"a"), std::string("a\0b", 3), std::string("\xC3\xA9"),
                                   std::string("deleted"), std::string(100'000, 'a'), std::string(":::")}) {
    CHECK(value_of(utils.set_cookie_for_new_state("new", cookie(name + value))) == "new");
    CHECK(utils.set_cookie_without("new", cookie(name + value)) == utils.set_cookie_for_deletion());
  }
  CHECK(value_of(utils.set_cookie_for_new_state("a\r\nSet-Cookie: x=y;", {})) == "a%0D%0ASet-Cookie%3A%20x%3Dy%3B");
}

TEST_CASE("100 kB of cookies are read", "[flow][cookie]") {
  const OAuthStateUtils utils;
  std::string many;
  while (many.size() < 100'000) many += "slack-app-oauth-state=" + std::to_string(many.size()) + ":x; ";
  CHECK(utils.is_valid_browser("abc", cookie(many + "slack-app-oauth-state=abc")));
  CHECK_FALSE(utils.is_valid_browser("abc", cookie(many)));
  CHECK(utils.is_valid_browser("abc", cookie("slack-app-oauth-state=" + std::string(100'000, ':') + "abc")));
  CHECK_FALSE(utils.is_valid_browser(std::string(100'000, 'x'), cookie(many)));
  const std::string set = utils.set_cookie_for_new_state("abc", cookie(many));
  CHECK(set.size() < 4096);
}

TEST_CASE("a cookie's name and age are checked", "[flow][cookie]") {
  for (const std::string name : {"", "a b", "a=b", "a;b", "a\r\nb", "a,b", "\xC3\xA9"}) {
    CHECK(test::thrown_by<InvalidArgumentError>([&] { (void)OAuthStateUtils(name); }).subject() == "state_cookie_name");
  }
  for (const int seconds : {0, -1}) {
    CHECK(test::thrown_by<InvalidArgumentError>([&] {
            (void)OAuthStateUtils("name", std::chrono::seconds{seconds});
          }).subject() == "state_expiration");
  }
}
