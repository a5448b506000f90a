// What tests of the flow share: a Slack that answers as it is told, a browser that keeps cookies, and a log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/testing/fake_slack/browser.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <slack/oauth/web/slack_client.hpp>
#include <slack/oauth/web/transport.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/json_answer.hpp"
#include "support/test_data.hpp"

namespace test {

/// Answers the exchange and auth.test; each may be replaced. Any thread may send.
class ScriptedSlack {
 public:
  std::function<slack::oauth::HttpResponse(const slack::oauth::HttpRequest&)> on_exchange =
      [](const slack::oauth::HttpRequest&) {
        return json_answer(read_json("payloads/oauth.v2.access.bot_and_user.json"));
      };
  std::function<slack::oauth::HttpResponse(const slack::oauth::HttpRequest&)> on_auth_test =
      [](const slack::oauth::HttpRequest&) { return json_answer(read_json("payloads/auth.test.bot.json")); };

  /// Borrows this.
  slack::oauth::SlackClient client() {
    return slack::oauth::SlackClient(
        [this](const slack::oauth::HttpRequest& request) { return send(request); },
        {.longest_rate_limit_wait = std::chrono::seconds{0}, .sleep = [](std::chrono::milliseconds) {}});
  }

  /// Those for `method`, such as "oauth.v2.access".
  std::vector<slack::oauth::HttpRequest> requests_for(std::string_view method) {
    const std::lock_guard lock(mutex_);
    std::vector<slack::oauth::HttpRequest> found;
    for (const auto& request : requests_) {
      if (request.url.ends_with(method)) found.push_back(request);
    }
    return found;
  }

  /// A parameter of the only exchange; empty where it has none of that name.
  std::string exchanged(std::string_view name) {
    const auto requests = requests_for("oauth.v2.access");
    if (requests.size() != 1) throw std::logic_error("expected one exchange");
    const auto parameters = slack::oauth::parse_parameters(requests.front().body);
    return std::string(slack::oauth::find_parameter(parameters.value(), name).value_or(""));
  }

 private:
  slack::oauth::HttpResponse send(const slack::oauth::HttpRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (request.url.ends_with("oauth.v2.access")) return on_exchange(request);
    if (request.url.ends_with("auth.test")) return on_auth_test(request);
    throw std::logic_error("an unexpected method: " + request.url);
  }

  std::mutex mutex_;
  std::vector<slack::oauth::HttpRequest> requests_;
};

/// All lines of a log, in one text.
class LogText {
 public:
  slack::oauth::Logger logger() {
    return slack::oauth::Logger(
        slack::oauth::LogLevel::debug, [text = text_](slack::oauth::LogLevel level, std::string_view line) {
          *text += std::string(slack::oauth::to_string(level)) + ": " + std::string(line) + "\n";
        });
  }
  [[nodiscard]] const std::string& text() const { return *text_; }

 private:
  std::shared_ptr<std::string> text_ = std::make_shared<std::string>();
};

inline std::string header_of(const slack::oauth::HttpResponse& response, std::string_view name) {
  return std::string(slack::oauth::find_header(response.headers, name).value_or(""));
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

using slack::oauth::testing::detail::target_of;

inline std::string parameter_of(std::string_view url, std::string_view name) {
  const auto parameters = slack::oauth::parse_parameters(slack::oauth::query_of(url));
  return std::string(slack::oauth::find_parameter(parameters.value(), name).value_or(""));
}

/// Keeps the cookies of one host, and sends them. It follows what leads to another query of the same path.
class Browser {
 public:
  template <class Flow>
  slack::oauth::HttpResponse get(Flow& flow, std::string url) {
    slack::oauth::HttpRequest request{.method = "GET", .url = std::move(url), .headers = headers()};
    auto response = flow.handle(request);
    if (!response) throw std::logic_error("no such path: " + request.url);
    cookies_.take(*response);
    const std::string target = header_of(*response, "Location");
    if (target.starts_with('?')) return get(flow, std::string(slack::oauth::path_of(request.url)) + target);
    return *std::move(response);
  }

  /// Asks for the install page; the state that it carries to Slack.
  template <class Flow>
  std::string begin(Flow& flow, const std::string& query = "") {
    return parameter_of(target_of(get(flow, "/slack/install" + query)), "state");
  }

  template <class Flow>
  slack::oauth::HttpResponse come_back(Flow& flow, const std::string& state, const std::string& code = "code-1") {
    return get(flow, "/slack/oauth_redirect?code=" + code + "&state=" + state);
  }

  [[nodiscard]] slack::oauth::HttpHeaders headers() const { return cookies_.headers(); }

  [[nodiscard]] bool has_state() const { return cookies().count("slack-app-oauth-state") != 0; }

  [[nodiscard]] const std::map<std::string, std::string>& cookies() const { return cookies_.cookies(); }

 private:
  slack::oauth::testing::detail::CookieJar cookies_;
};

inline slack::oauth::OAuthSettings sample_settings() {
  slack::oauth::OAuthSettings settings;
  settings.client_id = "111.222";
  settings.client_secret = "not-a-real-client-secret";
  settings.scopes = {"chat:write", "commands"};
  settings.user_scopes = {"search:read"};
  settings.redirect_uri = "https://app.example/slack/oauth_redirect";
  return settings;
}

}  // namespace test
