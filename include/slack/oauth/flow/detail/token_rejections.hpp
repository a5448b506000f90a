// Marks in a record that Slack refuses one of its tokens for good, so that nobody tries that token again.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/flow/detail/token_hash.hpp"
#include "slack/oauth/models/custom_values.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// The custom value by which a bot or an installation says which of its tokens, and of its refresh tokens, Slack has
/// refused for good. It is an object of the token's SHA-256 in base64url, with Slack's code and the second of the
/// refusal: {"n4bQ…": {"error": "token_revoked", "rejected_at": 1767225600}}. It says nothing about any other token. So
/// it does not affect a new installation, even one that copies the custom values.
///
/// `account_inactive` may pass, where somebody activates the user or the workspace again. The mark stays, since nobody
/// asks about the token any more. A new installation does not have it. To lift it, remove this value and save the
/// record.
inline constexpr std::string_view rejected_tokens_value = "rejected_tokens";

namespace detail {

[[nodiscard]] inline bool is_rejected(const CustomValues& values, std::string_view token) {
  if (values.empty()) return false;
  const auto* rejected = values.find(rejected_tokens_value);
  return rejected != nullptr && rejected->is_object() && rejected->contains(token_hash(token));
}

/// Forgets what was said of other tokens once there are more than a record holds at a time.
inline void put_rejection(CustomValues& values, std::string hash, nlohmann::json rejection) {
  constexpr std::size_t most = 4;
  nlohmann::json rejected = values.get(rejected_tokens_value).value_or(nlohmann::json());
  if (!rejected.is_object() || rejected.size() >= most) rejected = nlohmann::json::object();
  rejected[std::move(hash)] = std::move(rejection);
  values.set(rejected_tokens_value, std::move(rejected));
}

inline void mark_rejected(CustomValues& values, std::string_view token, std::string_view code, Timestamp when) {
  put_rejection(
      values, token_hash(token),
      {{"error", code}, {"rejected_at", std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count()}});
}

/// Says of `token` in `to` what `from` says.
inline void copy_rejection(const CustomValues& from, std::string_view token, CustomValues& to) {
  if (!is_rejected(from, token)) return;
  std::string hash = token_hash(token);
  nlohmann::json rejection = from.find(rejected_tokens_value)->at(hash);
  put_rejection(to, std::move(hash), std::move(rejection));
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
