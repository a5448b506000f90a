// HTTP messages as values.
#include <slack/oauth/web/http.hpp>
#include <string>

#include "catch.hpp"

using namespace slack::oauth;

TEST_CASE("a header is found in any case, the first of several", "[web]") {
  const HttpHeaders headers{{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}, {"X-Empty", ""}};
  CHECK(find_header(headers, "SET-COOKIE") == "a=1");
  CHECK(find_header(headers, "x-empty") == "");
  CHECK_FALSE(find_header(headers, "Cookie"));
  CHECK_FALSE(find_header({}, "Cookie"));
}

TEST_CASE("an HTTP error has the library's code and says whether the request was sent", "[web]") {
  const HttpError error("no answer from slack.com", "CURLE_RECV_ERROR", HttpError::Reach::maybe_sent);
  CHECK(std::string(error.what()) == "no answer from slack.com (CURLE_RECV_ERROR)");
  CHECK(error.code() == "CURLE_RECV_ERROR");
  CHECK(error.reach() == HttpError::Reach::maybe_sent);
  CHECK(error.is_retryable());
  CHECK(std::string(HttpError("no answer", "", HttpError::Reach::not_sent).what()) == "no answer");
}
