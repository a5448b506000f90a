// The pages that a person sees while they install an app: whole HTML documents of a few kilobytes, without scripts,
// images or fonts from elsewhere. They escape every value, and a Content-Security-Policy allows nothing more.
//
// An app with pages of its own gives functions that return them: see OAuthPages.
//
// Needs OpenSSL.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/flow/install/html.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/detail/digest.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Offers the installation.
struct InstallPage {
  std::string app_name{};       ///< may be empty
  std::string authorize_url{};  ///< where the button leads: Slack's consent page
};

/// Says that the app is installed.
struct SuccessPage {
  std::string app_name{};     ///< may be empty
  std::string tenant_name{};  ///< the workspace's or organisation's; may be empty
  bool is_enterprise_install = false;
  std::string app_url{};      ///< opens the app in Slack's own program; slack://open at the least
  std::string browser_url{};  ///< opens Slack in the browser: for an organisation, where its admin picks workspaces

  /// What the app asked for and was not granted; empty where it has everything.
  InstallationScopes missing_scopes{};
};

/// Says that the app is not installed.
struct FailurePage {
  std::string app_name{};      ///< may be empty
  std::string reason{};        ///< as in the table of docs/oauth-flow.md; "access_denied" where the person cancelled
  std::string install_path{};  ///< where to try again, as the browser sees it
  int status = 400;
};

/// Returns an HTML page with the headers that all pages of the flow have: no cache keeps it, no other site frames it or
/// learns its address, and the browser loads only what `content_security_policy` allows.
[[nodiscard]] inline HttpResponse html_response(int status, std::string html, std::string content_security_policy) {
  return {.status = status,
          .headers = {{"Content-Type", "text/html; charset=utf-8"},
                      {"Content-Security-Policy", std::move(content_security_policy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-store"}},
          .body = std::move(html)};
}

namespace detail {

// Colours: every text has a contrast of at least 4.5:1 with what is behind it (WCAG 2.2, 1.4.3), in both schemes.
inline constexpr std::string_view page_style =
    ":root{color-scheme:light dark;--back:#f4f2f5;--card:#fff;--text:#1d1c1d;--soft:#5b595c;--line:#dcd8de;"
    "--act:#611f69;--on:#fff;--mark:#611f69}"
    "@media(prefers-color-scheme:dark){:root{--back:#17161a;--card:#222026;--text:#f2f0f4;--soft:#b8b3bd;"
    "--line:#3b3840;--act:#e3c4e8;--on:#2b1030;--mark:#e3c4e8}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);"
    "color:var(--text);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "main{width:100%;max-width:30rem;padding:2rem 1.5rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.75rem;overflow-wrap:anywhere}"
    "svg{display:block;width:2.5rem;height:2.5rem;color:var(--mark)}"
    "h1{margin:1rem 0 .5rem;font-size:1.5rem;line-height:1.25}"
    "h2{margin:1.5rem 0 .5rem;font-size:1rem}"
    "p,ul{margin:0 0 1rem}"
    ".soft{margin:0;color:var(--soft);font-size:.875rem}"
    ".links{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}"
    "a{color:var(--mark)}"
    ".button{display:grid;place-items:center;flex:1 1 11rem;min-height:2.75rem;padding:.625rem 1rem;"
    "border:2px solid "
    "var(--act);border-radius:.5rem;font-weight:600;text-align:center;text-decoration:none;color:var(--act)}"
    ".main{background:var(--act);color:var(--on)}"
    ".button:hover{text-decoration:underline}"
    ":focus-visible{outline:3px solid var(--mark);outline-offset:3px}";

[[nodiscard]] inline const std::string& page_policy() {
  static const std::string policy = "default-src 'none'; style-src 'sha256-" + base64_encode(sha256(page_style)) +
                                    "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return policy;
}

inline constexpr std::string_view plus_sign = "<path d=\"M12 8v8M8 12h8\"/>";
inline constexpr std::string_view check_mark = "<path d=\"m8 12.5 2.7 2.7L16 9.5\"/>";
inline constexpr std::string_view exclamation_mark = "<path d=\"M12 7.5v5.5M12 16.4v.1\"/>";

/// `title` is text, `body` is HTML.
[[nodiscard]] inline HttpResponse page(int status, std::string_view title, std::string_view sign,
                                       std::string_view body) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"robots\" content=\"noindex\">\n<title>";
  const std::string escaped_title = escape_html(title);
  html += escaped_title;
  html += "</title>\n<style>";
  html += page_style;
  html +=
      "</style>\n</head>\n<body>\n<main>\n<svg viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\">"
      "<circle cx=\"12\" cy=\"12\" r=\"10\"/>";
  html += sign;
  html += "</svg>\n<h1>";
  html += escaped_title;
  html += "</h1>\n";
  html += body;
  html += "</main>\n</body>\n</html>\n";
  return html_response(status, std::move(html), page_policy());
}

[[nodiscard]] inline std::string link(std::string_view url, std::string_view label, bool is_main) {
  return std::string(is_main ? "<a class=\"button main\" href=\"" : "<a class=\"button\" href=\"") + escape_html(url) +
         "\">" + escape_html(label) + "</a>\n";
}

/// A name that somebody chose, which must not change the direction of the text around it:
/// https://www.w3.org/International/articles/inline-bidi-markup
[[nodiscard]] inline std::string shown_name_of(std::string_view name, std::string_view otherwise) {
  return name.empty() ? escape_html(otherwise) : "<bdi>" + escape_html(name) + "</bdi>";
}

struct FailureText {
  std::string_view title;
  std::string_view text;
};

[[nodiscard]] inline FailureText text_of_failure(std::string_view reason) {
  if (reason == "access_denied") return {"Installation cancelled", "Nothing was installed, and nothing has changed."};
  if (reason == "invalid_browser" || reason == "invalid_state" || reason == "missing_code" ||
      reason == "invalid_code") {
    return {"This installation cannot go on",
            "It was begun in another browser, took too long, or was finished before. Please start again."};
  }
  if (reason == "page_expired") {
    return {"This page has expired",
            "What you installed stays installed: you find it in Slack. If you did not, you can start here."};
  }
  if (reason == "missing_scopes") {
    return {"More permissions are needed",
            "The app cannot work without a permission that was not granted. Please start again, and allow it."};
  }
  if (reason == "slack_unavailable") {
    return {"Slack cannot be reached", "Nothing is wrong on your side. Please try again in a few minutes."};
  }
  if (reason == "storage_error" || reason == "hook_error") {
    return {"The installation was not completed",
            "Something went wrong on our side. You can start again, now or in a few minutes."};
  }
  return {"The installation was not completed", "Please try again, or ask whoever runs the app."};
}

/// Names what was not granted; empty where nothing is missing.
[[nodiscard]] inline std::string text_of_missing(const InstallationScopes& missing) {
  if (missing.empty()) return {};
  std::vector<std::string> names = missing.bot_scopes;
  for (const auto& scope : missing.user_scopes) {
    if (std::find(names.begin(), names.end(), scope) == names.end()) names.push_back(scope);
  }
  std::string text = "<p>Not everything that it asks for was allowed, so some of it may not work:</p>\n<ul>\n";
  for (const auto& name : names) text += "<li><code>" + escape_html(name) + "</code></li>\n";
  return text + "</ul>\n<p>To allow it later, install the app again.</p>\n";
}

}  // namespace detail

/// Makes the page that ships, for an app that wants it beside pages of its own.
[[nodiscard]] inline HttpResponse default_install_page(const InstallPage& page) {
  const std::string title = page.app_name.empty() ? "Add the app to Slack" : "Add " + page.app_name + " to Slack";
  return detail::page(200, title, detail::plus_sign,
                      "<p>Slack will show you what " + detail::shown_name_of(page.app_name, "this app") +
                          " asks for, and lets you choose the workspace.</p>\n<div class=\"links\">\n" +
                          detail::link(page.authorize_url, "Add to Slack", true) +
                          "</div>\n<p class=\"soft\">You can remove it at any time in Slack.</p>\n");
}

/// Makes the page that ships, for an app that wants it beside pages of its own.
[[nodiscard]] inline HttpResponse default_success_page(const SuccessPage& page) {
  std::string body = "<p>" + detail::shown_name_of(page.app_name, "The app") + " is ready";
  if (!page.tenant_name.empty()) body += " in " + detail::shown_name_of(page.tenant_name, "");
  body +=
      ".</p>\n" + detail::text_of_missing(page.missing_scopes) + "<div class=\"links\">\n" +
      detail::link(page.app_url, "Open Slack", true) +
      detail::link(page.browser_url, page.is_enterprise_install ? "Choose its workspaces" : "Open in browser", false) +
      "</div>\n<p class=\"soft\">You may close this page.</p>\n";
  return detail::page(200, "Thank you!", detail::check_mark, body);
}

/// Makes the page that ships, for an app that wants it beside pages of its own.
[[nodiscard]] inline HttpResponse default_failure_page(const FailurePage& page) {
  const detail::FailureText failure = detail::text_of_failure(page.reason);
  return detail::page(page.status, failure.title, detail::exclamation_mark,
                      "<p>" + escape_html(failure.text) + "</p>\n<div class=\"links\">\n" +
                          detail::link(page.install_path, "Start again", true) +
                          "</div>\n<p class=\"soft\">Reason: <code>" + escape_html(page.reason) + "</code></p>\n");
}

/// Makes a page of the app's own that looks like those that ship. `title` is text. `body` is HTML, as short as
/// "<p>…</p><div class="links"><a class="button main" href="…">…</a></div><p class="soft">…</p>". Escape the values in
/// it.
[[nodiscard]] inline HttpResponse message_page(int status, std::string_view title, std::string_view body) {
  return detail::page(status, title, status < 400 ? detail::plus_sign : detail::exclamation_mark, body);
}

/// Pages of the app's own. Each function may return any answer; the flow keeps all of it, and adds its cookie.
/// html_response() makes one with the headers of those that ship. The flow does not escape values: see escape_html().
/// Without a function, and where a function throws, the flow shows the page that ships.
struct OAuthPages {
  std::function<HttpResponse(const InstallPage&)> install{};
  std::function<HttpResponse(const SuccessPage&)> success{};
  std::function<HttpResponse(const FailurePage&)> failure{};
};

}  // namespace slack::oauth::inline v0
