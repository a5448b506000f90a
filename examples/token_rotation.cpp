// Refreshes tokens that expire: on an event, in a scheduled job, and when the store fails. Runs without a network: a
// function stands in for Slack.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/web/http.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;
using slack::oauth::Bot;
using slack::oauth::HttpRequest;
using slack::oauth::HttpResponse;
using slack::oauth::Installation;
using slack::oauth::InstallationStore;
using slack::oauth::TokenRotator;

/// Gives a new pair for any refresh token, and for any token that never expires.
HttpResponse answer_as_slack(const HttpRequest& request) {
  static int count = 0;
  const auto used = slack::oauth::find_header(request.headers, "Authorization").value_or("");
  const bool is_user = request.body.find("user-refresh") != std::string::npos || used.starts_with("Bearer xoxp-");
  const std::string number = std::to_string(++count);
  const nlohmann::json answer{
      {"ok", true},
      {"token_type", is_user ? "user" : "bot"},
      {"access_token", (is_user ? "xoxe.xoxp-1-not-real-" : "xoxe.xoxb-1-not-real-") + number},
      {"refresh_token", (is_user ? "xoxe-1-not-real-user-refresh-" : "xoxe-1-not-real-bot-refresh-") + number},
      {"expires_in", 43200}};
  return {.headers = {{"Content-Type", "application/json"}}, .body = answer.dump()};
}

// [exchange]
/// Run it after rotation was turned on at Slack, and again for what failed. What is installed again meanwhile stays.
bool exchange_all(InstallationStore& store, TokenRotator& rotator) {
  const auto report = rotator.exchange_all(store);
  for (const auto& failure : report.failures) {
    std::cerr << failure.message << (failure.needs_installation ? "; ask them to install the app again\n" : "\n");
  }
  return report.passed();
}
// [exchange]

// [event]
/// The token to answer an event with. Most events find one that is not due, and then nothing is asked of anybody.
std::optional<std::string> bot_token_for(InstallationStore& store, TokenRotator& rotator, const std::string& team_id) {
  std::optional<Bot> bot = store.find_bot({.team_id = team_id});
  if (!bot) return std::nullopt;
  const Bot found = *bot;
  try {
    return rotator.rotate_bot(store, *std::move(bot)).bot_token;
  } catch (const slack::oauth::TokenRotationError& error) {
    std::cerr << error.what() << '\n';
    if (!error.is_retryable() || found.bot_token_expires_at <= slack::oauth::now()) throw;
    return found.bot_token;  // it is due, and works until it expires
  }
}
// [event]

// [job]
/// Run it every hour, in one process or in several: those that meet refresh each token once.
bool refresh_all(InstallationStore& store, TokenRotator& rotator) {
  const auto report = rotator.rotate_all(store, 2h);
  for (const auto& failure : report.failures) std::cerr << failure.message << '\n';
  std::cout << report.bots << " bots, " << report.users << " users, " << report.failed << " failed\n";
  return report.passed();
}
// [job]

// [unsaved]
/// Hears of new tokens that the store did not take. While the process lives, the rotator keeps them, uses them, and
/// saves them first of all the next time. A real app also puts error.token() with error.used_refresh_token() or, after
/// an exchange, error.exchanged_token(), encrypted, where they outlive the process, and gives them to replace_tokens()
/// when it starts again.
void note_unsaved(const slack::oauth::UnsavedTokenError& error) { std::cerr << error.what() << '\n'; }
// [unsaved]

/// Has no room for a while.
class FullStore : public slack::oauth::ForwardingInstallationStore {
 public:
  explicit FullStore(InstallationStore& store) : BasicForwardingInstallationStore(store) {}
  void save(const Installation& installation) override {
    require_room();
    BasicForwardingInstallationStore::save(installation);
  }
  bool replace_tokens(const slack::oauth::TokenReplacement& replacement) override {
    require_room();
    return BasicForwardingInstallationStore::replace_tokens(replacement);
  }

  bool is_full = false;

 private:
  void require_room() const {
    if (is_full) throw slack::oauth::StorageError({.backend = "example", .native_code = "ENOSPC"}, "no room");
  }
};

Installation expiring(const std::string& team_id) {
  return {.team_id = team_id,
          .bot_token = "xoxe.xoxb-1-not-real-0",
          .bot_refresh_token = "xoxe-1-not-real-bot-refresh-of-" + team_id,
          .bot_token_expires_at = slack::oauth::expires_in(1h),
          .user_id = "U0ADA",
          .user_token = "xoxe.xoxp-1-not-real-0",
          .user_refresh_token = "xoxe-1-not-real-user-refresh-of-" + team_id,
          .user_token_expires_at = slack::oauth::expires_in(1h)};
}

}  // namespace

int main() {
  slack::oauth::MemoryInstallationStore kept;
  FullStore store(kept);
  for (const char* team_id : {"T0FURNACE", "T0QUARRY", "T0MILL"}) store.save(expiring(team_id));

  store.save({.team_id = "T0OLD",
              .bot_token = "xoxb-not-a-real-token-1",
              .user_id = "U0ADA",
              .user_token = "xoxp-not-a-real-token-1"});

  // [rotator]
  slack::oauth::SlackClient slack(answer_as_slack);  // a real app gives it a CurlTransport
  TokenRotator rotator(slack, {.client_id = "111.222", .client_secret = "not-a-real-client-secret"},
                       {.window = 2h, .save_pause = 10ms, .on_unsaved = note_unsaved});
  // [rotator]

  const bool was_exchanged = exchange_all(store, rotator);
  const auto exchanged = store.find_installation({.team_id = "T0OLD", .user_id = "U0ADA"});
  const bool is_exchanged = was_exchanged && exchanged && exchanged->bot_token == "xoxe.xoxb-1-not-real-1" &&
                            exchanged->user_token == "xoxe.xoxp-1-not-real-2" && exchanged->user_refresh_token;

  const auto token = bot_token_for(store, rotator, "T0FURNACE");
  store.is_full = true;
  const bool was_saved = refresh_all(store, rotator);  // after three it tries no more
  store.is_full = false;
  const bool is_done = refresh_all(store, rotator);
  bool is_any_due = false;
  store.for_each_installation([&](const Installation& found) { is_any_due |= rotator.is_due(found); });
  return is_exchanged && token == "xoxe.xoxb-1-not-real-3" && !was_saved && is_done && !is_any_due ? EXIT_SUCCESS
                                                                                                   : EXIT_FAILURE;
}
