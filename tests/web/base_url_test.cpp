// Where a Slack client may send its secrets.
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/detail/base_url.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

TEST_CASE("a base URL is https, or http on this machine, and ends with a slash", "[web]") {
  CHECK(detail::checked_base_url("https://slack.com/api/") == "https://slack.com/api/");
  CHECK(detail::checked_base_url("https://slack.com/api") == "https://slack.com/api/");
  CHECK(detail::checked_base_url("https://slack-gov.com") == "https://slack-gov.com/");
  CHECK(detail::checked_base_url("http://localhost:8080/api") == "http://localhost:8080/api/");
  CHECK(detail::checked_base_url("http://127.0.0.1:8080/api/") == "http://127.0.0.1:8080/api/");
  CHECK(detail::checked_base_url("http://127.1.2.3") == "http://127.1.2.3/");
  CHECK(detail::checked_base_url("http://[::1]:8080/") == "http://[::1]:8080/");
}

TEST_CASE("a base URL that would tell secrets or is none is refused", "[web]") {
  const auto* const url = GENERATE(
      "", "slack.com/api/", "ftp://slack.com/", "HTTPS://slack.com/", "https://", "https:///api/",
      "http://slack.com/api/", "http://127.evil.example/", "http://localhost.evil.example/",
      "http://127.0.0.1.evil.example/", "http://localhost:80@evil.example/", "http://localhost\\@evil.example/",
      "http://[::1", "http://[::2]/", "https://user:secret@slack.com/", "https://slack.com/api/?a=b",
      "https://slack.com/#", "https://slack.com/a b", "https://slack.com/\r\nHost: evil.example");
  CAPTURE(url);
  const auto error = test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(detail::checked_base_url(url)); });
  CHECK(error.subject() == "base_url");
  CHECK(std::string(error.what()).find("secret@") == std::string::npos);
}
