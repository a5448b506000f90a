#include "slack/oauth/flow/install/authorize_url.hpp"

#include <string>

#include "catch.hpp"
#include "slack/oauth/web/pkce.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;

AuthorizeUrlOptions sample() {
  return {.client_id = "111.222",
          .scopes = {"chat:write", "app_mentions:read"},
          .user_scopes = {"search:read"},
          .redirect_uri = "https://app.example/slack/oauth_redirect?a=b&c"};
}

}  // namespace

TEST_CASE("an authorize URL has Slack's parameters, percent-encoded", "[flow][url]") {
  CHECK(AuthorizeUrlGenerator(sample()).generate({.state = "s t", .team = "T1", .code_challenge = "c-h"}) ==
        "https://slack.com/oauth/v2/authorize?client_id=111.222&scope=chat%3Awrite%2Capp_mentions%3Aread"
        "&user_scope=search%3Aread&state=s%20t"
        "&redirect_uri=https%3A%2F%2Fapp.example%2Fslack%2Foauth_redirect%3Fa%3Db%26c&team=T1"
        "&code_challenge=c-h&code_challenge_method=S256");
}

TEST_CASE("what an authorize URL does not need is left out", "[flow][url]") {
  CHECK(AuthorizeUrlGenerator({.client_id = "1", .scopes = {"commands"}}).generate({.state = "s"}) ==
        "https://slack.com/oauth/v2/authorize?client_id=1&scope=commands&state=s");
  CHECK(AuthorizeUrlGenerator({.client_id = "1", .user_scopes = {"search:read"}}).generate({}) ==
        "https://slack.com/oauth/v2/authorize?client_id=1&scope=&user_scope=search%3Aread");
  AuthorizeUrlOptions options{.client_id = "1", .scopes = {"a"}};
  options.authorization_url = "http://127.0.0.1:9000/authorize?stand=in";
  CHECK(AuthorizeUrlGenerator(options).generate({.state = "s"}) ==
        "http://127.0.0.1:9000/authorize?stand=in&client_id=1&scope=a&state=s");
}

TEST_CASE("a URL for a user's token alone leads to a page of its own, and names no bot's scopes", "[flow][url]") {
  AuthorizeUrlOptions options{
      .client_id = "1", .user_scopes = {"search:read", "chat:write"}, .user_only_enabled = true};
  CHECK(AuthorizeUrlGenerator(options).generate({.state = "s", .code_challenge = "c"}) ==
        "https://slack.com/oauth/v2_user/authorize?client_id=1&user_scope=search%3Aread%2Cchat%3Awrite&state=s"
        "&code_challenge=c&code_challenge_method=S256");
  options.authorization_url = "http://127.0.0.1:9000/authorize";
  CHECK(AuthorizeUrlGenerator(options).generate({}) ==
        "http://127.0.0.1:9000/authorize?client_id=1&user_scope=search%3Aread%2Cchat%3Awrite");
}

TEST_CASE("no value of an authorize URL becomes another parameter or a header", "[flow][url]") {
  const std::string hostile = "T1&state=x\r\nSet-Cookie: a=b#\"<>%";
  const std::string url = AuthorizeUrlGenerator(sample()).generate({.state = hostile, .team = hostile});
  for (const char c : url) CHECK(c > ' ');
  CHECK(url.find_first_of("#\"<>") == std::string::npos);
  const auto parameters = parse_parameters(query_of(url));
  REQUIRE(parameters);
  CHECK(find_parameter(*parameters, "state") == hostile);
  CHECK(find_parameter(*parameters, "team") == hostile);
}

TEST_CASE("an OpenID Connect URL separates scopes by spaces", "[flow][url]") {
  const OpenIDConnectAuthorizeUrlGenerator generator({.client_id = "1", .redirect_uri = "https://app.example/"});
  CHECK(generator.generate({.state = "s", .nonce = "n&", .team = "T1", .code_challenge = "c"}) ==
        "https://slack.com/openid/connect/authorize?response_type=code&client_id=1&scope=openid%20profile%20email"
        "&state=s&redirect_uri=https%3A%2F%2Fapp.example%2F&team=T1&nonce=n%26&code_challenge=c"
        "&code_challenge_method=S256");
  CHECK(generator.generate({.state = "s"}) ==
        "https://slack.com/openid/connect/authorize?response_type=code&client_id=1&scope=openid%20profile%20email"
        "&state=s&redirect_uri=https%3A%2F%2Fapp.example%2F");
}

TEST_CASE("a code challenge is that of RFC 7636", "[flow][url]") {
  const PkceVerifier verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");  // its appendix B
  const std::string url = AuthorizeUrlGenerator(sample()).generate({.code_challenge = verifier.challenge()});
  CHECK(find_parameter(parse_parameters(query_of(url)).value(), "code_challenge") ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("options that no consent page takes are refused by name", "[flow][url]") {
  const auto subject_of = [](auto make) { return std::string(test::thrown_by<InvalidArgumentError>(make).subject()); };
  CHECK(subject_of([] { (void)AuthorizeUrlGenerator({.scopes = {"a"}}); }) == "client_id");
  CHECK(subject_of([] { (void)AuthorizeUrlGenerator({.client_id = "1"}); }) == "scopes");
  CHECK(subject_of([] { (void)AuthorizeUrlGenerator({.client_id = "1", .scopes = {"a"}, .authorization_url = ""}); }) ==
        "authorization_url");
  CHECK(subject_of([] {
          (void)AuthorizeUrlGenerator(
              {.client_id = "1", .scopes = {"a"}, .user_scopes = {"b"}, .user_only_enabled = true});
        }) == "scopes");
  CHECK(subject_of([] { (void)OpenIDConnectAuthorizeUrlGenerator({.redirect_uri = "https://app.example/"}); }) ==
        "client_id");
  CHECK(subject_of([] { (void)OpenIDConnectAuthorizeUrlGenerator({.client_id = "1"}); }) == "redirect_uri");
  CHECK(subject_of([] {
          (void)OpenIDConnectAuthorizeUrlGenerator(
              {.client_id = "1", .redirect_uri = "https://app.example/", .scopes = {"email"}});
        }) == "scopes");
}
