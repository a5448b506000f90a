// The life of an installation in one page: saved when OAuth ends, found on every event, deleted when the app is
// uninstalled.
#include <fstream>
#include <iostream>
#include <string>

// [quickstart]
#include <slack/oauth.hpp>

void on_oauth_completed(slack::oauth::InstallationStore& store, const nlohmann::json& oauth_v2_access) {
  store.save(slack::oauth::installation_from_oauth_response(oauth_v2_access));
}

void on_event(const slack::oauth::InstallationStore& store, const std::string& enterprise, const std::string& team) {
  if (const auto bot = store.find_bot({.enterprise_id = enterprise, .team_id = team})) {
    std::cout << *bot << "\n";  // bot->bot_token is what chat.postMessage wants; printing redacts it
  }
}

void on_app_uninstalled(slack::oauth::InstallationStore& store, const std::string& enterprise,
                        const std::string& team) {
  store.delete_all({.enterprise_id = enterprise, .team_id = team});
}
// [quickstart]

int main() {
  slack::oauth::MemoryInstallationStore store;
  std::ifstream answer(SLACK_OAUTH_EXAMPLE_DATA "/oauth.v2.access.bot_and_user.json");
  on_oauth_completed(store, nlohmann::json::parse(answer));
  on_event(store, "E0KILN", "T0FURNACE");
  on_app_uninstalled(store, "E0KILN", "T0FURNACE");
  return store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ? 1 : 0;
}
