#include <httplib.h>

#include <cstdlib>
#include <iostream>
#include <slack/oauth/app.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web/curl.hpp>
#include <slack/oauth/web/httplib.hpp>

int main() {
  using namespace slack::oauth;
  const auto settings = OAuthSettings::from_environment();
  App app(sqlite3_stores({.database = "app.db", .client_id = settings.client_id}), SlackClient(CurlTransport()),
          settings);
  httplib::Server server;
  httplib::ThreadPool work(4);
  const auto serve = [&](const httplib::Request& request, httplib::Response& response) {
    const Received received = app.receive(from_httplib(request));
    to_httplib(received.response.value_or(HttpResponse{}), response);
    if (received.payload.value("/event/type"_json_pointer, "") != "app_mention") return;
    work.enqueue([&app, event = received.payload] {  // once Slack has its answer
      try {
        const HttpParameters hello{{"channel", event.at("event").at("channel")}, {"text", "Hello!"}};
        const auto tokens = app.authorize(event);
        if (tokens && tokens->bot_token) app.client().call("chat.postMessage", *tokens->bot_token, hello);
      } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
      }
    });
  };
  const char* port = std::getenv("PORT");
  const bool has_served =
      server.Get(".*", serve).Post(".*", serve).listen("127.0.0.1", port == nullptr ? 3000 : std::stoi(port));
  work.shutdown();
  if (!has_served) std::cerr << "cannot listen on this port\n";
  return has_served ? 0 : 1;
}
