// FakeSlack with pages: for a browser, a person, and a test in another process.
//
// Threads: any thread may call any method at any time.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "pages.hpp"

namespace standin {

class SlackStandin {
 public:
  explicit SlackStandin(slack::oauth::testing::FakeSlack slack) : slack_(std::move(slack)) {}

  /// Throws HttpError where a fault loses the request or its answer.
  HttpResponse handle(const HttpRequest& request) {
    const std::string_view path = slack::oauth::path_of(request.url);
    if (path == "/") return html_answer(200, home_page(slack_));
    if (path == "/oauth/v2/authorize") return authorize(request);
    if (path == "/standin/act") return act(request);
    if (path == "/standin/records")
      return {.headers = {{"Content-Type", "application/json"}}, .body = records().dump()};
    if (path.starts_with("/api/")) return slack_.send(request);
    return html_answer(404, page("Not found", ""));
  }

 private:
  static HttpResponse html_answer(int status, std::string page) {
    return {.status = status, .headers = {{"Content-Type", "text/html; charset=utf-8"}}, .body = std::move(page)};
  }

  static HttpResponse redirect(int status, std::string to) {
    return {.status = status, .headers = {{"Location", std::move(to)}}};
  }

  /// Shows the consent page, whose form comes back to the same address with what was decided.
  HttpResponse authorize(const HttpRequest& request) {
    try {
      if (request.method != "POST") {
        return html_answer(200, consent_page(request.url, slack_.consent(request.url), slack_.options().workspaces));
      }
      if (given(request, "decision") != "allow") return redirect(302, slack_.deny(request.url));
      return redirect(302, slack_.allow(request.url, given(request, "workspace")));
    } catch (const slack::oauth::SlackApiError& error) {
      return html_answer(400, page("Something went wrong", "<p>" + escape(error.what()) + "</p>\n"));
    }
  }

  HttpResponse act(const HttpRequest& request) {
    const std::string workspace_id = given(request, "workspace");
    const std::string action = given(request, "action");
    try {
      if (action == "mention") slack_.mention(workspace_id, "hello");
      if (action == "revoke") slack_.revoke_bot(workspace_id);
      if (action == "uninstall") slack_.uninstall(workspace_id);
    } catch (const slack::oauth::SlackApiError& error) {
      return html_answer(400, page(error.what(), "<p><a href=\"/\">Back</a></p>\n"));
    }
    return redirect(303, "/");
  }

  /// What a test in another process asks for.
  nlohmann::json records() const {
    nlohmann::json records{{"messages", nlohmann::json::array()}, {"deliveries", nlohmann::json::array()}};
    for (const auto& message : slack_.messages()) {
      records["messages"].push_back(
          {{"workspace", message.workspace_id}, {"channel", message.channel}, {"text", message.text}});
    }
    for (const auto& delivery : slack_.deliveries()) {
      records["deliveries"].push_back(
          {{"workspace", delivery.workspace_id}, {"type", delivery.type}, {"status", delivery.status}});
    }
    records["refreshes"] = slack_.calls("oauth.v2.access refresh_token");
    records["workspaces"] = nlohmann::json::array();
    for (const auto& workspace : slack_.installed()) records["workspaces"].push_back(workspace.id());
    return records;
  }

  static std::string given(const HttpRequest& request, std::string_view name) {
    const auto form = slack::oauth::parse_parameters(request.body).value_or(slack::oauth::HttpParameters{});
    return std::string(slack::oauth::find_parameter(form, name).value_or(""));
  }

  slack::oauth::testing::FakeSlack slack_;
};

}  // namespace standin
