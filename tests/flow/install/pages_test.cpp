#include "slack/oauth/flow/install/pages.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/flow/install/detail/slack_links.hpp"
#include "slack/oauth/flow/install/html.hpp"
#include "support/flow.hpp"
#include "support/html_checker.hpp"

namespace {

using namespace slack::oauth;
using Catch::Matchers::ContainsSubstring;

const std::vector<std::string> hostile_texts{"<script>alert(1)</script>",
                                             "\"><img src=x onerror=alert(1)>",
                                             "' onmouseover='x",
                                             "</title></style></main>",
                                             "&lt;b&gt; &",
                                             "<!-- -->",
                                             std::string("a\0b", 3),
                                             "\xFF\xC3 \xED\xA0\x80",
                                             "line\r\nSet-Cookie: a=b",
                                             "\xE2\x80\xAE right to left",
                                             "javascript:alert(1)",
                                             std::string(10'000, '<')};

/// With both kinds of name, so that every page's every value is `text`.
std::vector<HttpResponse> all_pages(const std::string& text) {
  const std::string url = "https://example/?" + percent_encode(text);
  return {default_install_page({.app_name = text, .authorize_url = url}),
          default_success_page({.app_name = text, .tenant_name = text, .app_url = url, .browser_url = url}),
          default_success_page({.is_enterprise_install = true, .app_url = url, .browser_url = url}),
          default_success_page({.app_url = url,
                                .browser_url = url,
                                .missing_scopes = {.bot_scopes = {text.substr(0, 100)}, .user_scopes = {"a", text}}}),
          default_failure_page({.app_name = text, .reason = text, .install_path = "/slack/install", .status = 400}),
          default_failure_page({.reason = "access_denied", .install_path = "/slack/install", .status = 200}),
          default_failure_page({.reason = "invalid_state", .install_path = "/slack/install", .status = 401}),
          default_failure_page({.reason = "missing_scopes", .install_path = "/slack/install", .status = 403}),
          default_failure_page({.reason = "slack_unavailable", .install_path = "/slack/install", .status = 503}),
          default_failure_page({.reason = "storage_error", .install_path = "/slack/install", .status = 500})};
}

std::string style_of(const std::string& html) {
  const auto start = html.find("<style>") + 7;
  return html.substr(start, html.find("</style>") - start);
}

std::string sha256_of(const std::string& text) {
  std::array<unsigned char, 32> digest{};
  REQUIRE(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return detail::base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// WCAG 2.2: the relative luminance of "#rrggbb".
double luminance_of(const std::string& colour) {
  const std::array<double, 3> weights{0.2126, 0.7152, 0.0722};
  double sum = 0;
  const bool is_short = colour.size() == 4;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string digits = is_short ? std::string(2, colour.at(1 + i)) : colour.substr(1 + 2 * i, 2);
    const double part = std::stoi(digits, nullptr, 16) / 255.0;
    sum += weights.at(i) * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast_of(const std::string& first, const std::string& second) {
  const double a = luminance_of(first);
  const double b = luminance_of(second);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

std::string colour_of(const std::string& scheme, const std::string& name) {
  const auto start = scheme.find("--" + name + ":") + name.size() + 3;
  return scheme.substr(start, scheme.find_first_of(";}", start) - start);
}

}  // namespace

TEST_CASE("every page is a whole HTML document, whatever it shows", "[flow][pages]") {
  for (const auto& page : all_pages("Smelter & Söhne")) {
    CHECK(test::HtmlChecker(page.body).problems().empty());
    CHECK(page.body.size() < 5000);
  }
  for (const auto& text : hostile_texts) {
    for (const auto& page : all_pages(text)) {
      CHECK(test::HtmlChecker(page.body).problems().empty());
      CHECK(detail::is_valid_utf8(page.body));
    }
  }
}

TEST_CASE("the checker of pages finds what is wrong", "[flow][pages]") {
  const std::string page = default_install_page({.app_name = "a", .authorize_url = "https://example/"}).body;
  REQUIRE(test::HtmlChecker(page).problems().empty());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"<h1>", "<h1><b>"},
                                                        {"</h1>", ""},
                                                        {"<h1>", "<h1>&"},
                                                        {"<h1>", "<h1>>"},
                                                        {" lang=\"en\"", ""},
                                                        {"<title>", "<title id=x>"},
                                                        {"<meta name=\"viewport\"", "<meta name=\"other\""},
                                                        {"https://example/", "javascript:x"},
                                                        {"https://example/", "\" onclick=\""},
                                                        {"<p>", "<p style=\"x\">"},
                                                        {"<!DOCTYPE html>", ""},
                                                        {"<p>", "<script></script><p>"}}) {
    std::string broken = page;
    broken.replace(broken.find(from), from.size(), to);
    CAPTURE(from, to);
    CHECK_FALSE(test::HtmlChecker(broken).problems().empty());
  }
}

TEST_CASE("every page forbids what it does not need", "[flow][pages]") {
  for (const auto& page : all_pages("Smelter")) {
    CHECK(test::header_of(page, "Content-Security-Policy") ==
          "default-src 'none'; style-src 'sha256-" + sha256_of(style_of(page.body)) +
              "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    CHECK(test::header_of(page, "Content-Type") == "text/html; charset=utf-8");
    CHECK(test::header_of(page, "X-Content-Type-Options") == "nosniff");
    CHECK(test::header_of(page, "Referrer-Policy") == "no-referrer");
    CHECK(test::header_of(page, "Cache-Control") == "no-store");
  }
}

TEST_CASE("text has enough contrast in both colour schemes", "[flow][pages]") {
  const std::string style = style_of(default_install_page({}).body);
  const auto dark = style.find("@media");
  for (const std::string& scheme : {style.substr(0, dark), style.substr(dark)}) {
    CHECK(contrast_of(colour_of(scheme, "text"), colour_of(scheme, "card")) >= 7);
    CHECK(contrast_of(colour_of(scheme, "soft"), colour_of(scheme, "card")) >= 4.5);
    CHECK(contrast_of(colour_of(scheme, "mark"), colour_of(scheme, "card")) >= 4.5);
    CHECK(contrast_of(colour_of(scheme, "act"), colour_of(scheme, "card")) >= 4.5);
    CHECK(contrast_of(colour_of(scheme, "on"), colour_of(scheme, "act")) >= 4.5);
  }
}

TEST_CASE("the pages say what happened and where to go on", "[flow][pages]") {
  const auto install = default_install_page({.app_name = "Smelter", .authorize_url = "https://slack.com/x?a=b&c=d"});
  CHECK(install.status == 200);
  CHECK_THAT(install.body, ContainsSubstring("<h1>Add Smelter to Slack</h1>"));
  CHECK(test::HtmlChecker(install.body).links() == std::vector<std::string>{"https://slack.com/x?a=b&amp;c=d"});

  const auto success = default_success_page({.app_name = "Smelter",
                                             .tenant_name = "Furnace Works",
                                             .app_url = "slack://app?team=T1&id=A1",
                                             .browser_url = "https://app.slack.com/client/T1"});
  CHECK(success.status == 200);
  CHECK_THAT(success.body, ContainsSubstring("<bdi>Smelter</bdi> is ready in <bdi>Furnace Works</bdi>."));
  CHECK(test::HtmlChecker(success.body).links() ==
        std::vector<std::string>{"slack://app?team=T1&amp;id=A1", "https://app.slack.com/client/T1"});

  const auto failure = default_failure_page({.reason = "invalid_state", .install_path = "/go", .status = 401});
  CHECK(failure.status == 401);
  CHECK_THAT(failure.body, ContainsSubstring("<code>invalid_state</code>"));
  CHECK(test::HtmlChecker(failure.body).links() == std::vector<std::string>{"/go"});
}

TEST_CASE("text is escaped for HTML", "[flow][html]") {
  CHECK(escape_html("a<b>&\"'c") == "a&lt;b&gt;&amp;&quot;&#39;c");
  CHECK(escape_html("Grüße 日本 \xF0\x9F\x91\x8B\n\t") == "Grüße 日本 \xF0\x9F\x91\x8B\n\t");
  CHECK(escape_html(std::string("\0\x1F\x7F\r", 4)) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(escape_html("\xC2\x85\xC2\xA0") == "\xEF\xBF\xBD\xC2\xA0");
  CHECK(escape_html("\xFF\xC3<") == "\xEF\xBF\xBD\xEF\xBF\xBD&lt;");
  CHECK(escape_html("").empty());
}

TEST_CASE("links back to Slack hold sound ids alone", "[flow][pages]") {
  Installation installation{.app_id = "A1", .team_id = "T1"};
  CHECK(detail::app_url_of(installation) == "slack://app?team=T1&id=A1");
  CHECK(detail::browser_url_of(installation) == "https://app.slack.com/client/T1");
  for (const std::string id : {"", "t1", "T1&id=A2", "T1/../x", "T1\r\n", "T\"1", "T1?"}) {
    installation.team_id = id;
    CHECK(detail::app_url_of(installation) == "slack://open");
    CHECK(detail::browser_url_of(installation) == "https://app.slack.com/");
  }
  installation = {
      .app_id = "A1", .enterprise_url = "https://kiln.enterprise.slack.com/", .is_enterprise_install = true};
  CHECK(detail::app_url_of(installation) == "slack://open");
  CHECK(detail::browser_url_of(installation) ==
        "https://kiln.enterprise.slack.com/manage/organization/apps/profile/A1/workspaces/add");
  for (const std::string url : {"", "http://kiln.slack.com/", "https://kiln.slack.com",
                                "https://evil.example/.slack.com/", "https://evil.example?.slack.com/",
                                "https://a@b.slack.com/", "https://kilnslack.com/", "https://K.slack.com/"}) {
    installation.enterprise_url = url;
    CAPTURE(url);
    CHECK(detail::browser_url_of(installation) == "https://app.slack.com/");
  }
}
