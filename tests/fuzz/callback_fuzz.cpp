// A callback of any target and headers: it gets a sound answer, and installs nothing without a state of its own
// browser.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <slack/oauth/flow/install/oauth_flow.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

HttpResponse answer(const HttpRequest& request) {
  if (!request.url.ends_with("oauth.v2.access")) return {.status = 200, .body = R"({"ok":true,"bot_id":"B1"})"};
  return {.status = 200,
          .body = R"({"ok":true,"access_token":"xoxb-not-a-real-token-1","token_type":"bot","scope":"commands",)"
                  R"("bot_user_id":"U1","app_id":"A1","team":{"id":"T1","name":"<Furnace>"},)"
                  R"("authed_user":{"id":"U2"}})"};
}

struct World {
  MemoryInstallationStore store{};
  MemoryOAuthStateStore states{};
  int installed = 0;
  OAuthFlow flow{store, states, SlackClient(answer), settings(), hooks()};

  static OAuthSettings settings() {
    OAuthSettings made;
    made.client_id = "111.222";
    made.client_secret = "not-a-real-client-secret";
    made.scopes = {"commands"};
    return made;
  }
  OAuthHooks hooks() {
    OAuthHooks made;
    made.success = [this](const InstallationSuccess&) { ++installed; };
    return made;
  }
};

void check_sound(const HttpResponse& response) {
  for (const HttpHeader& header : response.headers) {
    for (const char c : header.value) fuzz::check(c >= ' ' && c <= '~');
  }
  fuzz::check(response.body.find("<script") == std::string::npos);
  fuzz::check(response.body.find('\0') == std::string::npos);
  fuzz::check(response.body.find("not-a-real") == std::string::npos);
}

}  // namespace

/// The first line is the target, where a `$` stands for a state that was issued; every other line is a header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  World world;
  const std::string state = world.states.issue("a payload");
  std::string text;
  for (const char c : fuzz::text_of(data, size)) text += c == '$' ? state : std::string(1, c);

  std::string_view rest = text;
  const auto next_line = [&rest] {
    const auto [line, others] = detail::split_at(rest, '\n');
    rest = others;
    return line;
  };
  HttpRequest request{.url = std::string(next_line())};
  bool has_cookie = false;
  while (!rest.empty()) {
    const auto [name, value] = detail::split_at(next_line(), ':');
    has_cookie = has_cookie || value.find(state) != std::string_view::npos;
    request.headers.push_back({std::string(name), std::string(value)});
  }
  const HttpResponse response = world.flow.handle_callback(request);
  check_sound(response);
  check_sound(world.flow.handle_installation(request));
  (void)world.flow.handle(request);
  if (world.installed > 0) {
    fuzz::check(response.status == 302 && world.installed == 1 && has_cookie);
    fuzz::check(request.url.find(state) != std::string::npos);
  }
  return 0;
}
