// What a caller does about each kind of failure.
#include <cstdlib>
#include <iostream>
#include <optional>
#include <slack/oauth.hpp>
#include <string>

namespace {

/// A store that is out of order.
class BrokenStore : public slack::oauth::InstallationStore {
 public:
  void save(const slack::oauth::Installation& /*installation*/) override {
    throw slack::oauth::StorageError({.backend = "example", .native_code = "EIO", .is_retryable = true},
                                     "cannot write");
  }
  std::optional<slack::oauth::Installation> find_installation(
      const slack::oauth::InstallationQuery& /*query*/) const override {
    return slack::oauth::Installation{
        .team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"};
  }
};

// [fallback]
std::optional<std::string> bot_token_of(const slack::oauth::InstallationStore& store, const std::string& team_id) {
  try {
    const auto bot = store.find_bot({.team_id = team_id});
    return bot ? std::optional(bot->bot_token) : std::nullopt;  // std::nullopt: not installed, never a failure
  } catch (const slack::oauth::NotImplementedError&) {
    const auto installation = store.find_installation({.team_id = team_id});
    return installation ? installation->bot_token : std::nullopt;
  }
}
// [fallback]

// [retry]
bool try_to_save(slack::oauth::InstallationStore& store, const slack::oauth::Installation& installation) {
  try {
    store.save(installation);
    return true;
  } catch (const slack::oauth::Error& error) {
    std::cout << error.what() << (error.is_retryable() ? "; try again" : "") << "\n";
    return false;
  }
}
// [retry]

}  // namespace

int main() {
  BrokenStore store;
  const bool was_saved = try_to_save(store, {.team_id = "T0FURNACE", .user_id = "U0ADA"});
  const bool was_found = bot_token_of(store, "T0FURNACE") == "xoxb-not-a-real-token-1";
  return !was_saved && was_found ? EXIT_SUCCESS : EXIT_FAILURE;
}
