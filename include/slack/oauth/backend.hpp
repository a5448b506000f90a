// Turns a backend into an InstallationStore. A backend reads, writes and erases records by key, each in one atomic
// step, and does nothing else. This file has Slack's rules (docs/contract.md), once, for every backend.
//
//     class MyBackend { ... };   // a class that models InstallationBackend, below
//     slack::oauth::BackendInstallationStore<MyBackend> store(arguments of MyBackend's constructor);
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "slack/oauth/backend_members.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/stored_records.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0 {

// The members that a backend has to have. Every member may throw; then the records have to be as they were before. Any
// thread may call any member at any time. The store calls the members that are const below on a const backend.
//
// std::optional<Bot> read_bot(const WorkspaceKey&) const
//     Returns the bot record; std::nullopt where it finds none.
// std::optional<StoredInstallation<Installation, Bot>> read_installation(const WorkspaceKey&, OptionalId user_id) const
//     Returns this user's record, or without a user the one with the newest `installed_at` (between equals, the one
//     that was written last), with the bot record as of the same moment; std::nullopt where it finds no such
//     installation. The store never passes an empty user_id. A backend that puts the two together by itself, as
//     compose_installation() does, returns a std::optional<Installation> here, and visits Installations below.
// void write(const WorkspaceKey&, const Installation* installation, const Bot* bot)
//     Puts the installation in place of the record of its user_id (which may be empty), and the bot in place of the bot
//     record, in one atomic step. It does not change a record whose argument is null. The installation is whole; its
//     bot fields are those of `bot` where that is not null, and otherwise mean nothing.
// bool replace_bot(const WorkspaceKey&, const Bot* stored, const Bot* bot)
//     Puts `bot` in place of the bot record where that is equal to `stored`, in one atomic step; null means no record.
//     Otherwise returns false, and changes nothing. At least one of the two is not null.
// bool replace_installation(const WorkspaceKey&, const Installation* stored, const Installation* installation)
//     The same for the record of their user_id, compared with equal_but_for_bot().
// void erase(const WorkspaceKey&, const Erasure&)
//     Erases the records that `is_of()` names in one atomic step. A record that is not found is no error.
// void for_each_bot(const std::function<void(const Bot&)>& visit) const
// void for_each_installation(const std::function<void(StoredInstallation<Installation, Bot>)>& visit) const
//     Visit every record once, in bounded memory, and hold no lock during a visit.
//
// Two more members are optional:
// std::shared_ptr<L> leases() const
//     For a storage that several stores or processes share: returns a LeaseBackend (leases/lease_backend.hpp), the same
//     at every call. Without it, the threads that use the one store take turns.
// std::unique_ptr<StoreChanges> changes() const
//     For a storage that can tell what was written: see InstallationStore::changes().

/// A class that reads, writes and erases records as described above.
template <class Backend, class InstallationT = Installation, class BotT = Bot>
concept InstallationBackend =
    detail::ReadsBots<Backend, BotT> && detail::ReadsInstallations<Backend, InstallationT, BotT> &&
    detail::Writes<Backend, InstallationT, BotT> && detail::ReplacesBots<Backend, BotT> &&
    detail::ReplacesInstallations<Backend, InstallationT> && detail::Erases<Backend> &&
    detail::VisitsBots<Backend, BotT> && detail::VisitsInstallations<Backend, InstallationT, BotT>;

/// The store that obeys Slack's rules over any backend.
///
/// Threads: as safe as the backend. Between two calls the store keeps nothing but the leases of a backend that has
/// none.
template <class Backend, class InstallationT = Installation, class BotT = Bot>
class BackendInstallationStore : public BasicInstallationStore<InstallationT, BotT> {
 public:
  using backend_type = std::conditional_t<InstallationBackend<Backend, InstallationT, BotT>, Backend,
                                          detail::IncompleteBackend<InstallationT, BotT>>;

  /// Makes the backend from these arguments, in place.
  template <class... Arguments>
  requires std::constructible_from<backend_type, Arguments...>
  explicit BackendInstallationStore(Arguments&&... arguments) : backend_(std::forward<Arguments>(arguments)...) {}

  /// As above, with a logger.
  template <class... Arguments>
  requires std::constructible_from<backend_type, Arguments...>
  explicit BackendInstallationStore(Logger logger, Arguments&&... arguments)
      : logger_(std::move(logger)), backend_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] backend_type& backend() noexcept { return backend_; }
  [[nodiscard]] const backend_type& backend() const noexcept { return backend_; }

  [[nodiscard]] const Logger& logger() const override { return logger_; }

  void save(const InstallationT& installation) override {
    const WorkspaceKey key = detail::required_key_of(installation);
    const std::optional<BotT> bot = installation.to_bot();
    if (bot && detail::key_of(*bot) != key) {
      throw InvalidArgumentError("to_bot()",
                                 "gives a bot of another workspace or organisation than the installation's");
    }
    backend_.write(key, &installation, detail::pointer_to(bot));
    log(bot ? "saved an installation and its bot" : "saved an installation", key, installation.user_id);
  }

  void save_bot(const BotT& bot) override {
    const WorkspaceKey key = detail::required_key_of(bot);
    backend_.write(key, nullptr, &bot);
    log("saved a bot", key);
  }

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key) return std::nullopt;
    return backend_.read_bot(*key);
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key || detail::names_nobody(query.user_id)) return std::nullopt;
    if constexpr (detail::ComposesInstallations<backend_type, InstallationT>) {
      return backend_.read_installation(*key, query.user_id);
    } else {
      std::optional<Read> found = backend_.read_installation(*key, query.user_id);
      if (!found) return std::nullopt;
      compose_installation(found->installation, std::move(found->bot));
      return std::move(found->installation);
    }
  }

  void delete_bot(const WorkspaceRef& ref) override {
    erase(ref, {.bot = true, .installed_until = ref.installed_until}, "deleted the bot");
  }

  void delete_installation(const InstallationRef& ref) override {
    if (detail::names_nobody(ref.user_id)) return;
    const std::string_view user_id = detail::id_or_empty(ref.user_id);
    erase(ref,
          {.installations = true,
           .user_ids = std::span(&user_id, ref.user_id ? 1 : 0),
           .installed_until = ref.installed_until},
          ref.user_id ? "deleted an installation" : "deleted the installations", user_id);
  }

  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    std::vector<std::string_view> named(user_ids.begin(), user_ids.end());
    std::erase(named, std::string_view{});
    std::sort(named.begin(), named.end());
    if (named.empty()) return;
    erase(ref, {.installations = true, .user_ids = named, .installed_until = ref.installed_until},
          "deleted the installations of some users");
  }

  void delete_all(const WorkspaceRef& ref) override {
    erase(ref, {.bot = true, .installations = true, .installed_until = ref.installed_until},
          "deleted the bot and the installations");
  }

  void for_each_bot(std::function<void(const BotT&)> visit) const override { backend_.for_each_bot(visit); }

  void for_each_installation(std::function<void(const InstallationT&)> visit) const override {
    backend_.for_each_installation([&visit](Read read) {
      if constexpr (detail::ComposesInstallations<backend_type, InstallationT>) {
        visit(read);
      } else {
        compose_installation(read.installation, std::move(read.bot));
        visit(read.installation);
      }
    });
  }

  bool replace_tokens(const TokenReplacement& replacement) override {
    const auto key = detail::key_of(replacement);
    if (!key || detail::names_nobody(replacement.user_id)) return false;
    const bool is_replaced =
        replacement.user_id ? replace_user_token(*key, replacement) : replace_bot_token(*key, replacement);
    if (is_replaced) {
      log(replacement.user_id ? "replaced a user's token" : "replaced the bot's token", *key,
          detail::id_or_empty(replacement.user_id));
    }
    return is_replaced;
  }

  bool replace_bot(const std::optional<BotT>& stored, const std::optional<BotT>& bot) override {
    const WorkspaceKey key = detail::common_key_of(stored, bot);
    const bool is_replaced = backend_.replace_bot(key, detail::pointer_to(stored), detail::pointer_to(bot));
    if (is_replaced) log("replaced a bot", key);
    return is_replaced;
  }

  bool replace_installation(const std::optional<InstallationT>& stored,
                            const std::optional<InstallationT>& installation) override {
    const WorkspaceKey key = detail::common_key_of(stored, installation);
    const bool is_replaced =
        backend_.replace_installation(key, detail::pointer_to(stored), detail::pointer_to(installation));
    if (is_replaced) log("replaced an installation", key, (stored ? *stored : *installation).user_id);
    return is_replaced;
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    return detail::try_lease_of(leases_.of(backend_), ref, lifetime);
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds timeout) override {
    return detail::wait_lease_of(leases_.of(backend_), ref, lifetime, timeout);
  }

  [[nodiscard]] LeaseScope lease_scope() const override { return leases_.of(backend_)->scope(); }

  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const override {
    if constexpr (detail::HearsChanges<backend_type>) {
      return backend_.changes();
    } else {
      return nullptr;
    }
  }

 private:
  static constexpr int most_tries = 1'000;

  using Read = detail::ReadInstallation<backend_type, InstallationT, BotT>;

  template <class Ref>
  void erase(const Ref& ref, const Erasure& what, std::string_view done, std::string_view user_id = {}) {
    const auto key = detail::key_of(ref);
    if (!key) return;
    backend_.erase(*key, what);
    log(done, *key, user_id);
  }

  // The storage compares the whole record, so whatever else changed meanwhile stays: the next look sees it.

  bool replace_bot_token(const WorkspaceKey& key, const TokenReplacement& replacement) {
    for (int i = 0; i < most_tries; ++i) {
      const std::optional<BotT> stored = backend_.read_bot(key);
      if (!stored || !replacement.replaces(std::optional(stored->bot_token), stored->bot_refresh_token)) return false;
      BotT bot = *stored;
      put_bot_token(bot, replacement.token);
      if (backend_.replace_bot(key, &*stored, &bot)) return true;
    }
    throw_never_equal();
  }

  bool replace_user_token(const WorkspaceKey& key, const TokenReplacement& replacement) {
    for (int i = 0; i < most_tries; ++i) {
      // As the backend has it, whatever a class that derives from this one shows.
      const auto stored = BackendInstallationStore::find_installation(
          {.enterprise_id = key.enterprise_id, .team_id = key.team_id, .user_id = replacement.user_id});
      if (!stored || !replacement.replaces(stored->user_token, stored->user_refresh_token)) return false;
      InstallationT installation = *stored;
      put_user_token(installation, replacement.token);
      if (backend_.replace_installation(key, &*stored, &installation)) return true;
    }
    throw_never_equal();
  }

  [[noreturn]] static void throw_never_equal() {
    throw InvalidDataError("the record", "is never equal to itself, or is changed again and again");
  }

  void log(std::string_view done, const WorkspaceKey& key, std::string_view user_id = {}) const {
    if (logger_.is_enabled(LogLevel::debug)) logger_.debug(detail::line_with_ids(done, key, user_id));
  }

  Logger logger_;
  backend_type backend_;
  [[no_unique_address]] detail::OwnLeases<backend_type> leases_;

  // At the end, since some compilers read no further than the first that fails.
  static_assert(detail::ReadsBots<Backend, BotT>,
                "slack-oauth: the backend lacks `std::optional<Bot> read_bot(const WorkspaceKey&) const`");
  static_assert(detail::ReadsInstallations<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `std::optional<StoredInstallation<Installation, Bot>> "
                "read_installation(const WorkspaceKey&, OptionalId user_id) const`");
  static_assert(detail::Writes<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `void write(const WorkspaceKey&, const Installation*, const Bot*)`");
  static_assert(detail::ReplacesBots<Backend, BotT>,
                "slack-oauth: the backend lacks `bool replace_bot(const WorkspaceKey&, const Bot*, const Bot*)`");
  static_assert(detail::ReplacesInstallations<Backend, InstallationT>,
                "slack-oauth: the backend lacks `bool replace_installation(const WorkspaceKey&, const Installation*, "
                "const Installation*)`");
  static_assert(detail::Erases<Backend>,
                "slack-oauth: the backend lacks `void erase(const WorkspaceKey&, const Erasure&)`");
  static_assert(detail::VisitsBots<Backend, BotT>,
                "slack-oauth: the backend lacks `void for_each_bot(const std::function<void(const Bot&)>&) const`");
  static_assert(detail::VisitsInstallations<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `void for_each_installation(const "
                "std::function<void(StoredInstallation<Installation, Bot>)>&) const`");
  static_assert(detail::require_lease_backend<typename detail::LeasesOf<Backend>::type>());
  static_assert(
      detail::HearsChanges<Backend> || !requires(const Backend& backend) { backend.changes(); },
      "slack-oauth: the backend's changes() does not give a std::unique_ptr<StoreChanges>");
};

}  // namespace slack::oauth::inline v0
