// Whatever Slack answers to oauth.v2.exchange and oauth.v2.user.access, no token is lost: the store has it, or the
// error or the app's hook does; and what is stored can be refreshed. No error shows a token.
//
// The first byte says what was asked: to exchange a bot's token (b) or a user's (u), to refresh a user's (r), or to
// install the app for a person (i). The rest is the body of the answer.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/oauth_flow.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/web/slack_answer.hpp>
#include <slack/oauth/web/slack_client.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

constexpr Timestamp time_of_answer{std::chrono::seconds{1'767'225'600}};
constexpr auto do_not_wait = [](std::chrono::milliseconds) {};

/// Gives the same answer to all but auth.test.
SlackClient slack_that_says(std::string_view body) {
  return SlackClient(
      [body = std::string(body)](const HttpRequest& request) {
        if (!request.url.ends_with("auth.test")) return HttpResponse{.body = body};
        return HttpResponse{.body = R"({"ok":true,"user_id":"U0ADA","team_id":"T0FURNACE","team":"Furnace Works"})"};
      },
      {.longest_rate_limit_wait = std::chrono::seconds{0}, .sleep = do_not_wait});
}

TokenRotator rotator_over(std::string_view body) {
  return TokenRotator(
      slack_that_says(body), {"111.222", "not-a-real-client-secret"},
      {.user_only_enabled = true, .save_attempts = 1, .clock = [] { return time_of_answer; }, .sleep = do_not_wait});
}

void check_not_shown(std::string_view text, const std::string& token) {
  constexpr std::size_t shortest = 16;  // what is shorter may be a word of the error's
  fuzz::check(token.size() < shortest || text.find(token) == std::string_view::npos);
}

/// `refresh()` returns the record, and `stored()` what the store has.
template <class Record, class Refresh, class Stored>
void check_tokens(const Record& before, const Refresh& refresh, const Stored& stored) {
  try {
    const Record after = refresh();
    fuzz::check(stored() == after);
    fuzz::check(nlohmann::json(after).template get<Record>() == after);
    if constexpr (requires { after.user_token; }) {
      fuzz::check(!after.user_token->empty() && !after.user_refresh_token->empty());
      fuzz::check(*after.user_token_expires_at >= time_of_answer);
    } else {
      fuzz::check(!after.bot_token.empty() && !after.bot_refresh_token->empty());
      fuzz::check(*after.bot_token_expires_at >= time_of_answer);
    }
  } catch (const UnsavedTokenError& error) {
    fuzz::check(stored() == before);
    fuzz::check(!error.token().access_token.empty() || !error.token().refresh_token.empty());
    fuzz::check(error.used_refresh_token().empty() != error.exchanged_token().empty());
    check_not_shown(error.what(), error.token().access_token);
    check_not_shown(error.what(), error.token().refresh_token);
  } catch (const TokenRotationError& error) {
    fuzz::check(!error.code().empty());
    Record marked = stored();
    marked.custom_values = before.custom_values;  // a refresh token that is refused for good is marked
    fuzz::check(marked == before);
  }
}

void exchange_bot(std::string_view body) {
  MemoryInstallationStore store;
  const Bot before{.app_id = "A0STANDIN",
                   .team_id = "T0FURNACE",
                   .bot_token = "xoxb-not-a-real-token-1",
                   .bot_id = "B0STANDIN",
                   .bot_user_id = "U0BOT",
                   .installed_at = time_of_answer};
  store.save_bot(before);
  check_tokens(
      before, [&] { return rotator_over(body).exchange_bot(store, before); },
      [&] { return store.find_bot({.team_id = "T0FURNACE"}).value(); });
}

void renew_user(std::string_view body, bool exchanges) {
  MemoryInstallationStore store;
  Installation before{.app_id = "A0STANDIN",
                      .team_id = "T0FURNACE",
                      .user_id = "U0ADA",
                      .user_token = "xoxp-not-a-real-token-1",
                      .installed_at = time_of_answer};
  if (!exchanges) {
    before.user_refresh_token = "xoxe-1-not-a-real-token-1";
    before.user_token_expires_at = std::chrono::floor<std::chrono::seconds>(time_of_answer);
  }
  store.save(before);
  auto rotator = rotator_over(body);
  check_tokens(
      before, [&] { return exchanges ? rotator.exchange(store, before) : rotator.rotate(store, before); },
      [&] { return store.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}).value(); });
}

bool is_ok(std::string_view body) {
  try {
    static_cast<void>(detail::read_slack_answer("oauth.v2.user.access", {.body = std::string(body)}, 1U << 22U));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void install(std::string_view body) {
  MemoryInstallationStore store;
  MemoryOAuthStateStore states;
  bool has_tokens = false;
  OAuthHooks hooks;
  hooks.failure = [&](const InstallationFailure& failure) {
    has_tokens = failure.unread_answer != nullptr || failure.unsaved_installation != nullptr;
  };
  OAuthFlow flow(store, states, slack_that_says(body),
                 {.client_id = "111.222",
                  .client_secret = "not-a-real-client-secret",
                  .user_scopes = {"search:read"},
                  .user_only_enabled = true,
                  .clock = [] { return time_of_answer; },
                  .sleep = do_not_wait},
                 hooks);
  const std::string state = states.issue();
  const HttpResponse response =
      flow.handle_callback({.url = "/slack/oauth_redirect?code=c&state=" + state,
                            .headers = {{"Cookie", flow.settings().state_cookie_name + "=" + state}}});
  std::optional<Installation> saved;
  store.for_each_installation([&](const Installation& installation) { saved = installation; });
  fuzz::check(saved.has_value() == (response.status < 400));
  if (saved) fuzz::check(saved->user_token || saved->bot_token);
  fuzz::check(!is_ok(body) || saved || has_tokens);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const std::string_view body = text.substr(1);
  switch (text.front()) {
    case 'b':
      exchange_bot(body);
      break;
    case 'u':
      renew_user(body, true);
      break;
    case 'r':
      renew_user(body, false);
      break;
    default:
      install(body);
  }
  return 0;
}
