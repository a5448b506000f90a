// A cookie of any bytes: what is written for a browser is found again, and is what a cookie may hold.
#include <cstddef>
#include <cstdint>
#include <slack/oauth/flow/install/state_utils.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

/// The value of a Set-Cookie; checks that it begins with the name and is of one line.
std::string value_of(const std::string& set_cookie) {
  constexpr std::string_view name = "slack-app-oauth-state=";
  fuzz::check(set_cookie.starts_with(name));
  for (const char c : set_cookie) fuzz::check(c >= ' ' && c <= '~');
  const auto value = set_cookie.substr(name.size(), set_cookie.find(';') - name.size());
  fuzz::check(value.find_first_of(" \",\\") == std::string::npos);
  fuzz::check(set_cookie.size() <= 4096);
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view state = text.substr(0, text.find('\n'));
  const std::string_view cookie = text.substr(state.size());
  const OAuthStateUtils utils;
  const HttpHeaders headers{{"Cookie", std::string(cookie)}};
  const bool was_valid = utils.is_valid_browser(state, headers);

  const HttpHeaders without{{"cookie", "slack-app-oauth-state=" + value_of(utils.set_cookie_without(state, headers))}};
  fuzz::check(state == "deleted" || !utils.is_valid_browser(state, without));
  if (state.empty()) {
    fuzz::check(!was_valid);
    return 0;
  }
  if (percent_encode(state).size() > OAuthStateUtils::max_value_bytes) return 0;
  const std::string value = value_of(utils.set_cookie_for_new_state(state, headers));
  const HttpHeaders with{{"COOKIE", "a=b; slack-app-oauth-state=\"" + value + "\"; c"}};
  fuzz::check(utils.is_valid_browser(state, with));
  fuzz::check(utils.is_valid_browser(state, {{"cookie", "slack-app-oauth-state=" + percent_encode(state)}}));
  return 0;
}
