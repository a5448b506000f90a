// The life of an installation in one page: saved when OAuth ends, found on every event, deleted when the app is
// uninstalled.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth.hpp>

// [quickstart]
using slack::oauth::InstallationStore;

void on_oauth_completed(InstallationStore& store, const nlohmann::json& oauth_v2_access) {
  store.save(slack::oauth::installation_from_oauth_response(oauth_v2_access));
}

void on_event(InstallationStore& store, const slack::oauth::BotQuery& from) {  // the ids that the event names
  if (const std::optional<slack::oauth::Bot> bot = store.find_bot(from)) {
    std::cout << *bot << "\n";  // bot->bot_token is what chat.postMessage wants; printing redacts it
  }
}

void on_app_uninstalled(InstallationStore& store, const slack::oauth::WorkspaceRef& from) { store.delete_all(from); }
// [quickstart]

int main() {
  slack::oauth::MemoryInstallationStore store;
  std::ifstream answer(SLACK_OAUTH_EXAMPLE_DATA "/oauth.v2.access.bot_and_user.json");
  on_oauth_completed(store, nlohmann::json::parse(answer));
  on_event(store, {.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  on_app_uninstalled(store, {.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  return store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) ? 1 : 0;
}
