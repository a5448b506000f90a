// A whole Slack app for many workspaces, on cpp-httplib: it is installed from a page, answers when it is mentioned,
// keeps its tokens fresh, and forgets a workspace that uninstalls it. docs/slack-app.md walks through it.
#include <httplib.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/httplib.hpp>
#include <slack/oauth/web/signature.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "serve.hpp"

namespace {

using slack::oauth::Bot;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using UnsavedBotError = slack::oauth::UnsavedRotationError<Bot>;

constexpr std::string_view usage =
    "Usage: slack_app [--rotate-all]\n"
    "\n"
    "Serves a Slack app until SIGTERM or SIGINT. With --rotate-all it refreshes the tokens that are about to expire, "
    "of\n"
    "every workspace, and ends: for a job that runs once an hour. Settings come from the environment:\n"
    "  SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_SIGNING_SECRET, SLACK_SCOPES    required: from the app's page at "
    "Slack\n"
    "  SLACK_REDIRECT_URI     the public address of /slack/oauth_redirect\n"
    "  SLACK_APP_DATABASE     a SQLite file; by default slack_app.db\n"
    "  HOST, PORT             where it listens; by default 127.0.0.1 and 3000\n"
    "  SLACK_API_URL, SLACK_AUTHORIZE_URL    a stand-in for Slack\n";

// [settings]
struct Settings {
  slack::oauth::OAuthSettings oauth = slack::oauth::OAuthSettings::from_environment();
  slack::oauth::SlackClientOptions api{};
  std::string database = "slack_app.db";
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
  settings.oauth.logger = settings.api.logger =
      slack::oauth::Logger(slack::oauth::LogLevel::info, [](slack::oauth::LogLevel level, std::string_view line) {
        std::clog << std::string(to_string(level)) + ": " + std::string(line) + "\n";
      });
  settings.oauth.authorization_url = environment("SLACK_AUTHORIZE_URL", settings.oauth.authorization_url);
  settings.api.base_url = environment("SLACK_API_URL", settings.api.base_url);
  settings.database = environment("SLACK_APP_DATABASE", settings.database);
  settings.host = environment("HOST", settings.host);
  const std::string port = environment("PORT", std::to_string(settings.port));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), settings.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    throw slack::oauth::InvalidArgumentError("PORT", "must be a number");
  }
  return settings;
}
// [settings]

// [unsaved]
/// Bots with new tokens that the database did not take: Slack gives them once. They do not outlive the process; an app
/// whose disk may be full for long puts them elsewhere.
class UnsavedBots {
 public:
  void keep(const Bot& bot) {
    const std::lock_guard lock(mutex_);
    bots_.push_back(bot);
  }

  /// Before the next refresh. What was installed again meanwhile is newer, and stays.
  void save_to(slack::oauth::InstallationStore& store) {
    const std::lock_guard lock(mutex_);
    for (const Bot& bot : bots_) {
      const auto stored = store.find_bot({bot.enterprise_id, bot.team_id, bot.is_enterprise_install});
      if (stored && stored->installed_at == bot.installed_at) store.save_bot(bot);
    }
    bots_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<Bot> bots_;
};
// [unsaved]

// [app]
class SlackApp {
 public:
  explicit SlackApp(const Settings& settings)
      : logger_(settings.oauth.logger),
        verifier_(settings.oauth.signing_secret),
        client_(slack::oauth::CurlTransport(), settings.api),
        flow_(slack::oauth::sqlite3_stores({.database = settings.database,
                                            .client_id = settings.oauth.client_id,
                                            .state_expiration = settings.oauth.state_expiration,
                                            .logger = logger_}),
              client_, settings.oauth),
        rotator_(std::make_shared<slack::oauth::TokenRotator>(
            client_, slack::oauth::ClientCredentials{settings.oauth.client_id, settings.oauth.client_secret},
            slack::oauth::TokenRotatorOptions{.logger = logger_})),
        authorizer_(flow_.installation_store(), {.rotator = rotator_, .bot_only = true, .logger = logger_}) {}
  ~SlackApp() { work_.shutdown(); }  // ends what it has begun

  void serve_on(httplib::Server& server);
  void rotate_all();

 private:
  HttpResponse show_home();
  HttpResponse receive_event(const HttpRequest& request);
  void answer_mention(const nlohmann::json& payload);

  slack::oauth::Logger logger_;
  slack::oauth::SignatureVerifier verifier_;
  slack::oauth::SlackClient client_;
  slack::oauth::OAuthFlow flow_;
  std::shared_ptr<slack::oauth::TokenRotator> rotator_;
  slack::oauth::Authorizer authorizer_;
  UnsavedBots unsaved_;
  httplib::ThreadPool work_{2};
};
// [app]

// [events]
/// Slack waits three seconds for the answer, and sends the event again where it is an error:
/// https://docs.slack.dev/apis/events-api#responding
HttpResponse SlackApp::receive_event(const HttpRequest& request) {
  if (!verifier_.is_valid_request(request)) return {.status = 401};
  const nlohmann::json payload = slack::oauth::parse_json(request.body, "the event");
  if (payload.at("type") == "url_verification") return {.body = payload.at("challenge")};
  const auto outcome = slack::oauth::handle_revocation(flow_.installation_store(), payload);
  if (outcome.bot) logger_.info("a bot was removed");
  const auto event = payload.value("event", nlohmann::json::object());
  if (event.value("type", "") == "app_mention") work_.enqueue([this, payload] { answer_mention(payload); });
  return {.status = 200};
}

void SlackApp::answer_mention(const nlohmann::json& payload) {
  try {
    unsaved_.save_to(flow_.installation_store());
    const auto source = authorizer_.authorize(payload);
    if (!source || !source->bot_token) return logger_.warning("mentioned where the app is not installed");
    const nlohmann::json& event = payload.at("event");
    client_.call("chat.postMessage", *source->bot_token,
                 {{"channel", event.at("channel")},
                  {"text", "Hello <@" + event.at("user").get<std::string>() + ">, what shall I melt?"}});
  } catch (const UnsavedBotError& error) {
    unsaved_.keep(error.record());
    logger_.error("a mention was not answered, and new tokens are kept in memory: " + std::string(error.what()));
  } catch (const std::exception& error) {
    logger_.error("a mention was not answered: " + std::string(error.what()));
  }
}
// [events]

// [home]
constexpr std::string_view style = R"(body { max-width: 40rem; margin: 0 auto; padding: 1rem 1.5rem; color: #1d1c1d;
  background: #fff; font: 1rem/1.5 system-ui, sans-serif; }
.button { display: inline-block; padding: 0.625rem 1.25rem; border-radius: 0.5rem; background: #611f69; color: #fff;
  font-weight: 600; text-decoration: none; }
:focus-visible { outline: 3px solid #1264a3; outline-offset: 3px; }
li { overflow-wrap: anywhere; }
)";

/// In an app that is not an example, the list is behind a login.
HttpResponse SlackApp::show_home() {
  std::string items;
  flow_.installation_store().for_each_bot([&items](const slack::oauth::Bot& bot) {
    const auto& name = bot.is_enterprise_install ? bot.enterprise_name : bot.team_name;
    items += "<li>" + slack::oauth::escape_html(name.value_or("(unnamed)")) + "</li>\n";
  });
  const std::string list = items.empty() ? "<p>Nowhere yet.</p>\n" : "<ul>\n" + items + "</ul>\n";
  return slack::oauth::html_response(
      200,
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Smelter</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n<h1>Smelter</h1>\n"
      "<p>Mention it in Slack, and it asks what to melt.</p>\n"
      "<p><a class=\"button\" href=\"" +
          slack::oauth::escape_html(flow_.settings().public_install_path()) +
          "\">Add to Slack</a></p>\n<h2>Where it is installed</h2>\n" + list + "</main>\n</body>\n</html>\n",
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}
// [home]

// [server]
void SlackApp::serve_on(httplib::Server& server) {
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  const auto with = [this](Handler handler) {
    return [this, handler = std::move(handler)](const httplib::Request& request, httplib::Response& response) {
      try {
        slack::oauth::to_httplib(handler(slack::oauth::from_httplib(request)), response);
      } catch (const std::exception& error) {
        logger_.error(request.path + ": " + error.what());
        response.status = 500;
      }
    };
  };
  server.Get(flow_.settings().install_path, with([this](const auto& it) { return flow_.handle_installation(it); }));
  server.Get(flow_.settings().redirect_uri_path, with([this](const auto& it) { return flow_.handle_callback(it); }));
  server.Post("/slack/events", with([this](const auto& it) { return receive_event(it); }));
  server.Get("/", with([this](const auto&) { return show_home(); }));
  server.Get("/style.css", with([](const auto&) -> HttpResponse {
               return {.headers = {{"Content-Type", "text/css"}}, .body = std::string(style)};
             }));
  server.set_payload_max_length(std::size_t{1} << 20U);
  server.set_keep_alive_timeout(2);
}
// [server]

// [rotate_all]
void SlackApp::rotate_all() {
  auto& store = flow_.installation_store();
  const auto report = rotator_->rotate_all(store, std::chrono::hours(2), [this](const auto& failure) {
    std::cerr << "slack_app: " << failure.message << "\n";
    try {
      std::rethrow_exception(failure.error);
    } catch (const UnsavedBotError& error) {
      unsaved_.keep(error.record());
    } catch (const std::exception&) {  // has no tokens
    }
  });
  std::cout << "refreshed: " << report.bots + report.users << ", failed: " << report.failed << "\n";
  unsaved_.save_to(store);  // the last chance
  if (!report.passed()) throw std::runtime_error("could not refresh all tokens");
}
// [rotate_all]

void run(const std::vector<std::string>& arguments) {
  const bool is_rotation = arguments == std::vector<std::string>{"--rotate-all"};
  if (!arguments.empty() && !is_rotation) throw slack::oauth::InvalidArgumentError(arguments[0], "is not an option");
  const Settings settings = settings_from_environment();
  SlackApp app(settings);
  if (is_rotation) return app.rotate_all();
  httplib::Server server;
  app.serve_on(server);
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
