// Turns a backend into an OAuthStateStore. A backend puts, takes and purges states, and does nothing else. This file
// has the rules of states and payloads (docs/state.md), once, for every backend.
//
//     class MyBackend { ... };   // a class that models StateBackend, below
//     slack::oauth::BackendOAuthStateStore<MyBackend> states({.expiration = std::chrono::minutes{10}}, arguments…);
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

/// A state as a backend keeps it. Everything is borrowed for the call.
struct NewState {
  std::string_view state{};
  std::optional<std::string_view> payload{};  ///< JSON text; no value for none
  Timestamp issued_at{};
  Timestamp expires_at{};
};

/// A state that a backend took out.
struct TakenState {
  std::optional<std::string> payload{};
};

// The members that a state backend has to have. Every member may throw. Any thread may call any member at any time.
// `now` is the store's clock. A state has the form of generate_state()'s or of the Python SDK's.
//
// void put(const NewState&)
// std::optional<TakenState> take(std::string_view state, Timestamp now)
//     Takes it out; std::nullopt where it finds none, or the state has expired. Of two calls at the same moment one
//     gets it.
// void purge(Timestamp now)
//     Removes some that have expired, so that many calls remove all of them; bounded work. The store logs what it
//     throws, and issues the state all the same.

namespace detail {

template <class Backend>
concept PutsStates = requires(Backend& backend, const NewState& state) {
  backend.put(state);
};

// clang-format off
template <class Backend>
concept TakesStates = requires(Backend& backend, std::string_view state, Timestamp now) {
  { backend.take(state, now) } -> std::same_as<std::optional<TakenState>>;
};
// clang-format on

template <class Backend>
concept PurgesStates = requires(Backend& backend, Timestamp now) {
  backend.purge(now);
};

}  // namespace detail

/// A class that puts, takes and purges states as described above.
template <class Backend>
concept StateBackend = detail::PutsStates<Backend> && detail::TakesStates<Backend> && detail::PurgesStates<Backend>;

/// The options that every store of states has.
struct StateRules {
  /// How long a state can be consumed: the time that a person may take to read Slack's page and agree.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every state at level debug; silent by default
};

namespace detail {

[[nodiscard]] constexpr bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Returns whether generate_state() or the Python SDK ("str(uuid4())") can have made it.
[[nodiscard]] inline bool has_form_of_state(std::string_view text) {
  constexpr std::size_t state_length = 40;
  constexpr std::size_t uuid_length = 36;
  if (text.size() != state_length && text.size() != uuid_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_of_uuid = text.size() == uuid_length && (i == 8 || i == 13 || i == 18 || i == 23);
    if (is_dash_of_uuid ? text[i] != '-' : !is_lower_hex(text[i])) return false;
  }
  return true;
}

// Of JSON text. A payload is for a tenant or an address, and anybody may ask for a state.
inline constexpr std::size_t max_state_payload_bytes = 4096;

/// Returns no value for null. Throws InvalidArgumentError where the store cannot keep the payload.
[[nodiscard]] inline std::optional<std::string> encode_state_payload(const nlohmann::json& payload,
                                                                     std::size_t max_bytes = max_state_payload_bytes) {
  if (payload.is_null()) return std::nullopt;
  return format_state_payload(payload, max_bytes);
}

/// Stands in for a backend that lacks a member, so that the compiler prints the static_assert about it and nothing
/// else.
struct IncompleteStateBackend {
  template <class... Arguments>
  explicit IncompleteStateBackend(Arguments&&... /*arguments*/) {}
  void put(const NewState& /*state*/) {}
  std::optional<TakenState> take(std::string_view /*state*/, Timestamp /*now*/) { return {}; }
  void purge(Timestamp /*now*/) {}
};

}  // namespace detail

/// The store of states over any backend.
///
/// Threads: as safe as the backend.
template <class Backend>
class BackendOAuthStateStore : public OAuthStateStore {
 public:
  using backend_type = std::conditional_t<StateBackend<Backend>, Backend, detail::IncompleteStateBackend>;

  /// Makes the backend from these arguments, in place. Throws an InvalidArgumentError that names the rule.
  template <class... Arguments>
  requires std::constructible_from<backend_type, Arguments...>
  explicit BackendOAuthStateStore(StateRules rules, Arguments&&... arguments)
      : rules_(checked(std::move(rules))), backend_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] backend_type& backend() noexcept { return backend_; }
  [[nodiscard]] const backend_type& backend() const noexcept { return backend_; }

  [[nodiscard]] const Logger& logger() const override { return rules_.logger; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    const auto text = detail::encode_state_payload(payload);
    std::string state = generate_state();
    const Timestamp now = rules_.clock();
    purge(now);
    NewState fresh{.state = state, .issued_at = now, .expires_at = now + rules_.expiration};
    if (text) fresh.payload = *text;
    backend_.put(fresh);
    rules_.logger.debug("issued a state");
    return state;
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    if (!detail::has_form_of_state(state)) return std::nullopt;
    const std::optional<TakenState> taken = backend_.take(state, rules_.clock());
    if (!taken) return std::nullopt;
    rules_.logger.debug("consumed a state");
    return taken->payload ? parse_json(*taken->payload, "the payload of a state") : nlohmann::json();
  }

 private:
  [[nodiscard]] static StateRules checked(StateRules rules) {
    detail::require_state_rules(rules.expiration, rules.clock);
    return rules;
  }

  void purge(Timestamp now) {
    try {
      backend_.purge(now);
    } catch (const Error& error) {
      rules_.logger.warning("could not look for states that have expired: " + std::string(error.what()));
    } catch (...) {  // what is not this library's may say anything
      rules_.logger.warning("could not look for states that have expired");
    }
  }

  StateRules rules_;
  backend_type backend_;

  // At the end, since some compilers read no further than the first that fails.
  static_assert(detail::PutsStates<Backend>, "slack-oauth: the state backend lacks `void put(const NewState&)`");
  static_assert(detail::TakesStates<Backend>,
                "slack-oauth: the state backend lacks `std::optional<TakenState> take(std::string_view state, "
                "Timestamp now)`");
  static_assert(detail::PurgesStates<Backend>, "slack-oauth: the state backend lacks `void purge(Timestamp now)`");
};

}  // namespace slack::oauth::inline v0
