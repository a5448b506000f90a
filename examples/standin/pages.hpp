// The pages of the stand-in. Every value is escaped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/http.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace standin {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using slack::oauth::testing::ConsentRequest;
using slack::oauth::testing::FakeSlack;
using slack::oauth::testing::SlackWorkspace;

inline std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

inline std::string page(const std::string& title, const std::string& body) {
  return R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>)" +
         escape(title) +
         R"(</title>
<style>
body { margin: 0; background: #f8f8f8; color: #1d1c1d; font: 1rem/1.5 system-ui, sans-serif; }
header { padding: 0.75rem 1.5rem; background: #4a154b; color: #fff; }
main { max-width: 40rem; margin: 1.5rem auto; padding: 0.5rem 1.5rem 1.5rem; background: #fff;
  border: 1px solid #ddd; border-radius: 0.5rem; }
@media (max-width: 43rem) { main { margin: 0; border-width: 0 0 1px; border-radius: 0; } }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.125rem; margin-top: 2rem; }
li { overflow-wrap: anywhere; }
select, button, .button { font: inherit; padding: 0.5rem 1rem; border: 1px solid #868686; border-radius: 0.25rem;
  background: #fff; color: inherit; text-decoration: none; cursor: pointer; }
select { width: 100%; box-sizing: border-box; }
button.primary, .button.primary { background: #007a5a; border-color: #007a5a; color: #fff; font-weight: 600; }
:focus-visible { outline: 3px solid #1264a3; outline-offset: 2px; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; }
.workspace { padding: 0.75rem 0; border-top: 1px solid #ddd; }
.workspace h3 { margin: 0; font-size: 1rem; }
</style>
</head>
<body>
<header>A stand-in for Slack, on this machine alone</header>
<main>
<h1>)" + escape(title) +
         "</h1>\n" + body + "</main>\n</body>\n</html>\n";
}

inline std::string hidden_field(std::string_view name, std::string_view value) {
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + escape(value) + "\">\n";
}

inline std::string scope_list(const std::string& title, const std::string& scopes) {
  if (scopes.empty()) return {};
  std::string list = "<h2>" + title + "</h2>\n<ul>\n";
  for (std::size_t at = 0; at <= scopes.size();) {
    const std::size_t end = std::min(scopes.find(',', at), scopes.size());
    list += "<li><code>" + escape(std::string_view(scopes).substr(at, end - at)) + "</code></li>\n";
    at = end + 1;
  }
  return list + "</ul>\n";
}

/// `action` is where the form goes: the address of the page itself, which says what the app asks for.
inline std::string consent_page(const std::string& action, const ConsentRequest& request,
                                const std::vector<SlackWorkspace>& workspaces) {
  std::string options;
  for (const SlackWorkspace& workspace : workspaces) {
    options += "<option value=\"" + escape(workspace.id()) + "\">" + escape(workspace.name()) +
               (workspace.is_enterprise_install ? " (organisation)" : "") + "</option>\n";
  }
  return page("The app asks for permission",
              "<p>It would be installed in a workspace that you choose.</p>\n"
              "<form method=\"post\" action=\"" +
                  escape(action) +
                  "\">\n"
                  "<p><label for=\"workspace\">Workspace</label></p>\n"
                  "<select id=\"workspace\" name=\"workspace\">\n" +
                  options + "</select>\n" + scope_list("What the app may do", request.bot_scopes) +
                  scope_list("What the app may do as you", request.user_scopes) +
                  "<p class=\"buttons\">\n"
                  "<button name=\"decision\" value=\"allow\" class=\"primary\">Allow</button>\n"
                  "<button name=\"decision\" value=\"cancel\">Cancel</button>\n"
                  "</p>\n</form>\n");
}

inline std::string workspace_section(const SlackWorkspace& workspace) {
  const auto button = [&](const char* action, const char* text) {
    return "<button name=\"action\" value=\"" + std::string(action) + "\">" + text + "</button>\n";
  };
  return "<form class=\"workspace\" method=\"post\" action=\"/standin/act\">\n<h3>" + escape(workspace.name()) +
         "</h3>\n" + hidden_field("workspace", workspace.id()) + "<p class=\"buttons\">\n" +
         button("mention", "Mention the bot") + button("revoke", "Revoke its token") +
         button("uninstall", "Uninstall") + "</p>\n</form>\n";
}

inline std::string home_page(const FakeSlack& slack) {
  const auto workspaces = slack.installed();
  const auto messages = slack.messages();
  const auto deliveries = slack.deliveries();
  const auto& app = slack.options();
  std::string body;
  if (!app.app_url.empty()) {
    body += "<p class=\"buttons\"><a class=\"button primary\" href=\"" + escape(app.app_url + app.install_path) +
            "\">Install the app</a></p>\n";
  }
  body += "<h2>Where the app is installed</h2>\n";
  if (workspaces.empty()) body += "<p>Nowhere yet.</p>\n";
  for (const SlackWorkspace& workspace : workspaces) body += workspace_section(workspace);
  body += "<h2>What the app posted</h2>\n";
  body += messages.empty() ? "<p>Nothing yet.</p>\n" : "<ul id=\"messages\">\n";
  for (const auto& message : messages) {
    body += "<li>" + escape(message.workspace_id) + ", " + escape(message.channel) + ": " + escape(message.text) +
            "</li>\n";
  }
  if (!messages.empty()) body += "</ul>\n";
  body += "<h2>Events sent to the app</h2>\n";
  body += deliveries.empty() ? "<p>None yet.</p>\n" : "<ul id=\"deliveries\">\n";
  for (const auto& delivery : deliveries) {
    body += "<li>" + escape(delivery.type) + (delivery.workspace_id.empty() ? "" : " from ") +
            escape(delivery.workspace_id) + ": " +
            (delivery.status == 0 ? "no answer" : "HTTP " + std::to_string(delivery.status)) + "</li>\n";
  }
  if (!deliveries.empty()) body += "</ul>\n";
  return page("Slack, standing in", body);
}

}  // namespace standin
