// The life of an installation in one page: saved when OAuth ends, found on every event, deleted when the app is
// uninstalled.
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

// [quickstart]
#include <slack/oauth.hpp>

slack::oauth::MemoryInstallationStore store;

void on_oauth_completed(const nlohmann::json& oauth_v2_access) {
  store.save(slack::oauth::installation_from_oauth_response(oauth_v2_access));
}

void on_event(const slack::oauth::BotQuery& authorization) {  // the enterprise_id and team_id that the event names
  if (const std::optional<slack::oauth::Bot> bot = store.find_bot(authorization)) {
    std::cout << *bot << "\n";  // bot->bot_token is what chat.postMessage wants; printing redacts it
  }
}

void on_app_uninstalled(const slack::oauth::WorkspaceRef& where) { store.delete_all(where); }
// [quickstart]

int main() {
  std::ifstream answer(SLACK_OAUTH_EXAMPLE_DATA "/oauth.v2.access.bot_and_user.json");
  on_oauth_completed(nlohmann::json::parse(answer));
  on_event({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  on_app_uninstalled({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  return store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ? 1 : 0;
}
