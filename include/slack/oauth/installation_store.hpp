// The interface of every installation store. A Slack app calls it when OAuth ends, on every event, and when somebody
// uninstalls the app.
//
// docs/stores/index.md lists the stores that ship. You may write your own: derive from InstallationStore and override
// what your app needs, or give a backend to BackendInstallationStore (slack/oauth/backend.hpp), which knows Slack's
// rules. Then run the contract kit on it (slack/oauth/testing/installation_store_contract.hpp).
//
// The smallest useful sets of methods:
//   - save and find_installation
//   - save, find_bot, delete_bot and delete_all, for an app that only acts as a bot
//
// docs/contract.md has the rules that a complete store obeys.
//
// Threads: any thread may call every method of a store that ships, at any time. A store of your own should allow the
// same; the interface adds no lock.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/fwd.hpp"
#include "slack/oauth/leases/waiting.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0 {

/// Keeps installations. `InstallationStore` is the one for Installation and Bot; an app with value types of its own
/// names them instead.
///
/// Every method may throw StorageError, which never means "not found". A method that a store does not override throws a
/// NotImplementedError that names the method; callers may catch it and fall back. The interface itself holds no data.
template <class InstallationT, class BotT>
class BasicInstallationStore {
 public:
  using installation_type = InstallationT;
  using bot_type = BotT;

  BasicInstallationStore() = default;
  BasicInstallationStore(const BasicInstallationStore&) = delete;
  BasicInstallationStore& operator=(const BasicInstallationStore&) = delete;
  virtual ~BasicInstallationStore() = default;

  /// Returns the logger that gets what the store does; by default a silent one. Valid as long as the store.
  [[nodiscard]] virtual const Logger& logger() const {
    static const Logger silent;
    return silent;
  }

  /// Saves this user's installation and, where it has a bot token, its bot, in one atomic step. The last save wins.
  /// Throws InvalidArgumentError where the installation has neither an enterprise_id nor a team_id.
  virtual void save(const InstallationT& installation) = 0;

  /// Saves the bot alone, as after a token rotation. The users' installations stay, and show the new token.
  /// Throws InvalidArgumentError where the bot has neither an enterprise_id nor a team_id.
  virtual void save_bot(const BotT& /*bot*/) { not_implemented("save_bot"); }

  /// Returns the bot of a workspace or organisation; std::nullopt where it finds none.
  [[nodiscard]] virtual std::optional<BotT> find_bot(const BotQuery& /*query*/) const { not_implemented("find_bot"); }

  /// Returns a user's installation, or without a user the newest; std::nullopt where it finds none. Its bot fields are
  /// those of the bot that is saved now, whoever installed it.
  [[nodiscard]] virtual std::optional<InstallationT> find_installation(const InstallationQuery& /*query*/) const {
    not_implemented("find_installation");
  }

  /// Removes the bot. Does nothing where it finds none, or where the bot was installed after `installed_until`.
  virtual void delete_bot(const WorkspaceRef& /*ref*/) { not_implemented("delete_bot"); }

  /// Removes one user's installation, or without a user every user's. Does not remove the bot. Does nothing where it
  /// finds none, or where the user_id is empty. Does not remove what was installed after `installed_until`.
  virtual void delete_installation(const InstallationRef& /*ref*/) { not_implemented("delete_installation"); }

  /// Does the same as delete_installation(), for several users. This default deletes them one by one. Override it in a
  /// store that can do it in one step.
  virtual void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) {
    for (const std::string_view user_id : user_ids) {
      delete_installation({.enterprise_id = ref.enterprise_id,
                           .team_id = ref.team_id,
                           .user_id = user_id,
                           .installed_until = ref.installed_until});
    }
  }

  /// Removes all records of a workspace or organisation, or those that were installed until `installed_until`. This
  /// default calls delete_bot and then delete_installation. Override it in a store that can do both in one atomic step,
  /// or that implements only one of them.
  virtual void delete_all(const WorkspaceRef& ref) {
    delete_bot(ref);
    delete_installation(
        {.enterprise_id = ref.enterprise_id, .team_id = ref.team_id, .installed_until = ref.installed_until});
  }

  /// Visits every bot once, in no particular order and in bounded memory. It may or may not visit one that is saved or
  /// deleted meanwhile. The visitor may call any method of the store; what it throws ends the visit.
  virtual void for_each_bot(std::function<void(const BotT&)> /*visit*/) const { not_implemented("for_each_bot"); }

  /// Visits every user's installation once, as for_each_bot() does. Each is as find_installation would return it.
  virtual void for_each_installation(std::function<void(const InstallationT&)> /*visit*/) const {
    not_implemented("for_each_installation");
  }

  /// Puts a new pair of tokens in the place of the one that was used to get it: the token, its refresh token, its end,
  /// and its scopes where the new pair has any. Or puts it in the place of a token that never expires and was exchanged
  /// for it. Changes nothing else of the record. Returns false, and changes nothing, where the stored token is another
  /// by now (TokenReplacement::replaces()), or the record is gone. The storage compares in the step that writes. So of
  /// any number of calls with one token one succeeds, and nothing that was saved meanwhile is lost.
  virtual bool replace_tokens(const TokenReplacement& /*replacement*/) { not_implemented("replace_tokens"); }

  /// Puts `bot` in the place of `stored`, a bot as the store returned it, in one atomic step. An argument without a
  /// value means no bot: it puts `bot` where the store has none, or removes `stored`. Returns false, and changes
  /// nothing, where the store has another by now. Throws InvalidArgumentError where neither has a value, or they are
  /// not of one workspace or organisation.
  virtual bool replace_bot(const std::optional<BotT>& /*stored*/, const std::optional<BotT>& /*bot*/) {
    not_implemented("replace_bot");
  }

  /// Does the same as replace_bot(), for one user's installation. Does not compare the bot's fields, and does not
  /// change the bot. Also throws InvalidArgumentError where the two are not of one user.
  virtual bool replace_installation(const std::optional<InstallationT>& /*stored*/,
                                    const std::optional<InstallationT>& /*installation*/) {
    not_implemented("replace_installation");
  }

  /// Returns the turn to change the tokens of a workspace or organisation, such as to refresh them; nullptr where
  /// another has it. The turn ends by itself after `lifetime`. No other method of the store waits for it.
  /// Throws InvalidArgumentError where neither id is set, or `lifetime` is not positive.
  [[nodiscard]] virtual std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& /*ref*/,
                                                                  std::chrono::milliseconds /*lifetime*/) {
    not_implemented("try_lease");
  }

  /// Does the same as try_lease(), and waits for the turn for up to `timeout`; nullptr where it does not come in time.
  /// This default calls try_lease() again and again.
  [[nodiscard]] virtual std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref,
                                                                   std::chrono::milliseconds lifetime,
                                                                   std::chrono::milliseconds timeout) {
    return detail::poll_for_lease([&] { return try_lease(ref, lifetime); }, timeout);
  }

  /// Returns how far the turns reach.
  [[nodiscard]] virtual LeaseScope lease_scope() const { return LeaseScope::threads; }

  /// Returns an object that reports what anybody writes to the storage from now on; nullptr where the store reports
  /// nothing. The object may outlive the store.
  [[nodiscard]] virtual std::unique_ptr<StoreChanges> changes() const { return nullptr; }

 private:
  [[noreturn]] static void not_implemented(const char* method) {
    throw NotImplementedError(std::string("InstallationStore::") + method);
  }
};

namespace detail {

// `&Store::find_bot` is a member of the interface itself where Store did not override it.
template <class>
struct MemberOwner {
  using type = void;
};
template <class Member, class Owner>
struct MemberOwner<Member Owner::*> {
  using type = Owner;
};

template <class>
inline constexpr bool is_store_interface = false;
template <class InstallationT, class BotT>
inline constexpr bool is_store_interface<BasicInstallationStore<InstallationT, BotT>> = true;

template <class Member>
inline constexpr bool is_not_implemented = is_store_interface<typename MemberOwner<Member>::type>;

// The interface itself, as in `InstallationStore&`, promises all: which methods are behind it is known at run time.
template <class Store>
concept StoreInterface = is_store_interface<Store>;

template <class Store>
struct StoreValues {
  using installation_type = Installation;
  using bot_type = Bot;
};
// clang-format off
template <class Store>
  requires requires { typename Store::installation_type; typename Store::bot_type; }
struct StoreValues<Store> {
  // clang-format on
  using installation_type = typename Store::installation_type;
  using bot_type = typename Store::bot_type;
};

template <class Store>
using InstallationOf = typename StoreValues<Store>::installation_type;
template <class Store>
using BotOf = typename StoreValues<Store>::bot_type;

}  // namespace detail

// The concepts that say at compile time what a store can do. Any class with these methods fits, derived from the
// interface or not; a derived one has to override them. A class without `installation_type` and `bot_type` counts as
// one that keeps Installation and Bot.
//
// clang-format off

template <class Store>
concept CanSave =
    requires(Store& store, const detail::InstallationOf<Store>& installation) { store.save(installation); };

template <class Store>
concept CanSaveBot =
    requires(Store& store, const detail::BotOf<Store>& bot) { store.save_bot(bot); } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::save_bot)>; });

template <class Store>
concept CanFindBot =
    requires(const Store& store, const BotQuery& query) {
      { store.find_bot(query) } -> std::convertible_to<std::optional<detail::BotOf<Store>>>;
    } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::find_bot)>; });

template <class Store>
concept CanFindInstallation =
    requires(const Store& store, const InstallationQuery& query) {
      { store.find_installation(query) } -> std::convertible_to<std::optional<detail::InstallationOf<Store>>>;
    } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::find_installation)>; });

template <class Store>
concept CanDeleteBot =
    requires(Store& store, const WorkspaceRef& ref) { store.delete_bot(ref); } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::delete_bot)>; });

template <class Store>
concept CanDeleteInstallation =
    requires(Store& store, const InstallationRef& ref) { store.delete_installation(ref); } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::delete_installation)>; });

/// The default counts where both of the methods that it calls are there.
template <class Store>
concept CanDeleteAll =
    requires(Store& store, const WorkspaceRef& ref) { store.delete_all(ref); } &&
    (!requires { requires detail::is_not_implemented<decltype(&Store::delete_all)>; } ||
     (CanDeleteBot<Store> && CanDeleteInstallation<Store>));

template <class Store>
concept CanVisit =
    requires(const Store& store, void (*visit_bot)(const detail::BotOf<Store>&),
             void (*visit_installation)(const detail::InstallationOf<Store>&)) {
      store.for_each_bot(visit_bot);
      store.for_each_installation(visit_installation);
    } &&
    (detail::StoreInterface<Store> ||
     (!requires { requires detail::is_not_implemented<decltype(&Store::for_each_bot)>; } &&
      !requires { requires detail::is_not_implemented<decltype(&Store::for_each_installation)>; }));

/// Compares in the storage, with replace_tokens().
template <class Store>
concept CanReplaceTokens =
    requires(Store& store, const TokenReplacement& replacement) {
      { store.replace_tokens(replacement) } -> std::same_as<bool>;
    } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::replace_tokens)>; });

/// Compares in the storage, with replace_bot() and replace_installation().
template <class Store>
concept CanReplace =
    requires(Store& store, const std::optional<detail::BotOf<Store>>& bot,
             const std::optional<detail::InstallationOf<Store>>& installation) {
      { store.replace_bot(bot, bot) } -> std::same_as<bool>;
      { store.replace_installation(installation, installation) } -> std::same_as<bool>;
    } &&
    (detail::StoreInterface<Store> ||
     (!requires { requires detail::is_not_implemented<decltype(&Store::replace_bot)>; } &&
      !requires { requires detail::is_not_implemented<decltype(&Store::replace_installation)>; }));

template <class Store>
concept CanLease =
    requires(Store& store, const WorkspaceRef& ref, std::chrono::milliseconds lifetime) {
      { store.try_lease(ref, lifetime) } -> std::convertible_to<std::unique_ptr<WorkspaceLease>>;
    } &&
    (detail::StoreInterface<Store> ||
     !requires { requires detail::is_not_implemented<decltype(&Store::try_lease)>; });

// clang-format on

/// The smallest set for an app that only acts as a bot.
template <class Store>
concept BotOnlyStore = CanSave<Store> && CanFindBot<Store> && CanDeleteBot<Store> && CanDeleteAll<Store>;

/// The smallest set that finds users' tokens too.
template <class Store>
concept InstallationOnlyStore = CanSave<Store> && CanFindInstallation<Store>;

/// Every method of the interface but those of leases and changes, which depend on the storage.
template <class Store>
concept FullStore = BotOnlyStore<Store> && InstallationOnlyStore<Store> && CanSaveBot<Store> &&
    CanDeleteInstallation<Store> && CanVisit<Store> && CanReplaceTokens<Store> && CanReplace<Store>;

}  // namespace slack::oauth::inline v0
