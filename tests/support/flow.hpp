// What tests of the flow share: an app and its Slack, a browser that keeps cookies, and a log.
#pragma once

#include <map>
#include <memory>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/logger.hpp>
#include <slack/oauth/scopes.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace test {

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

/// The Slack that knows the app of sample_settings(), as tests/data/payloads have it: its tokens do not expire.
inline slack::oauth::testing::FakeSlackOptions sample_slack() {
  return {.app_id = "A0SMELTER",
          .token_rotation = false,
          .workspaces = {{.team_id = "T0FURNACE",
                          .team_name = "Furnace Works",
                          .enterprise_id = "E0KILN",
                          .enterprise_name = "Kiln Group"}}};
}

/// Slack answers so from now on, whenever it gets a request for the method.
inline void answer_always(slack::oauth::testing::FakeSlack& slack, std::string method,
                          slack::oauth::testing::FaultAnswer answer) {
  slack.add_fault(
      {.method = std::move(method), .times = slack::oauth::testing::FaultRule::always, .answer = std::move(answer)});
}

/// A parameter of the only exchange; empty where it has none of that name.
inline std::string exchanged(const slack::oauth::testing::FakeSlack& slack, std::string_view name) {
  const auto requests = slack.requests("oauth.v2.access");
  if (requests.size() != 1) throw std::logic_error("expected one exchange");
  return requests.front().parameter(name);
}

/// What Slack gives where a person agrees to what sample_settings() ask for.
inline std::string new_code(slack::oauth::testing::FakeSlack& slack) {
  const auto settings = sample_settings();
  const std::string query =
      slack::oauth::format_parameters({{"client_id", settings.client_id},
                                       {"scope", slack::oauth::join_scopes(settings.scopes)},
                                       {"user_scope", slack::oauth::join_scopes(settings.user_scopes)}});
  return parameter_of(slack.allow("/oauth/v2/authorize?" + query), "code");
}

/// A person agrees on the consent page, and the browser goes back.
template <class Flow>
slack::oauth::HttpResponse agree(slack::oauth::testing::FakeSlack& slack, Browser& browser, Flow& flow,
                                 const std::string& authorize_url) {
  return browser.get(flow, "/slack/oauth_redirect?" + std::string(slack::oauth::query_of(slack.allow(authorize_url))));
}

/// A person installs the app: the install page, the consent page, and back.
template <class Flow>
slack::oauth::HttpResponse install(slack::oauth::testing::FakeSlack& slack, Browser& browser, Flow& flow) {
  return agree(slack, browser, flow, target_of(browser.get(flow, "/slack/install")));
}

}  // namespace test
