// The cookie that ties an OAuth state to the browser that asked for it, so that nobody can finish their installation in
// someone else's browser. RFC 6749 section 10.12, RFC 6265
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/detail/cookies.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0 {

/// Writes and reads the cookie. Its value is the states of this browser, the newest first and separated by colons, so
/// that installations in several tabs do not end each other. A cookie with one state is a cookie as the Python SDK
/// writes it.
///
/// Threads: any thread may call any method at any time.
class OAuthStateUtils {
 public:
  static constexpr std::string_view default_cookie_name = "slack-app-oauth-state";

  /// How many earlier states the cookie keeps when a state is added. Browsers keep some 4 kB of a cookie (RFC 6265
  /// section 6.1).
  static constexpr std::size_t max_states = 8;
  static constexpr std::size_t max_value_bytes = 3800;

  static constexpr std::chrono::seconds longest_expiration = std::chrono::days{366};  ///< as of the state stores

  /// Throws an InvalidArgumentError: "state_cookie_name" where that is no token as in RFC 6265, "state_expiration"
  /// where it is not between one second and 366 days.
  explicit OAuthStateUtils(std::string cookie_name = std::string(default_cookie_name),
                           std::chrono::seconds expiration = std::chrono::minutes{10})
      : cookie_name_(std::move(cookie_name)), expiration_(expiration) {
    if (cookie_name_.empty() || !std::all_of(cookie_name_.begin(), cookie_name_.end(), is_token_character)) {
      throw InvalidArgumentError("state_cookie_name", "must be letters, digits, - and _");
    }
    if (expiration_ <= std::chrono::seconds{0} || expiration_ > longest_expiration) {
      throw InvalidArgumentError("state_expiration", "must be between 1 second and 366 days");
    }
  }

  /// Returns the value of Set-Cookie that adds `state` to those that the browser has.
  /// Throws InvalidArgumentError where `state` is empty or too long for a cookie.
  [[nodiscard]] std::string set_cookie_for_new_state(std::string_view state, const HttpHeaders& request_headers) const {
    const std::string encoded = percent_encode(state);
    if (encoded.empty() || encoded.size() > max_value_bytes) {
      throw InvalidArgumentError("state", "is empty or too long for a cookie");
    }
    std::vector<std::string_view> states{encoded};
    for (const std::string_view kept : states_of(request_headers)) {
      if (kept != encoded) states.push_back(kept);
    }
    return set_cookie(states);
  }

  /// Returns whether this browser has `state`. Compares every state of the cookie in constant time.
  [[nodiscard]] bool is_valid_browser(std::string_view state, const HttpHeaders& request_headers) const {
    if (state.empty()) return false;
    const std::string encoded = percent_encode(state);
    bool is_valid = false;
    for_each_part(request_headers, [&](std::string_view part) {
      if (detail::equals_in_constant_time(part, encoded)) is_valid = true;
    });
    return is_valid;
  }

  /// Returns the value of Set-Cookie that removes `state`, which is used up, and keeps the other tabs' states. It
  /// deletes the cookie where the other tabs have none.
  [[nodiscard]] std::string set_cookie_without(std::string_view state, const HttpHeaders& request_headers) const {
    const std::string encoded = percent_encode(state);
    std::vector<std::string_view> states = states_of(request_headers);
    const auto is_used = [&](std::string_view kept) { return detail::equals_in_constant_time(kept, encoded); };
    states.erase(std::remove_if(states.begin(), states.end(), is_used), states.end());
    return states.empty() ? set_cookie_for_deletion() : set_cookie(states);
  }

  /// Returns the value of Set-Cookie that deletes the cookie, with all of its states.
  [[nodiscard]] std::string set_cookie_for_deletion() const {
    return cookie_name_ + "=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0" +
           std::string(detail::cookie_attributes);
  }

 private:
  static constexpr char separator = ':';  // percent_encode() leaves none in a state

  static bool is_token_character(char c) {
    return detail::is_unreserved(c) || std::string_view("!#$%&'*+^`|").find(c) != std::string_view::npos;
  }

  /// Calls `visit` with each part of each cookie of this name.
  template <class Visit>
  void for_each_part(const HttpHeaders& headers, const Visit& visit) const {
    detail::for_each_cookie(headers, cookie_name_, [&](std::string_view value) {
      while (!value.empty()) {
        const auto [part, other_parts] = detail::split_at(value, separator);
        value = other_parts;
        visit(part);
      }
    });
  }

  /// What may be sent again: the first few that can be states, each once. Borrowed from `headers`.
  std::vector<std::string_view> states_of(const HttpHeaders& headers) const {
    std::vector<std::string_view> states;
    for_each_part(headers, [&](std::string_view part) {
      const bool is_state =
          !part.empty() && part.size() <= max_value_bytes && part != "deleted" &&
          std::all_of(part.begin(), part.end(), [](char c) { return detail::is_unreserved(c) || c == '%'; });
      const bool is_wanted = is_state && states.size() < max_states;
      if (is_wanted && std::find(states.begin(), states.end(), part) == states.end()) states.push_back(part);
    });
    return states;
  }

  [[nodiscard]] std::string set_cookie(const std::vector<std::string_view>& states) const {
    std::string value;
    std::size_t count = 0;
    for (const std::string_view state : states) {
      if (count == max_states || (count > 0 && value.size() + 1 + state.size() > max_value_bytes)) break;
      if (count++ > 0) value += separator;
      value += state;
    }
    return cookie_name_ + "=" + value + "; Max-Age=" + std::to_string(expiration_.count()) +
           std::string(detail::cookie_attributes);
  }

  std::string cookie_name_;
  std::chrono::seconds expiration_;
};

}  // namespace slack::oauth::inline v0
