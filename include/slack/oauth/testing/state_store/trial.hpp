// One check's run on one fresh state store: makes the calls, compares the answers, and tells what went wrong.
//
// Needs nlohmann/json and threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/testing/check_run.hpp"
#include "slack/oauth/testing/state_store/options.hpp"

namespace slack::oauth::inline v0::testing::detail {

struct StateSetup {
  std::function<std::shared_ptr<OAuthStateStore>()> make_store;
  StateContractOptions<> options{};
};

/// Not for several threads, but for store() and what makes calls; at_once() is called by one.
class StateTrial : public CheckRun {
 public:
  StateTrial(std::string check, const StateSetup& setup)
      : CheckRun(std::move(check)), options_(setup.options), store_(setup.make_store()) {
    if (store_ == nullptr) fail("the function that makes a store gave none");
  }

  // The payload of checks that are not about payloads.
  static constexpr const char* kept = "kept";

  [[nodiscard]] OAuthStateStore& store() const { return *store_; }
  [[nodiscard]] const StateContractOptions<>& options() const { return options_; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) const { return issue(*store_, payload); }
  [[nodiscard]] std::string issue(OAuthStateStore& store, const nlohmann::json& payload = {}) const {
    return expecting_none("issue(" + shown(payload) + ")", [&] { return store.issue(payload); });
  }

  [[nodiscard]] std::vector<std::string> issue_many(std::size_t count) const {
    std::vector<std::string> states;
    for (std::size_t i = 0; i < count; ++i) states.push_back(issue(kept));
    return states;
  }

  /// That a state which was issued with `kept` is there.
  void expect_kept(std::string_view what, std::string_view state) const { expect_payload(what, state, kept); }

  /// `what` says which state it is: one that was issued is a secret, and no message shows it.
  void expect_payload(std::string_view what, std::string_view state, const nlohmann::json& expected) const {
    expect_payload(*store_, what, state, expected);
  }
  void expect_payload(OAuthStateStore& store, std::string_view what, std::string_view state,
                      const nlohmann::json& expected) const {
    const auto found = consume(store, what, state);
    if (!found) fail(call_of(what) + ": expected " + shown(expected) + ", but got nothing");
    // As text, since JSON takes 1 and 1.0 for the same, and large numbers that a double cannot tell apart.
    if (text_of(*found) != text_of(expected))
      fail(call_of(what) + ": expected " + shown(expected) + ", but got " + shown(*found));
  }

  void expect_nothing(std::string_view what, std::string_view state) const { expect_nothing(*store_, what, state); }
  void expect_nothing(OAuthStateStore& store, std::string_view what, std::string_view state) const {
    const auto found = consume(store, what, state);
    if (found) fail(call_of(what) + ": expected nothing, but got " + shown(*found));
  }

  [[nodiscard]] static std::string call_of(std::string_view what) { return "consume(" + std::string(what) + ")"; }

  /// As an error may show it, cut where it is long.
  [[nodiscard]] static std::string shown(const nlohmann::json& payload) {
    constexpr std::size_t most = 200;
    std::string text = text_of(payload);
    if (text.size() > most) text = text.substr(0, most) + "…";
    return text;
  }

 private:
  [[nodiscard]] static std::string text_of(const nlohmann::json& payload) {
    return payload.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(OAuthStateStore& store, std::string_view what,
                                                      std::string_view state) const {
    return expecting_none(call_of(what), [&] { return store.consume(state); });
  }

  const StateContractOptions<>& options_;
  std::shared_ptr<OAuthStateStore> store_;
};

/// A check as the rules' headers list it.
struct StateDefinition {
  std::string name;
  std::function<void(StateTrial&)> body;
  bool (*is_possible)(const StateContractOptions<>&) = nullptr;
};
using StateDefinitions = std::vector<StateDefinition>;

}  // namespace slack::oauth::inline v0::testing::detail
