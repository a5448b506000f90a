// A run through all that writes secrets, and a search for them in what is at rest.
#pragma once

#include <filesystem>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/stores.hpp>
#include <string>
#include <vector>

#include "file/temp_folder.hpp"

namespace test {

/// What must not be found at rest. All secrets of the run hold it.
inline constexpr const char* plain_mark = "not-a-real-secret";

inline slack::oauth::Installation marked_installation(const std::string& team_id, int number) {
  const std::string mark = std::string("-") + plain_mark + "-" + std::to_string(number);
  slack::oauth::Installation installation{
      .team_id = team_id,
      .bot_token = "xoxe.xoxb-1" + mark,
      .bot_refresh_token = "xoxe-1" + mark + "-bot",
      .user_id = "U1",
      .user_token = "xoxe.xoxp-1" + mark,
      .user_refresh_token = "xoxe-1" + mark + "-user",
      .incoming_webhook_url = "https://hooks.slack.com/services/" + team_id + mark,
  };
  installation.set_custom_value("api_key", mark);
  return installation;
}

inline slack::oauth::RefreshedToken marked_token(const std::string& type, int number) {
  const std::string mark = std::string("-") + plain_mark + "-new-" + std::to_string(number);
  return {.token_type = type, .access_token = "xoxe.xoxb-1" + mark, .refresh_token = "xoxe-1" + mark};
}

/// Saves, rotates, replaces and deletes, and issues states. Some of it is left at the end. False where a call does not
/// do what it should.
inline bool run_through(slack::oauth::Stores& stores) {
  auto& store = *stores.installations;
  bool is_right = true;
  for (int i = 0; i < 8; ++i) {
    const std::string team_id = "T" + std::to_string(i);
    const auto saved = marked_installation(team_id, i);
    store.save(saved);
    is_right &= store.replace_tokens(
        {.team_id = team_id, .used_refresh_token = *saved.bot_refresh_token, .token = marked_token("bot", i)});
    is_right &= store.replace_tokens({.team_id = team_id,
                                      .user_id = "U1",
                                      .used_refresh_token = *saved.user_refresh_token,
                                      .token = marked_token("user", i)});
    const auto bot = store.find_bot({.team_id = team_id});
    is_right &= bot && bot->bot_token == marked_token("bot", i).access_token && store.replace_bot(bot, saved.to_bot());
    const auto found = store.find_installation({.team_id = team_id});
    is_right &= found && store.replace_installation(found, saved);
    is_right &= store.find_installation({.team_id = team_id}) == saved;
    if (i % 4 == 3) store.delete_all({.team_id = team_id});
  }
  const std::string state = stores.states->issue({{"secret", plain_mark}});
  static_cast<void>(stores.states->issue({{"secret", plain_mark}}));
  return is_right && stores.states->consume(state) == nlohmann::json{{"secret", plain_mark}};
}

/// The files below a folder that hold it.
inline std::vector<std::string> files_with(const std::filesystem::path& folder, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& path : tree(folder)) {
    const auto file = folder / path;
    if (std::filesystem::is_regular_file(file) && read_file(file).find(text) != std::string::npos)
      found.push_back(path);
  }
  return found;
}

}  // namespace test
