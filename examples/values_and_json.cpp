// Values: made with designated initializers, printed without secrets, written as JSON and read back.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth.hpp>
#include <string>

int main() {
  // [values]
  slack::oauth::Installation installation{.team_id = "T0FURNACE",
                                          .bot_token = "xoxb-not-a-real-token-1",
                                          .bot_scopes = {"chat:write", "commands"},
                                          .bot_token_expires_at = slack::oauth::expires_in(std::chrono::hours{12}),
                                          .user_id = "U0ADA"};
  installation.set_custom_value("tenant", "acme");
  std::cout << installation << "\n";  // {… bot_token: "xoxb-…en-1", …}
  // [values]

  // [json]
  const nlohmann::json json = installation;
  const auto again = json.get<slack::oauth::Installation>();
  // [json]

  // [custom]
  if (const auto tenant = again.get_custom_value("tenant")) std::cout << tenant->get<std::string>() << "\n";
  // [custom]

  // [malformed]
  try {
    const auto text = R"({"user_id": "U0ADA", "bot_scopes": 5})";
    const auto malformed = slack::oauth::parse_json(text).get<slack::oauth::Installation>();
    std::cout << malformed.user_id << "\n";
  } catch (const slack::oauth::InvalidDataError& error) {
    std::cout << error.subject() << ": " << error.what() << "\n";
  }
  // [malformed]

  return again == installation ? EXIT_SUCCESS : EXIT_FAILURE;
}
