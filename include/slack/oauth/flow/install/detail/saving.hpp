// Saves what an installation brought. The code that it was got with is used up, so a save that fails is tried again.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/detail/deciding_store.hpp"
#include "slack/oauth/flow/detail/workspace_turn.hpp"
#include "slack/oauth/flow/install/detail/flow_answers.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0::detail {

/// The turn to change the workspace's tokens, where the store cannot compare: there whoever refreshes the former ones
/// would put them over the new. Where it compares, nobody has to wait. A person waits for the page, so nullptr where
/// the turn does not come soon: nothing that is wrong with it is worth losing the tokens.
template <class Store, class InstallationT>
[[nodiscard]] std::unique_ptr<WorkspaceLease> turn_to_save(Store& store, const InstallationT& installation,
                                                           const FlowAnswers& answers) {
  constexpr std::chrono::seconds lifetime{30};
  constexpr std::chrono::seconds timeout{2};
  if constexpr (CanLease<Store>) {
    if (decides_by_itself(store)) return nullptr;
    try {
      return wait_for_turn(store, workspace_ref_of(installation), {.lifetime = lifetime, .timeout = timeout},
                           [] { return false; });
    } catch (...) {
      answers.say(LogLevel::warning, "an installation is saved out of turn: " + describe(std::current_exception()));
    }
  }
  return nullptr;
}

/// Throws what the last attempt threw.
template <class Store, class InstallationT>
void save_again_and_again(Store& store, const InstallationT& installation, const OAuthSettings& settings,
                          const FlowAnswers& answers) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds longest{5};  // a store may wait by itself, too
  const auto turn = turn_to_save(store, installation, answers);
  const auto start = Clock::now();
  auto pause = settings.save_pause;
  for (int attempt = 1;; ++attempt) {
    try {
      return store.save(installation);
    } catch (const InvalidArgumentError&) {  // of the installation, which stays as it is
      throw;
    } catch (...) {
      if (attempt >= settings.save_attempts || Clock::now() - start + pause > longest) throw;
      answers.say(LogLevel::warning,
                  "an installation is to be saved again, since it could not be: " + describe(std::current_exception()));
    }
    settings.sleep(pause);
    pause *= 2;
  }
}

}  // namespace slack::oauth::inline v0::detail
