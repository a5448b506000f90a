// A whole Slack app for many workspaces, on cpp-httplib: it is installed from a page, answers when it is mentioned,
// keeps its tokens fresh, and forgets a workspace that uninstalls it. docs/slack-app.md walks through it.
#include <httplib.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/app.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/httplib.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "app_stores.hpp"
#include "serve.hpp"

namespace {

using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;

constexpr std::string_view usage =
    "Usage: slack_app [--rotate-all | --reencrypt-all]\n"
    "\n"
    "Serves a Slack app until SIGTERM or SIGINT. With --rotate-all it refreshes the tokens that are about to expire, "
    "of\n"
    "every workspace, and ends: for a job that runs once an hour. With --reencrypt-all it seals all tokens anew with\n"
    "SLACK_APP_KEY, says what is sealed with which key, and ends. Settings come from the environment:\n"
    "  SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, SLACK_SCOPES    required: from the app's page at "
    "Slack\n"
    "  SLACK_REDIRECT_URI     the public address of /slack/oauth_redirect\n"
    "  DATABASE_URL           a PostgreSQL database, as libpq takes it: postgresql://...; without it, SQLite\n"
    "  SLACK_APP_DATABASE     a SQLite file, where there is no DATABASE_URL; by default slack_app.db\n"
    "  SLACK_APP_KEY          seals tokens at rest: an id and 32 bytes, as in \"2026-11:$(openssl rand -base64 32)\"\n"
    "  SLACK_APP_OTHER_KEY    another key in the same form, which only opens\n"
    "  SLACK_APP_ONLY_OPEN    1: seals nothing yet, while processes without the key still run\n"
    "  SLACK_APP_REFUSE_PLAIN 1: a plain token in the database is an error\n"
    "  HOST, PORT             where it listens; by default 127.0.0.1 and 3000\n"
    "  SLACK_API_URL, SLACK_AUTHORIZE_URL    a stand-in for Slack\n";

// [settings]
struct Settings {
  slack::oauth::OAuthSettings oauth = slack::oauth::OAuthSettings::from_environment();
  slack::oauth::SlackClientOptions api{};
  std::string database_url;
  std::string database_file = "slack_app.db";
  std::string host = "127.0.0.1";
  int port = 3000;
};

std::string environment(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::move(otherwise) : value;
}

Settings settings_from_environment() {
  Settings settings;
  settings.oauth.app_name = "Smelter";
  settings.oauth.logger = settings.api.logger = slack::oauth::stderr_logger(slack::oauth::LogLevel::info);
  settings.oauth.authorization_url = environment("SLACK_AUTHORIZE_URL", settings.oauth.authorization_url);
  settings.api.base_url = environment("SLACK_API_URL", settings.api.base_url);
  settings.database_url = environment("DATABASE_URL", "");
  settings.database_file = environment("SLACK_APP_DATABASE", settings.database_file);
  settings.host = environment("HOST", settings.host);
  const std::string port = environment("PORT", std::to_string(settings.port));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), settings.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    throw slack::oauth::InvalidArgumentError("PORT", "must be a number");
  }
  return settings;
}

slack::oauth::Stores stores_of(const Settings& settings) {
  return examples::open_stores(settings.database_url, settings.database_file, settings.oauth);
}
// [settings]

// [app]
class SlackApp {
 public:
  explicit SlackApp(const Settings& settings)
      : app_(examples::sealed(stores_of(settings), settings.oauth),
             slack::oauth::SlackClient(slack::oauth::CurlTransport(), settings.api), settings.oauth,
             {.authorizer = {.bot_only = true}}) {}
  ~SlackApp() { work_.shutdown(); }  // ends what it has begun

  HttpResponse serve(const HttpRequest& request);
  void rotate_all();

 private:
  HttpResponse show_home() const;
  void answer_mention(const slack::oauth::Received& received, int attempts_left);

  const slack::oauth::Logger& logger() const { return app_.settings().logger; }

  slack::oauth::App app_;
  httplib::ThreadPool work_{2};
};
// [app]

// [serve]
HttpResponse SlackApp::serve(const HttpRequest& request) {
  if (request.method == "GET" && slack::oauth::path_of(request.url) == "/") return show_home();
  const slack::oauth::Received received = app_.receive(request);
  if (received.response) return *received.response;
  // Only what the app is there for: one that answered messages would answer itself.
  if (received.payload.value("/event/type"_json_pointer, "") == "app_mention") {
    work_.enqueue([this, received] { answer_mention(received, 3); });
  }
  return {.status = 200};  // before the work: Slack waits three seconds
}

void SlackApp::answer_mention(const slack::oauth::Received& received, int attempts_left) {
  try {
    const auto tokens = app_.authorize(received.payload);
    if (!tokens || !tokens->bot_token) return logger().warning("mentioned where the app is not installed");
    const nlohmann::json& event = received.payload.at("event");
    app_.client().call("chat.postMessage", *tokens->bot_token,
                       {{"channel", event.at("channel")},
                        {"text", "Hello <@" + event.at("user").get<std::string>() + ">, what shall I melt?"}});
    received.claim.mark_done();  // from now on, it is not handled again
  } catch (const slack::oauth::TokenRotationError& error) {
    if (!error.is_retryable() || attempts_left == 1) {
      return logger().error("a mention was not answered: " + std::string(error.what()));
    }
    // Behind the others, since its token takes a while.
    work_.enqueue([this, received, attempts_left] { answer_mention(received, attempts_left - 1); });
  } catch (const std::exception& error) {
    logger().error("a mention was not answered: " + std::string(error.what()));
  }
}
// [serve]

// [home]
/// In an app that is not an example, the list is behind a login.
HttpResponse SlackApp::show_home() const {
  std::string items;
  app_.stores().installations->for_each_bot([&items](const slack::oauth::Bot& bot) {
    const auto& name = bot.is_enterprise_install ? bot.enterprise_name : bot.team_name;
    items += "<li><bdi>" + slack::oauth::escape_html(name.value_or("(unnamed)")) + "</bdi></li>\n";
  });
  const std::string list = items.empty() ? "<p>Nowhere yet.</p>\n" : "<ul>\n" + items + "</ul>\n";
  return slack::oauth::message_page(200, "Smelter",
                                    "<p>Mention it in Slack, and it asks what to melt.</p>\n"
                                    "<div class=\"links\">\n<a class=\"button main\" href=\"" +
                                        slack::oauth::escape_html(app_.settings().public_install_path()) +
                                        "\">Add to Slack</a>\n</div>\n<h2>Where it is installed</h2>\n" + list);
}
// [home]

// [server]
void serve_on(httplib::Server& server, SlackApp& app) {
  const auto serve = [&app](const httplib::Request& request, httplib::Response& response) {
    try {
      slack::oauth::to_httplib(app.serve(slack::oauth::from_httplib(request)), response);
    } catch (const std::exception& error) {  // the database's
      std::cerr << "slack_app: " << request.path << ": " << error.what() << "\n";
      response.status = 500;
    }
  };
  server.Get(".*", serve).Post(".*", serve);
  server.set_payload_max_length(std::size_t{1} << 20U);
  server.set_keep_alive_timeout(2);
}
// [server]

// [rotate_all]
void SlackApp::rotate_all() {
  const auto report = app_.rotate_all();
  for (const auto& failure : report.failures) std::cerr << "slack_app: " << failure.message << "\n";
  std::cout << "refreshed: " << report.bots + report.users << ", failed: " << report.failed << "\n";
  if (!report.passed()) throw std::runtime_error("could not refresh all tokens");
}
// [rotate_all]

void run(const std::vector<std::string>& arguments) {
  const bool is_rotation = arguments == std::vector<std::string>{"--rotate-all"};
  const bool is_reencryption = arguments == std::vector<std::string>{"--reencrypt-all"};
  if (!arguments.empty() && !is_rotation && !is_reencryption) {
    throw slack::oauth::InvalidArgumentError(arguments[0], "is not an option");
  }
  const Settings settings = settings_from_environment();
  if (is_reencryption) return examples::reencrypt_all(stores_of(settings), settings.oauth);
  SlackApp app(settings);
  if (is_rotation) return app.rotate_all();
  httplib::Server server;
  serve_on(server, app);
  examples::serve_until_stopped(server, settings.host, settings.port, [](int port) {
    std::cout << "Open http://localhost:" << port << "\n" << std::flush;
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"--help"}) {
      std::cout << usage;
    } else {
      run(arguments);
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "slack_app: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
