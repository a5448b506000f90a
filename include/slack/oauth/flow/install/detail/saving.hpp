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
#include "slack/oauth/flow/detail/rotated_records.hpp"
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

/// Whether the store has this user's installation, from an attempt that failed and worked all the same, or a newer one:
/// then it is not saved over that.
template <class Store, class InstallationT>
[[nodiscard]] bool has_this_or_newer(const Store& store, const InstallationT& installation) {
  if (installation.user_id.empty()) return false;
  const auto stored = look_up_installation(store, {.enterprise_id = borrowed(installation.enterprise_id),
                                                   .team_id = borrowed(installation.team_id),
                                                   .user_id = installation.user_id,
                                                   .is_enterprise_install = installation.is_enterprise_install})
                          .record;
  return stored && stored->user_id == installation.user_id && stored->installed_at >= installation.installed_at;
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
      if (attempt == 1 || !has_this_or_newer(store, installation)) store.save(installation);
      return;
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
