// The interface of every installation store: what a Slack app calls when OAuth ends, on every event, and when the app
// is uninstalled.
//
// Ships with the library: SQLite3InstallationStore (slack/oauth/sqlite3.hpp), FileInstallationStore
// (slack/oauth/file.hpp) and MemoryInstallationStore (slack/oauth/memory.hpp). You may write your own: derive from
// InstallationStore and override what your app needs, or give a backend to BackendInstallationStore
// (slack/oauth/backend.hpp), which knows Slack's rules. Then run the contract kit on it
// (slack/oauth/testing/installation_store_contract.hpp).
//
// The smallest useful sets of methods:
//   - save and find_installation
//   - save, find_bot, delete_bot and delete_all, for an app that only acts as a bot
//
// The rules that a complete store obeys are in docs/contract.md.
//
// Threads: every method of a store that ships may be called from any thread at any time. A store of your own should
// allow the same; the interface adds no lock.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/fwd.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0 {

/// Keeps installations. `InstallationStore` is the one for Installation and Bot; an app with value types of its own
/// names them instead.
///
/// Every method may throw StorageError, which never means "not found". Methods that a store does not override throw
/// NotImplementedError, which names the method; callers may catch it and fall back. delete_all() and try_lease() have
/// defaults.
template <class InstallationT, class BotT>
class BasicInstallationStore {
 public:
  using installation_type = InstallationT;
  using bot_type = BotT;

  BasicInstallationStore() = default;
  BasicInstallationStore(const BasicInstallationStore&) = delete;
  BasicInstallationStore& operator=(const BasicInstallationStore&) = delete;
  virtual ~BasicInstallationStore() = default;

  /// Where the store says what it does. By default a logger that says nothing. Valid as long as the store.
  [[nodiscard]] virtual const Logger& logger() const {
    static const Logger silent;
    return silent;
  }

  /// Saves this user's installation and, where it has a bot token, its bot, in one atomic step. The last save wins.
  /// Throws InvalidArgumentError where there is neither an enterprise_id nor a team_id.
  virtual void save(const InstallationT& installation) = 0;

  /// Saves the bot alone, as after a token rotation. The users' installations stay, and show the new token.
  /// Throws InvalidArgumentError where there is neither an enterprise_id nor a team_id.
  virtual void save_bot(const BotT& /*bot*/) { not_implemented("save_bot"); }

  /// The bot of a workspace or organisation; absent where there is none.
  [[nodiscard]] virtual std::optional<BotT> find_bot(const BotQuery& /*query*/) const { not_implemented("find_bot"); }

  /// A user's installation, or without a user the newest; absent where there is none. Its bot fields are those of the
  /// bot that is saved now, whoever installed it.
  [[nodiscard]] virtual std::optional<InstallationT> find_installation(const InstallationQuery& /*query*/) const {
    not_implemented("find_installation");
  }

  /// Removes the bot; does nothing where there is none.
  virtual void delete_bot(const WorkspaceRef& /*ref*/) { not_implemented("delete_bot"); }

  /// Removes one user's installation, or without a user every user's, and leaves the bot. Does nothing where there is
  /// none, or where the user_id is empty.
  virtual void delete_installation(const InstallationRef& /*ref*/) { not_implemented("delete_installation"); }

  /// Removes all of a workspace or organisation. This default calls delete_bot and then delete_installation; a store
  /// that can do both in one atomic step, or that implements only one of them, overrides it.
  virtual void delete_all(const WorkspaceRef& ref) {
    delete_bot(ref);
    delete_installation({.enterprise_id = ref.enterprise_id, .team_id = ref.team_id});
  }

  /// Visits every bot once, in no particular order and in bounded memory. One that is saved or deleted meanwhile may
  /// be visited or not. The visitor may call any method of the store; what it throws ends the visit.
  virtual void for_each_bot(std::function<void(const BotT&)> /*visit*/) const { not_implemented("for_each_bot"); }

  /// Visits every user's installation once, as for_each_bot() does. Each is as find_installation would give it.
  virtual void for_each_installation(std::function<void(const InstallationT&)> /*visit*/) const {
    not_implemented("for_each_installation");
  }

  /// The turn to change the tokens of a workspace or organisation, such as to refresh them. nullptr where another has
  /// it. It ends by itself after `lifetime`. No other method of the store waits for it.
  /// Turns are taken among all that ask the same storage, threads and processes. This default knows only the threads
  /// that ask this very object: a store whose storage others share overrides it.
  /// Throws InvalidArgumentError where there is neither id, or `lifetime` is not positive.
  [[nodiscard]] virtual std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                                  std::chrono::milliseconds lifetime) {
    const auto enterprise_id = ref.enterprise_id.value_or(std::string_view{});
    const auto team_id = ref.team_id.value_or(std::string_view{});
    detail::check_lease(enterprise_id, team_id, lifetime);
    return leases_.try_lease(enterprise_id, team_id, lifetime);
  }

 private:
  [[noreturn]] static void not_implemented(const char* method) {
    throw NotImplementedError(std::string("InstallationStore::") + method);
  }

  detail::LazyLeaseTable leases_{};
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

// What a store can do, known at compile time. Any class with these methods fits, derived from the interface or not; a
// derived one has to override them. A class without `installation_type` and `bot_type` is taken to keep Installation
// and Bot.
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

/// The default counts: it takes turns too.
template <class Store>
concept CanLease = requires(Store& store, const WorkspaceRef& ref, std::chrono::milliseconds lifetime) {
  { store.try_lease(ref, lifetime) } -> std::convertible_to<std::unique_ptr<WorkspaceLease>>;
};

// clang-format on

/// The smallest set for an app that only acts as a bot.
template <class Store>
concept BotOnlyStore = CanSave<Store> && CanFindBot<Store> && CanDeleteBot<Store> && CanDeleteAll<Store>;

/// The smallest set that finds users' tokens too.
template <class Store>
concept InstallationOnlyStore = CanSave<Store> && CanFindInstallation<Store>;

/// Everything in the interface.
template <class Store>
concept FullStore = BotOnlyStore<Store> && InstallationOnlyStore<Store> && CanSaveBot<Store> &&
    CanDeleteInstallation<Store> && CanVisit<Store>;

}  // namespace slack::oauth::inline v0
