// A process's view of its storage: each call may come late, fail before or after it is carried out, or never return.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/testing/simulation/leases.hpp"
#include "slack/oauth/testing/simulation/refresh_judge.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Makes the call at one moment between two points. Calls `note_failure()` where the storage fails.
template <class Call, class NoteFailure>
std::invoke_result_t<Call> call_storage(SimulatedWorld& world, const std::string& what, const NoteFailure& note_failure,
                                        const Call& call) {
  const auto fail = [&](std::string_view how) {
    ++world.counts().store_failures;
    world.note(how);
    note_failure();
    throw StorageError({.backend = "simulation", .native_code = ""}, std::string(how));
  };
  const auto carry_out = [&] {
    try {
      return call();
    } catch (const StorageError&) {
      note_failure();
      throw;
    }
  };
  world.point(what);
  const bool fails = world.draw(world.faults().store_failure);
  const bool fails_before = fails && world.below(2) == 0;
  if (fails_before) fail("the storage cannot be reached");
  if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
    carry_out();
    if (fails) fail("the storage's answer is lost");
    world.point("has its answer");
  } else {
    auto result = carry_out();
    if (fails) fail("the storage's answer is lost");
    world.point("has its answer");
    return result;
  }
}

/// Threads: as for the world.
class SimulatedInstallationStore final : public BasicForwardingInstallationStore<Installation, Bot> {
  using Base = BasicForwardingInstallationStore<Installation, Bot>;

 public:
  SimulatedInstallationStore(std::shared_ptr<Store> store, SimulatedWorld& world,
                             std::shared_ptr<SimulatedLeases> leases, RefreshJudge& judge)
      : Base(std::move(store)), world_(world), leases_(std::move(leases)), judge_(judge) {}

  void save(const Installation& installation) override {
    call("saves the installation of ", installation, [&] { Base::save(installation); });
  }
  void save_bot(const Bot& bot) override {
    call("saves the bot of ", bot, [&] { Base::save_bot(bot); });
  }
  [[nodiscard]] std::optional<Bot> find_bot(const BotQuery& query) const override {
    return call("looks up the bot of ", query, [&] { return Base::find_bot(query); });
  }
  [[nodiscard]] std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    return call("looks up an installation of ", query, [&] { return Base::find_installation(query); });
  }
  void delete_bot(const WorkspaceRef& ref) override {
    call("deletes the bot of ", ref, [&] { Base::delete_bot(ref); });
  }
  void delete_installation(const InstallationRef& ref) override {
    call("deletes an installation of ", ref, [&] { Base::delete_installation(ref); });
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    call("deletes installations of ", ref, [&] { Base::delete_installations(ref, user_ids); });
  }
  void delete_all(const WorkspaceRef& ref) override {
    call("deletes all of ", ref, [&] { Base::delete_all(ref); });
  }
  void for_each_bot(std::function<void(const Bot&)> visit) const override {
    const auto bots = call_storage(world_, "lists the bots", no_excuse, [&] {
      std::vector<Bot> found;
      Base::for_each_bot([&](const Bot& bot) { found.push_back(bot); });
      sort(found, [](const Bot& bot) { return std::tie(bot.enterprise_id, bot.team_id); });
      return found;
    });
    for (const Bot& bot : bots) visit(bot);
  }
  void for_each_installation(std::function<void(const Installation&)> visit) const override {
    const auto installations = call_storage(world_, "lists the installations", no_excuse, [&] {
      std::vector<Installation> found;
      Base::for_each_installation([&](const Installation& installation) { found.push_back(installation); });
      sort(found, [](const Installation& one) { return std::tie(one.enterprise_id, one.team_id, one.user_id); });
      return found;
    });
    for (const Installation& installation : installations) visit(installation);
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    return call("replaces tokens of ", replacement, [&] {
      const bool is_replaced = Base::replace_tokens(replacement);
      // From here on whoever looks finds the new pair. Otherwise the record may have moved, and is yet to be found.
      if (is_replaced) judge_.settle(std::string(replacement.used_refresh_token));
      return is_replaced;
    });
  }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    return call("replaces the bot of ", ids_of(stored, bot), [&] { return Base::replace_bot(stored, bot); });
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    return call("replaces an installation of ", ids_of(stored, installation),
                [&] { return Base::replace_installation(stored, installation); });
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    return oauth::detail::try_lease_of(leases_, ref, lifetime);
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds timeout) override {
    return wait_simulated_lease(world_, leases_, ref, lifetime, timeout);
  }
  [[nodiscard]] LeaseScope lease_scope() const override { return LeaseScope::processes; }

 private:
  template <class Ids, class Call>
  std::invoke_result_t<Call> call(const char* what, const Ids& ids, const Call& call) const {
    std::string step;
    if (world_.keeps_steps()) step = what + std::string(ids.team_id.value_or("")) + id_of_user(ids);
    const auto excuse = [&] {
      judge_.excuse_open(world_.current().number, ids.team_id.value_or(""), "the storage failed");
    };
    return call_storage(world_, step, excuse, call);
  }

  /// A list is of no workspace whose tokens are under way.
  static void no_excuse() {}

  /// Neither may be there, where a caller finds out whether the store can replace.
  template <class Record>
  static WorkspaceRef ids_of(const std::optional<Record>& stored, const std::optional<Record>& record) {
    const auto& one = stored ? stored : record;
    return {.team_id = one && one->team_id ? OptionalId(*one->team_id) : std::nullopt};
  }

  /// An engine's own order may be another in each run.
  template <class Records, class Key>
  static void sort(Records& records, const Key& key) {
    std::sort(records.begin(), records.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  }

  template <class Ids>
  static std::string id_of_user(const Ids& ids) {
    if constexpr (requires { ids.user_id.has_value(); }) {
      return ids.user_id ? " " + std::string(*ids.user_id) : std::string();
    } else if constexpr (requires { ids.user_id; }) {
      return " " + ids.user_id;
    } else {
      return {};
    }
  }

  SimulatedWorld& world_;
  std::shared_ptr<SimulatedLeases> leases_;
  RefreshJudge& judge_;
};

/// The same for states.
class SimulatedStateStore final : public OAuthStateStore {
 public:
  /// Processes share `consumed`.
  SimulatedStateStore(std::shared_ptr<OAuthStateStore> store, SimulatedWorld& world, std::set<std::string>& consumed)
      : store_(std::move(store)), world_(world), consumed_(consumed) {}

  [[nodiscard]] const Logger& logger() const override { return store_->logger(); }
  [[nodiscard]] bool keeps_payloads_private() const override { return store_->keeps_payloads_private(); }
  [[nodiscard]] std::string issue(const nlohmann::json& payload) override {
    return call_storage(
        world_, "issues a state", [] {}, [&] { return store_->issue(payload); });
  }
  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    return call_storage(
        world_, "consumes a state", [] {},
        [&] {
          auto payload = store_->consume(state);
          if (payload && !consumed_.emplace(state).second) world_.report("states", "a state is consumed a second time");
          return payload;
        });
  }

 private:
  std::shared_ptr<OAuthStateStore> store_;
  SimulatedWorld& world_;
  std::set<std::string>& consumed_;
};

}  // namespace slack::oauth::inline v0::testing::detail
