// The interface of every store of OAuth `state` parameters. An app sends a state when it asks for consent, and gets it
// back once with the answer. https://docs.slack.dev/authentication/installing-with-oauth, RFC 6749 section 10.12
//
// docs/state.md lists the stores that ship. You may write your own: derive from OAuthStateStore, or give a backend to
// BackendOAuthStateStore (slack/oauth/state_backend.hpp). Then run the contract kit on it
// (slack/oauth/testing/state_store_contract.hpp).
//
// Threads: any thread may call every method of a store that ships, at any time.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/detail/hex.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/detail/json_soundness.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// Every method may throw StorageError, which never means that a state is unknown.
class OAuthStateStore {
 public:
  OAuthStateStore() = default;
  OAuthStateStore(const OAuthStateStore&) = delete;
  OAuthStateStore& operator=(const OAuthStateStore&) = delete;
  virtual ~OAuthStateStore() = default;

  /// Returns the logger that gets what the store does; by default a silent one. Valid as long as the store.
  [[nodiscard]] virtual const Logger& logger() const {
    static const Logger silent;
    return silent;
  }

  /// Returns whether nobody but the store sees payloads; false where the state holds its payload, in a URL and a
  /// cookie. A client without a secret has the store keep its PKCE verifier, and takes no other.
  [[nodiscard]] virtual bool keeps_payloads_private() const { return true; }

  /// Returns a new state that nobody can guess, of characters that need no encoding in a URL or a cookie. `payload` is
  /// the app's own, small and no secret: a tenant, where to return to. consume() returns it.
  /// Throws InvalidArgumentError where `payload` is not UTF-8, or too large or too deep for the store.
  [[nodiscard]] virtual std::string issue(const nlohmann::json& payload = {}) = 0;

  /// Returns the payload of a state that was issued, has not expired and was not consumed before; std::nullopt
  /// otherwise. Of two calls at the same moment one gets it. `state` comes from a stranger and may be any bytes.
  [[nodiscard]] virtual std::optional<nlohmann::json> consume(std::string_view state) = 0;
};

/// Any class with these methods, derived from the interface or not.
// clang-format off
template <class Store>
concept StateStore = requires(Store& store, const nlohmann::json& payload, std::string_view state) {
  { store.issue(payload) } -> std::convertible_to<std::string>;
  { store.consume(state) } -> std::convertible_to<std::optional<nlohmann::json>>;
};
// clang-format on

/// For a store of your own: returns a state of 160 bits from the system's generator (RFC 6749 section 10.10), as 40
/// hexadecimal digits. They are lower-case, so that as the name of a file they mean the same where case does not count.
/// Throws std::system_error where the system has no random bits.
[[nodiscard]] inline std::string generate_state() {
  constexpr std::size_t bytes = 20;
  return detail::hex_of(detail::random_bytes(bytes));
}

/// For a store of your own: returns a payload as JSON text. Throws InvalidArgumentError where that is longer than
/// `max_bytes`, or where the payload is not UTF-8, is nested too deeply or holds what JSON text cannot.
[[nodiscard]] inline std::string format_state_payload(const nlohmann::json& payload, std::size_t max_bytes = 4096) {
  if (const auto problem = detail::problem_with_json(payload); !problem.empty()) {
    throw InvalidArgumentError("payload", problem);
  }
  std::string text = payload.dump();
  if (text.size() > max_bytes) {
    throw InvalidArgumentError("payload", "is longer than " + std::to_string(max_bytes) + " bytes of JSON text");
  }
  return text;
}

namespace detail {

/// What every store of states that ships asks of its options.
inline void require_state_rules(std::chrono::seconds expiration, const std::function<Timestamp()>& clock) {
  constexpr std::chrono::seconds longest = std::chrono::days{366};
  if (expiration <= std::chrono::seconds{0} || expiration > longest) {
    throw InvalidArgumentError("expiration", "must be between 1 second and 366 days");
  }
  if (!clock) throw InvalidArgumentError("clock", "must be callable");
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
