// What StoreChanges has to hear, each a check.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/installation_store/samples.hpp"
#include "slack/oauth/testing/race.hpp"
#include "slack/oauth/testing/store_changes/options.hpp"

namespace slack::oauth::inline v0::testing::detail {

using Changes = std::unique_ptr<StoreChanges>;

/// One check's run on one fresh store.
template <class Store>
class ChangesTrial {
 public:
  using Interface = typename ChangesContractOptions<Store>::Interface;
  using InstallationT = typename Store::installation_type;
  using BotT = typename Store::bot_type;

  ChangesTrial(std::string check, std::shared_ptr<Store> store, const ChangesContractOptions<Store>& options)
      : check_(std::move(check)), store_(std::move(store)), options_(&options) {
    expect(store_ != nullptr, "the function that makes a store gave none");
  }

  [[nodiscard]] Interface& store() const { return *store_; }
  [[nodiscard]] std::shared_ptr<Interface> take_store() const { return std::exchange(store_, nullptr); }
  [[nodiscard]] const ChangesContractOptions<Store>& options() const { return *options_; }

  void expect(bool is_kept, std::string_view finding) const {
    if (!is_kept) throw ContractViolation(check_, finding);
  }
  void count_turns(std::size_t turns) const { turns_ += turns; }
  [[nodiscard]] std::size_t turns() const { return turns_; }

  [[nodiscard]] std::shared_ptr<Interface> other_store() const {
    auto other = options_->same_storage(*store_);
    expect(other != nullptr, "expected a store from `same_storage`, but it gave none");
    return other;
  }

  /// What hears the store's writes from now on.
  [[nodiscard]] Changes listen() const {
    auto changes = store_->changes();
    expect(changes != nullptr, "changes(): expected what hears changes, but got nothing");
    static_cast<void>(changes->take());
    return changes;
  }

  void expect_heard(StoreChanges& changes, const Place& place, const std::string& what) const {
    const auto deadline = std::chrono::steady_clock::now() + options_->delay;
    while (!changes.may_have_changed() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    expect(changes.may_have_changed(), "may_have_changed(), after " + what + ": expected true, but got false");
    const WorkspaceChanges taken = changes.take();
    const WorkspaceChanges::Workspace workspace{place.enterprise_id.value_or(""),
                                                place.is_enterprise_install ? "" : place.team_id.value_or("")};
    expect(taken.anything || std::ranges::find(taken.workspaces, workspace) != taken.workspaces.end(),
           "take(), after " + what + ": expected the workspace that was written, or anything, but got neither");
  }

  void expect_quiet(StoreChanges& changes, const std::string& what) const {
    expect(!changes.may_have_changed(), "may_have_changed(), after " + what + ": expected false, but got true");
    const WorkspaceChanges taken = changes.take();
    expect(!taken.anything && taken.workspaces.empty(), "take(), after " + what + ": expected no change, but got one");
  }

 private:
  std::string check_;
  mutable std::shared_ptr<Store> store_;
  const ChangesContractOptions<Store>* options_;
  mutable std::size_t turns_ = 0;
};

/// Each kind of write, in an order in which each has something to write.
template <class Store>
[[nodiscard]] std::vector<std::pair<std::string, std::function<void(typename ChangesTrial<Store>::Interface&)>>>
writes_of(const Place& place) {
  using InstallationT = typename Store::installation_type;
  using BotT = typename Store::bot_type;
  using Interface = typename ChangesTrial<Store>::Interface;
  const auto sample = [place](std::string_view user_id, std::int64_t version) {
    return sample_installation<InstallationT>(place, user_id, version);
  };
  const auto bot = [place](std::int64_t version) { return sample_bot<InstallationT, BotT>(place, version); };
  return {
      {"save", [=](Interface& store) { store.save(sample("U1", 1)); }},
      {"a save without a bot",
       [=](Interface& store) { store.save(sample_without_bot<InstallationT>(place, "U2", 2)); }},
      {"save_bot", [=](Interface& store) { store.save_bot(bot(3)); }},
      {"replace_tokens of a bot",
       [=](Interface& store) {
         const auto token = sample_token("bot", 4);
         static_cast<void>(store.replace_tokens(place.bot_tokens(*bot(3).bot_refresh_token, token)));
       }},
      {"replace_tokens of a user",
       [=](Interface& store) {
         const auto token = sample_token("user", 5);
         static_cast<void>(store.replace_tokens(place.user_tokens("U1", *sample("U1", 1).user_refresh_token, token)));
       }},
      {"replace_bot",
       [=](Interface& store) { static_cast<void>(store.replace_bot(store.find_bot(place.bot()), bot(6))); }},
      {"replace_installation",
       [=](Interface& store) {
         static_cast<void>(store.replace_installation(store.find_installation(place.user("U1")), sample("U1", 7)));
       }},
      {"delete_bot", [=](Interface& store) { store.delete_bot(place.ref()); }},
      {"delete_installation", [=](Interface& store) { store.delete_installation(place.user_ref("U2")); }},
      {"delete_installations",
       [=](Interface& store) {
         const std::string_view user_ids[] = {"U1"};
         store.delete_installations(place.ref(), user_ids);
       }},
      {"save after deletions", [=](Interface& store) { store.save(sample("U1", 8)); }},
      {"delete_all", [=](Interface& store) { store.delete_all(place.ref()); }},
  };
}

template <class Store>
struct ChangeDefinition {
  std::string name;
  bool needs_same_storage;
  std::function<void(const ChangesTrial<Store>&)> body;
};

template <class Store>
[[nodiscard]] std::vector<ChangeDefinition<Store>> change_definitions() {
  using T = ChangesTrial<Store>;
  using InstallationT = typename T::InstallationT;
  static const auto version_of_bot = [](typename T::Interface& store, const Place& place) {
    const auto bot = store.find_bot(place.bot());
    return bot ? version_of(bot->bot_token).value_or(0) : 0;
  };
  return {
      {"changes: every kind of write is heard, and no other after it", false,
       [](const T& t) {
         const auto changes = t.listen();
         t.expect_quiet(*changes, "nothing was written");
         for (const Place& place : {workspace("E1", "T1"), workspace("T1"), organisation("E1")}) {
           for (const auto& [what, write] : writes_of<Store>(place)) {
             write(t.store());
             t.expect_heard(*changes, place, what);
             t.expect_quiet(*changes, "what was heard of " + what);
           }
         }
       }},
      {"changes: look-ups are not heard", false,
       [](const T& t) {
         const Place place = workspace("T1");
         t.store().save(sample_installation<InstallationT>(place, "U1", 1));
         const auto changes = t.listen();
         static_cast<void>(t.store().find_bot(place.bot()));
         static_cast<void>(t.store().find_installation(place.newest()));
         static_cast<void>(t.store().find_installation(place.user("U1")));
         t.store().for_each_bot([](const auto& /*bot*/) {});
         t.store().for_each_installation([](const auto& /*installation*/) {});
         t.expect_quiet(*changes, "look-ups");
       }},
      {"changes: each hears for itself, from when it was made", false,
       [](const T& t) {
         const Place place = workspace("T1");
         const auto first = t.listen();
         t.store().save(sample_installation<InstallationT>(place, "U1", 1));
         const auto second = t.store().changes();
         t.expect_quiet(*second, "what was written before it was made");
         t.expect_heard(*first, place, "save");
         t.store().delete_all(place.ref());
         t.expect_heard(*second, place, "delete_all");
         t.expect_heard(*first, place, "delete_all, which another has heard");
       }},
      {"changes: they may outlive the store", false,
       [](const T& t) {
         const auto changes = t.listen();
         t.store().save(sample_installation<InstallationT>(workspace("T1"), "U1", 1));
         t.take_store().reset();
         t.expect_heard(*changes, workspace("T1"), "the end of the store that wrote");
       }},
      {"changes: what another store on the same storage writes is heard", true,
       [](const T& t) {
         const auto other = t.other_store();
         const auto changes = t.listen();
         const Place place = workspace("E1", "T1");
         for (const auto& [what, write] : writes_of<Store>(place)) {
           write(*other);
           t.expect_heard(*changes, place, what + " by another store");
         }
       }},
      {"changes: a copy that is read anew whenever something may have changed is not stale", false, [](const T& t) {
         const Place place = workspace("T1");
         std::atomic<std::int64_t> saved = 0;
         Race race({.least_turns = t.options().least_turns,
                    .time = t.options().concurrent_time,
                    .patience = t.options().patience});
         race.add_writer([&](std::size_t turn) {
           const auto version = static_cast<std::int64_t>(turn) + 1;
           t.store().save(sample_installation<InstallationT>(place, "U1", version));
           if (t.options().delay.count() > 0) std::this_thread::sleep_for(t.options().delay);
           saved = version;
         });
         for (int reader = 0; reader < 2; ++reader) {
           race.add_reader([&, changes = std::shared_ptr<StoreChanges>(t.listen()), copy = std::int64_t{0}]() mutable {
             const std::int64_t written = saved;
             const bool may_have_changed = changes->may_have_changed();
             if (may_have_changed) {
               static_cast<void>(changes->take());
               copy = version_of_bot(t.store(), place);
             }
             t.expect(copy >= written, "expected a copy of version " + std::to_string(written) +
                                           " or later, which was written before may_have_changed() was called, but "
                                           "it is of version " +
                                           std::to_string(copy));
             return may_have_changed;
           });
         }
         run_race(t, race);
       }}};
}

}  // namespace slack::oauth::inline v0::testing::detail
