#include <httplib.h>

#include <exception>
#include <iostream>
#include <slack/oauth/app/httplib.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web/curl.hpp>

int main() try {
  using namespace slack::oauth;
  auto settings = OAuthSettings::from_environment();
  settings.logger = stderr_logger(LogLevel::warning);
  App app(sqlite3_stores({.database = "app.db", .client_id = settings.client_id}), SlackClient(CurlTransport()),
          settings);
  httplib::Server server;
  HttplibApp serving(server, app, [&](const Received& received) {  // once Slack has its answer
    if (received.payload.value("/event/type"_json_pointer, "") != "app_mention") return;
    const HttpParameters hello{{"channel", received.payload.at("event").at("channel")}, {"text", "Hello!"}};
    const auto tokens = app.authorize(received.payload);
    if (tokens && tokens->bot_token) app.client().call("chat.postMessage", *tokens->bot_token, hello);
  });
  serving.listen("127.0.0.1", 3000);
} catch (const std::exception& error) {  // a setting is missing, or the database is away
  std::cerr << "my_app: " << error.what() << "\n";
  return 1;
}
