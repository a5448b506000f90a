// How a request says which app it is from.
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/client_credentials.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

TEST_CASE("base64 is that of RFC 4648, section 10", "[web]") {
  CHECK(detail::base64_encode("").empty());
  CHECK(detail::base64_encode("f") == "Zg==");
  CHECK(detail::base64_encode("fo") == "Zm8=");
  CHECK(detail::base64_encode("foo") == "Zm9v");
  CHECK(detail::base64_encode("foob") == "Zm9vYg==");
  CHECK(detail::base64_encode("\xFB\xFF\xFE") == "+//+");
}

TEST_CASE("client credentials are HTTP Basic", "[web]") {
  CHECK(detail::basic_authorization({.client_id = "111.222", .client_secret = "not-a-secret"}) ==
        "Basic " + detail::base64_encode("111.222:not-a-secret"));
  CHECK(detail::basic_authorization({.client_id = "a:b", .client_secret = "c d"}) ==
        "Basic " + detail::base64_encode("a%3Ab:c%20d"));
}

TEST_CASE("a token that could end its header is refused, and not shown", "[web]") {
  CHECK(detail::bearer_authorization("xoxb-not-a-real-token-1", "token") == "Bearer xoxb-not-a-real-token-1");
  const std::string token = GENERATE(as<std::string>{}, "", "xoxb-not\r\nX-Injected: 1", "xoxb-not\n", "xoxb not",
                                     "xoxb-\x7F", "xoxb-\xC3\xA9", "xoxb-\t", std::string("xoxb-\0", 6));
  const auto error =
      test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(detail::bearer_authorization(token, "token")); });
  CHECK(error.subject() == "token");
  CHECK(std::string(error.what()).find("xoxb") == std::string::npos);
}
