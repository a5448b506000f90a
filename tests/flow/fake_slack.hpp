// Slack's auth.test and token refresh, as far as the tests of authorizing need them.
#pragma once

#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace test {

/// Answers auth.test as `answers` says, by token, and as a user's otherwise. Refreshes as `refreshed` says, by refresh
/// token. Threads: set it up first.
class FakeSlack {
 public:
  slack::oauth::HttpResponse send(const slack::oauth::HttpRequest& request) {
    if (request.url.ends_with("auth.test")) {
      ++auth_tests;
      const std::string_view header = slack::oauth::find_header(request.headers, "Authorization").value();
      const auto found = answers.find(std::string(header.substr(header.find(' ') + 1)));
      return answer(found == answers.end() ? nlohmann::json{{"ok", true}} : found->second);
    }
    ++refreshes;
    const auto parameters = slack::oauth::parse_parameters(request.body).value();
    const auto found = refreshed.find(std::string(slack::oauth::find_parameter(parameters, "refresh_token").value()));
    return answer(found == refreshed.end() ? nlohmann::json{{"ok", false}, {"error", "invalid_refresh_token"}}
                                           : found->second);
  }

  slack::oauth::SlackClient client() {
    return slack::oauth::SlackClient(
        slack::oauth::AnyHttpTransport([this](const slack::oauth::HttpRequest& request) { return send(request); }));
  }

  static nlohmann::json refusal(std::string_view code) { return {{"ok", false}, {"error", code}}; }

  std::map<std::string, nlohmann::json> answers{};
  std::map<std::string, nlohmann::json> refreshed{};
  std::atomic<int> auth_tests{0};
  std::atomic<int> refreshes{0};

 private:
  static slack::oauth::HttpResponse answer(const nlohmann::json& json) {
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = json.dump()};
  }
};

}  // namespace test
