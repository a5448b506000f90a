// The app of the examples about testing: it greets whoever mentions it.
#pragma once

#include <nlohmann/json.hpp>
#include <slack/oauth/app.hpp>

namespace examples {

// [serve]
inline slack::oauth::HttpResponse serve(slack::oauth::App& app, const slack::oauth::HttpRequest& request) {
  const slack::oauth::Received received = app.receive(request);
  if (received.response) return *received.response;
  if (received.payload.value("/event/type"_json_pointer, "") == "app_mention") {
    const auto tokens = app.authorize(received.payload);
    if (tokens && tokens->bot_token) {
      app.client().call("chat.postMessage", *tokens->bot_token,
                        {{"channel", received.payload.at("event").at("channel")}, {"text", "Hello!"}});
    }
  }
  return {.status = 200};
}
// [serve]

}  // namespace examples
