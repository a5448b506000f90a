// Reads settings as JSON objects, one a line, and prints the install URL of each: what compare.mjs sets beside that of
// @slack/oauth.
#include <iostream>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/install/authorize_url.hpp>
#include <string>
#include <vector>

int main() {
  using Scopes = std::vector<std::string>;
  for (std::string line; std::getline(std::cin, line);) {
    const auto settings = nlohmann::json::parse(line);
    const slack::oauth::AuthorizeUrlGenerator generator(
        {.client_id = settings.at("clientId").get<std::string>(),
         .scopes = settings.value("scopes", Scopes{}),
         .user_scopes = settings.value("userScopes", Scopes{}),
         .redirect_uri = settings.value("redirectUri", std::string()),
         .authorization_url = settings.value("authorizationUrl", std::string("https://slack.com/oauth/v2/authorize"))});
    const std::string state = settings.at("state");
    const std::string team = settings.value("teamId", std::string());
    std::cout << generator.generate({.state = state, .team = team}) << '\n';
  }
}
