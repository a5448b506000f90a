#include <iostream>

#include "slack_oauth.hpp"

int main() {
  slack::oauth::MemoryInstallationStore store;
  store.save({.team_id = "T111",
              .bot_token = "xoxb-1-not-a-real-token",
              .bot_id = "B111",
              .bot_user_id = "W111",
              .user_id = "U111"});
  const auto bot = store.find_bot({.team_id = "T111"});
  if (!bot || bot->bot_id != "B111") {
    std::cerr << "the bot that was saved is not found\n";
    return 1;
  }
  std::cout << "found " << bot->bot_id << '\n';
  return 0;
}
