// OAuth states that need no storage: each one says, under a signature, when it expires. For apps of many servers.
// Shared with the Python SDK's StatelessOAuthStateStore. docs/state.md
//
//     slack::oauth::SignedOAuthStateStore states({.secret = secret});
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/detail/jwt.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct SignedOAuthStateStoreOptions {
  /// The secret that signs states; every server that accepts a state has the same. At least 32 bytes (RFC 7518 section
  /// 3.2) that nobody can guess. Use it for nothing else. Required.
  std::string secret{};

  /// Former secrets: the store accepts what they signed until it expires. To change the secret, put the old one here on
  /// every server, and remove it when `expiration` has passed.
  std::vector<std::string> previous_secrets{};

  /// How long a state can be consumed. Shorter than other stores' by default, since without a guard somebody can
  /// consume it again as long as it lasts.
  std::chrono::seconds expiration = std::chrono::minutes{5};

  /// A store that all servers share, which makes states one-time again: it issues and consumes a state of its own for
  /// each. Its `expiration` should not be shorter than this one's. With a guard, the store refuses states of the Python
  /// SDK, since they have no id to use up. Null by default: states are not one-time.
  std::shared_ptr<OAuthStateStore> one_time_guard{};

  /// The longest payload, in bytes of JSON text, up to 2048. It goes into a URL and a cookie, a third longer, and the
  /// person who installs the app can read it.
  std::size_t max_payload_bytes = 512;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets a line at level debug for every state, and why one was refused
};

/// Tokens in the form of RFC 7515 with HS256: the claim `exp`, as the Python SDK writes and reads it, an id (`jti`) of
/// 128 bits, and the payload. A state is signed, not encrypted.
///
/// Without `one_time_guard`, anybody who has a state can consume it any number of times until it expires. Then only the
/// cookie of the flow ties it to one browser, and Slack accepts each code only once.
///
/// Threads: any thread may call any method at any time.
/// Errors: what the guard throws; Error where OpenSSL fails.
class SignedOAuthStateStore final : public OAuthStateStore {
 public:
  /// Throws an InvalidArgumentError that names the option and never shows a secret.
  explicit SignedOAuthStateStore(SignedOAuthStateStoreOptions options) : options_(checked(std::move(options))) {
    secrets_.push_back(options_.secret);
    secrets_.insert(secrets_.end(), options_.previous_secrets.begin(), options_.previous_secrets.end());
  }

  [[nodiscard]] const Logger& logger() const override { return options_.logger; }

  [[nodiscard]] bool keeps_payloads_private() const override { return false; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    if (!payload.is_null()) static_cast<void>(format_state_payload(payload, options_.max_payload_bytes));
    const auto expires_at = std::chrono::floor<std::chrono::seconds>(options_.clock()) + options_.expiration;
    nlohmann::json claims = {{"exp", expires_at.time_since_epoch().count()}, {"jti", new_id()}};
    if (!payload.is_null()) claims["payload"] = payload;
    std::string state = detail::sign_jwt(claims, options_.secret);
    if (state.size() > longest_state) throw InvalidArgumentError("one_time_guard", "issues states that are too long");
    logger().debug("issued a state");
    return state;
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    if (state.size() > longest_state) return refuse("it is too long");
    auto claims = detail::verify_jwt(state, secrets_);
    if (!claims) return refuse("it is no token that was signed with this secret");
    if (is_meant_for_others(*claims)) return refuse("it was signed for another purpose");
    if (!is_current(*claims)) return refuse("it has expired, or does not say when it does");
    if (options_.one_time_guard != nullptr) {
      const auto id = claims->find("jti");
      if (id == claims->end() || !id->is_string()) return refuse("it has no id that could be used up");
      if (!options_.one_time_guard->consume(id->get_ref<const std::string&>())) return refuse("it was consumed before");
    }
    logger().debug("consumed a state");
    const auto payload = claims->find("payload");
    return payload == claims->end() ? nlohmann::json() : std::move(*payload);
  }

 private:
  // Fits into a cookie (RFC 6265 section 6.1), with its name and attributes.
  static constexpr std::size_t longest_state = 3800;
  static constexpr std::size_t longest_payload = 2048;
  static constexpr std::size_t id_bytes = 16;

  [[nodiscard]] static SignedOAuthStateStoreOptions checked(SignedOAuthStateStoreOptions options) {
    require_strong("secret", options.secret);
    for (const std::string& secret : options.previous_secrets) require_strong("previous_secrets", secret);
    detail::require_state_rules(options.expiration, options.clock);
    if (options.max_payload_bytes > longest_payload) {
      throw InvalidArgumentError("max_payload_bytes", "must not be more than " + std::to_string(longest_payload));
    }
    return options;
  }

  static void require_strong(const char* option, std::string_view secret) {
    constexpr std::size_t fewest_bytes = 32;
    constexpr std::size_t fewest_kinds =
        8;  // of bytes; 32 random hexadecimal digits have fewer once in a billion times
    std::string kinds(secret);
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    if (secret.size() < fewest_bytes) throw InvalidArgumentError(option, "must have at least 32 bytes");
    if (kinds.size() < fewest_kinds) throw InvalidArgumentError(option, "repeats itself, and could be guessed");
  }

  [[nodiscard]] std::string new_id() const {
    return options_.one_time_guard != nullptr ? options_.one_time_guard->issue()
                                              : detail::base64url_encode(detail::random_bytes(id_bytes));
  }

  /// An app may sign other tokens with this secret; none that says whom it is about or for is a state.
  [[nodiscard]] static bool is_meant_for_others(const nlohmann::json& claims) {
    return claims.contains("aud") || claims.contains("iss") || claims.contains("sub");
  }

  [[nodiscard]] bool is_current(const nlohmann::json& claims) const {
    const double time = detail::seconds_since_epoch(options_.clock());
    const auto expires = claims.find("exp");
    if (expires == claims.end() || !expires->is_number() || !(time < expires->get<double>())) return false;
    const auto begins = claims.find("nbf");
    return begins == claims.end() || (begins->is_number() && begins->get<double>() <= time);
  }

  [[nodiscard]] std::optional<nlohmann::json> refuse(std::string_view reason) const {
    if (logger().is_enabled(LogLevel::debug)) {
      logger().debug("refused a state: " + std::string(reason));
    }
    return std::nullopt;
  }

  SignedOAuthStateStoreOptions options_;
  std::vector<std::string> secrets_;
};

}  // namespace slack::oauth::inline v0
