// A desktop app that acts as its user in Slack. It has no client secret: it proves itself by PKCE, Slack sends the
// browser back to localhost, and the tokens are in a SQLite file that only its owner can read. docs/desktop-app.md
#include <httplib.h>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/httplib.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using slack::oauth::Installation;

constexpr std::string_view usage =
    "Usage: desktop_app\n"
    "\n"
    "Signs its user in to Slack, once, and says who that is. Settings come from the environment:\n"
    "  SLACK_CLIENT_ID        required: from the app's page at Slack, where PKCE is switched on\n"
    "  SLACK_USER_SCOPES      what the app asks for; by default users:read\n"
    "  DESKTOP_APP_DATABASE   a SQLite file; by default desktop_app.db\n"
    "  PORT                   where Slack sends the browser back to; by default 3000, of 0 any that is free\n"
    "  SLACK_API_URL, SLACK_AUTHORIZE_URL    a stand-in for Slack\n";

std::string environment(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::move(otherwise) : value;
}

// [settings]
slack::oauth::OAuthSettings make_settings(int port) {
  slack::oauth::OAuthSettings settings;
  settings.client_id = environment("SLACK_CLIENT_ID", "");
  settings.user_scopes = slack::oauth::split_scopes(environment("SLACK_USER_SCOPES", "users:read"));
  settings.redirect_uri = "http://localhost:" + std::to_string(port) + settings.redirect_uri_path;
  settings.pkce_enabled = true;
  settings.install_page_rendering_enabled = false;  // the browser goes to Slack at once
  settings.authorization_url = environment("SLACK_AUTHORIZE_URL", settings.authorization_url);
  return settings;
}
// [settings]

int port_from_environment() {
  int port = 0;
  const std::string text = environment("PORT", "3000");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number) throw slack::oauth::InvalidArgumentError("PORT", "must be a number");
  return port;
}

class DesktopApp {
 public:
  DesktopApp()
      : client_id_(environment("SLACK_CLIENT_ID", "")),
        stores_(slack::oauth::sqlite3_stores(
            {.database = environment("DESKTOP_APP_DATABASE", "desktop_app.db"), .client_id = client_id_})),
        slack_(slack::oauth::CurlTransport(), {.base_url = environment("SLACK_API_URL", "https://slack.com/api/")}),
        rotator_(slack_, {.client_id = client_id_}) {}

  /// The user's installation, with a token that works. Asks the user where there is none.
  Installation sign_in() {
    if (auto kept = find_kept()) return *std::move(kept);
    ask_for_consent();
    auto installed = find_kept();
    if (!installed) throw std::runtime_error("the installation is gone");
    return *std::move(installed);
  }

  std::string describe(const Installation& installation) {
    const nlohmann::json who = slack_.auth_test(installation.user_token.value());
    return who.at("user").get<std::string>() + " in " + who.at("team").get<std::string>();
  }

 private:
  // [kept]
  /// The one that was installed last. Where its refresh token has ended, it is as none: the user has to agree again.
  std::optional<Installation> find_kept() {
    std::optional<Installation> kept;
    stores_.installations->for_each_installation([&kept](const Installation& found) {
      if (!kept || kept->installed_at < found.installed_at) kept = found;
    });
    if (!kept || slack::oauth::TokenRotator::needs_installation(*kept)) return std::nullopt;
    try {
      return rotator_.rotate(*stores_.installations, *std::move(kept));
    } catch (const slack::oauth::TokenRotationError& error) {
      if (error.is_retryable()) throw;
      std::cerr << error.what() << "\n";
      return std::nullopt;
    }
  }
  // [kept]

  // [consent]
  /// Serves until the browser comes back from Slack with the user's consent.
  void ask_for_consent() {
    httplib::Server server;
    const int wanted = port_from_environment();
    const int port =
        wanted == 0 ? server.bind_to_any_port("127.0.0.1") : (server.bind_to_port("127.0.0.1", wanted) ? wanted : -1);
    if (port < 0) throw std::runtime_error("cannot listen on port " + std::to_string(wanted));

    bool is_installed = false;
    slack::oauth::OAuthHooks hooks;
    hooks.success = [&is_installed](const slack::oauth::InstallationSuccess& success) {
      success.response = slack::oauth::message_page(200, "Signed in", "<p>You can close this page.</p>\n");
      is_installed = true;
    };
    hooks.failure = [](const slack::oauth::InstallationFailure& failure) {
      std::cerr << "not signed in: " << failure.reason << "\n";
    };
    slack::oauth::OAuthFlow flow(stores_, slack_, make_settings(port), hooks);
    server.new_task_queue = [] { return new httplib::ThreadPool(1); };
    server.set_keep_alive_timeout(1);
    server.Get(".*", [&](const httplib::Request& request, httplib::Response& response) {
      const auto answer = flow.handle(slack::oauth::from_httplib(request));
      slack::oauth::to_httplib(answer.value_or(slack::oauth::HttpResponse{.status = 404}), response);
      if (is_installed) server.stop();  // once this answer is sent
    });
    std::cout << "Open http://localhost:" << port << flow.settings().install_path << "\n" << std::flush;
    if (!server.listen_after_bind() && !is_installed) throw std::runtime_error("cannot serve");
  }
  // [consent]

  std::string client_id_;
  slack::oauth::Stores stores_;
  slack::oauth::SlackClient slack_;
  slack::oauth::TokenRotator rotator_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"--help"}) {
      std::cout << usage;
      return EXIT_SUCCESS;
    }
    if (!arguments.empty()) throw slack::oauth::InvalidArgumentError(arguments[0], "is not an option");
    DesktopApp app;
    const Installation installation = app.sign_in();
    std::cout << "Signed in as " << app.describe(installation) << "\n";
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "desktop_app: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
