// Turns a backend into an InstallationStore. A backend only reads, writes and erases records by key, each in one atomic
// step; Slack's rules (docs/contract.md) are here, once, for every backend.
//
//     class MyBackend { ... };   // a class that models InstallationBackend, below
//     slack::oauth::BackendInstallationStore<MyBackend> store(arguments of MyBackend's constructor);
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"

namespace slack::oauth::inline v0 {

/// A workspace or organisation, as every record is filed: absent ids are empty, and an organisation has an empty
/// team_id. At least one of the two is not empty. The ids may hold any bytes; they are borrowed for the call.
struct WorkspaceKey {
  std::string_view enterprise_id{};
  std::string_view team_id{};

  friend bool operator==(const WorkspaceKey&, const WorkspaceKey&) = default;
  friend auto operator<=>(const WorkspaceKey&, const WorkspaceKey&) = default;
};

/// An installation as a backend reads it, and the bot record of its workspace, both as of the same moment. The bot
/// fields of `installation` need not mean anything: the store fills them from `bot`.
template <class InstallationT, class BotT>
struct StoredInstallation {
  InstallationT installation{};
  std::optional<BotT> bot{};
};

/// Which records of a workspace to erase.
struct Erasure {
  bool bot = false;
  bool installations = false;         ///< every user's, or only `user_id`'s
  OptionalId user_id = std::nullopt;  ///< never empty
};

// What a backend has to have. Every member may throw; then the records have to be as they were before. Any thread may
// call any member at any time. The members that are const below may be called on a const backend.
//
// std::optional<Bot> read_bot(const WorkspaceKey&) const
//     The bot record; absent where there is none.
// std::optional<StoredInstallation<Installation, Bot>> read_installation(const WorkspaceKey&, OptionalId user_id) const
//     This user's record, or without a user the one with the newest `installed_at` (between equals, the one that was
//     written last), with the bot record as of the same moment; absent where there is no such installation. An empty
//     user_id is never asked for.
// void write(const WorkspaceKey&, std::optional<Installation>, std::optional<Bot>)
//     Puts the installation in place of the record of its user_id (which may be empty), and the bot in place of the bot
//     record, in one atomic step. What is absent is left alone. The bot fields of the installation are empty.
// void erase(const WorkspaceKey&, const Erasure&)
//     Erases these records in one atomic step; what is not there is no error.
// void for_each_bot(const std::function<void(const Bot&)>& visit) const
// void for_each_installation(const std::function<void(StoredInstallation<Installation, Bot>)>& visit) const
//     Visit every record once, in bounded memory, holding no lock during a visit.
//
// One more member is optional, for a backend that can put the two records together faster than the store can:
// std::optional<Installation> read_composed_installation(const WorkspaceKey&, OptionalId user_id) const
//     As read_installation(), with the bot fields filled as compose_installation() does.
//
// And one for a backend whose storage several stores or processes share, so that all of them take turns; without it
// the turns of try_lease() are among the threads that use the one store:
// std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceKey&, std::chrono::milliseconds lifetime)
//     nullptr where another holds the lease. `lifetime` is positive.

namespace detail {

// clang-format off

template <class Backend, class BotT>
concept ReadsBots = requires(const Backend& backend, const WorkspaceKey& key) {
  { backend.read_bot(key) } -> std::convertible_to<std::optional<BotT>>;
};

template <class Backend, class InstallationT, class BotT>
concept ReadsInstallations = requires(const Backend& backend, const WorkspaceKey& key, OptionalId user_id) {
  { backend.read_installation(key, user_id) }
      -> std::convertible_to<std::optional<StoredInstallation<InstallationT, BotT>>>;
};

template <class Backend, class InstallationT>
concept ComposesInstallations = requires(const Backend& backend, const WorkspaceKey& key, OptionalId user_id) {
  { backend.read_composed_installation(key, user_id) } -> std::same_as<std::optional<InstallationT>>;
};

template <class Backend>
concept Leases = requires(Backend& backend, const WorkspaceKey& key, std::chrono::milliseconds lifetime) {
  { backend.try_lease(key, lifetime) } -> std::convertible_to<std::unique_ptr<WorkspaceLease>>;
};

template <class Backend, class InstallationT, class BotT>
concept Writes = requires(Backend& backend, const WorkspaceKey& key, std::optional<InstallationT> installation,
                          std::optional<BotT> bot) {
  backend.write(key, std::move(installation), std::move(bot));
};

template <class Backend>
concept Erases = requires(Backend& backend, const WorkspaceKey& key, const Erasure& what) { backend.erase(key, what); };

template <class Backend, class BotT>
concept VisitsBots = requires(const Backend& backend, const std::function<void(const BotT&)>& visit) {
  backend.for_each_bot(visit);
};

template <class Backend, class InstallationT, class BotT>
concept VisitsInstallations =
    requires(const Backend& backend, const std::function<void(StoredInstallation<InstallationT, BotT>)>& visit) {
      backend.for_each_installation(visit);
    };

// clang-format on

}  // namespace detail

/// A class that reads, writes and erases records as described above.
template <class Backend, class InstallationT = Installation, class BotT = Bot>
concept InstallationBackend =
    detail::ReadsBots<Backend, BotT> && detail::ReadsInstallations<Backend, InstallationT, BotT> &&
    detail::Writes<Backend, InstallationT, BotT> && detail::Erases<Backend> && detail::VisitsBots<Backend, BotT> &&
    detail::VisitsInstallations<Backend, InstallationT, BotT>;

namespace detail {

/// Stands in for a backend that lacks a member, so that the static_assert about it is all that the compiler says.
template <class InstallationT, class BotT>
struct IncompleteBackend {
  template <class... Arguments>
  explicit IncompleteBackend(Arguments&&... /*arguments*/) {}
  std::optional<BotT> read_bot(const WorkspaceKey& /*key*/) const { return {}; }
  std::optional<StoredInstallation<InstallationT, BotT>> read_installation(const WorkspaceKey& /*key*/,
                                                                           OptionalId /*user_id*/) const {
    return {};
  }
  void write(const WorkspaceKey& /*key*/, std::optional<InstallationT> /*installation*/, std::optional<BotT> /*bot*/) {}
  void erase(const WorkspaceKey& /*key*/, const Erasure& /*what*/) {}
  void for_each_bot(const std::function<void(const BotT&)>& /*visit*/) const {}
  void for_each_installation(const std::function<void(StoredInstallation<InstallationT, BotT>)>& /*visit*/) const {}
};

[[nodiscard]] inline std::string_view id_or_empty(OptionalId id) { return id.value_or(std::string_view{}); }

[[nodiscard]] inline std::string_view id_or_empty(const std::optional<std::string>& id) {
  return id ? std::string_view(*id) : std::string_view{};
}

[[nodiscard]] inline bool names_nobody(OptionalId user_id) { return user_id && user_id->empty(); }

/// Absent where neither id is there: no record can be filed or found under it.
template <class Id>
[[nodiscard]] std::optional<WorkspaceKey> workspace_key(const Id& enterprise_id, const Id& team_id,
                                                        bool is_enterprise_install = false) {
  const WorkspaceKey key{id_or_empty(enterprise_id), is_enterprise_install ? std::string_view{} : id_or_empty(team_id)};
  return key == WorkspaceKey{} ? std::nullopt : std::optional(key);
}

template <class Value>
[[nodiscard]] WorkspaceKey required_workspace_key(const Value& value) {
  const auto key = workspace_key(value.enterprise_id, value.team_id, value.is_enterprise_install);
  if (key) return *key;
  if (value.is_enterprise_install) {
    throw InvalidArgumentError("enterprise_id", "is missing, but is_enterprise_install says it is an organisation's");
  }
  throw InvalidArgumentError("team_id", "and enterprise_id are both missing; one of them has to be there");
}

}  // namespace detail

/// Puts the fields of a bot record into an installation of the same workspace, or empties them where there is no bot.
template <class InstallationT, class BotT>
void compose_installation(InstallationT& installation, std::optional<BotT> bot) {
  const auto absent_if_empty = [](std::string&& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(std::move(text));
  };
  if (!bot) bot.emplace();
  installation.bot_token = absent_if_empty(std::move(bot->bot_token));
  installation.bot_id = absent_if_empty(std::move(bot->bot_id));
  installation.bot_user_id = absent_if_empty(std::move(bot->bot_user_id));
  installation.bot_scopes = std::move(bot->bot_scopes);
  installation.bot_refresh_token = std::move(bot->bot_refresh_token);
  installation.bot_token_expires_at = bot->bot_token_expires_at;
}

/// The store that obeys Slack's rules over any backend.
///
/// Threads: as safe as the backend. The store itself keeps nothing between two calls but the leases of a backend that
/// has none.
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
    const WorkspaceKey key = detail::required_workspace_key(installation);
    std::optional<BotT> bot = installation.to_bot();
    std::optional<InstallationT> record = installation;
    compose_installation(*record, std::optional<BotT>{});
    const bool has_bot = bot.has_value();
    backend_.write(key, std::move(record), std::move(bot));
    log(has_bot ? "saved an installation and its bot" : "saved an installation", key, installation.user_id);
  }

  void save_bot(const BotT& bot) override {
    const WorkspaceKey key = detail::required_workspace_key(bot);
    backend_.write(key, std::nullopt, std::optional<BotT>(bot));
    log("saved a bot", key);
  }

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override {
    const auto key = detail::workspace_key(query.enterprise_id, query.team_id, query.is_enterprise_install);
    if (!key) return std::nullopt;
    return backend_.read_bot(*key);
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    const auto key = detail::workspace_key(query.enterprise_id, query.team_id, query.is_enterprise_install);
    if (!key || detail::names_nobody(query.user_id)) return std::nullopt;
    if constexpr (detail::ComposesInstallations<backend_type, InstallationT>) {
      return backend_.read_composed_installation(*key, query.user_id);
    } else {
      std::optional<StoredInstallation<InstallationT, BotT>> found = backend_.read_installation(*key, query.user_id);
      if (!found) return std::nullopt;
      compose_installation(found->installation, std::move(found->bot));
      return std::move(found->installation);
    }
  }

  void delete_bot(const WorkspaceRef& ref) override { erase(ref, {.bot = true}, "deleted the bot"); }

  void delete_installation(const InstallationRef& ref) override {
    if (detail::names_nobody(ref.user_id)) return;
    erase({.enterprise_id = ref.enterprise_id, .team_id = ref.team_id}, {.installations = true, .user_id = ref.user_id},
          ref.user_id ? "deleted an installation" : "deleted the installations");
  }

  void delete_all(const WorkspaceRef& ref) override {
    erase(ref, {.bot = true, .installations = true}, "deleted the bot and the installations");
  }

  void for_each_bot(std::function<void(const BotT&)> visit) const override { backend_.for_each_bot(visit); }

  void for_each_installation(std::function<void(const InstallationT&)> visit) const override {
    backend_.for_each_installation([&visit](StoredInstallation<InstallationT, BotT> stored) {
      compose_installation(stored.installation, std::move(stored.bot));
      visit(stored.installation);
    });
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    if constexpr (detail::Leases<backend_type>) {
      const WorkspaceKey key{detail::id_or_empty(ref.enterprise_id), detail::id_or_empty(ref.team_id)};
      detail::check_lease(key.enterprise_id, key.team_id, lifetime);
      return backend_.try_lease(key, lifetime);
    } else {
      return BasicInstallationStore<InstallationT, BotT>::try_lease(ref, lifetime);
    }
  }

 private:
  void erase(const WorkspaceRef& ref, const Erasure& what, std::string_view done) {
    const auto key = detail::workspace_key(ref.enterprise_id, ref.team_id);
    if (!key) return;
    backend_.erase(*key, what);
    log(done, *key, detail::id_or_empty(what.user_id));
  }

  // A line that cannot be logged must not make a call fail that has changed the data.
  void log(std::string_view done, const WorkspaceKey& key, std::string_view user_id = {}) const noexcept {
    if (!logger_.is_enabled(LogLevel::debug)) return;
    try {
      logger_.debug(line_of(done, key, user_id));
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  static std::string line_of(std::string_view done, const WorkspaceKey& key, std::string_view user_id) {
    std::string line(done);
    const auto append_id = [&line](std::string_view name, std::string_view id) {
      if (id.empty()) return;
      line += ' ';
      line += name;
      line += '=';
      detail::append_quoted(line, id, 80);
    };
    append_id("enterprise_id", key.enterprise_id);
    append_id("team_id", key.team_id);
    append_id("user_id", user_id);
    return line;
  }

  Logger logger_;
  backend_type backend_;

  // At the end, since some compilers read no further than the first that fails.
  static_assert(detail::ReadsBots<Backend, BotT>,
                "slack-oauth: the backend lacks `std::optional<Bot> read_bot(const WorkspaceKey&) const`");
  static_assert(detail::ReadsInstallations<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `std::optional<StoredInstallation<Installation, Bot>> "
                "read_installation(const WorkspaceKey&, OptionalId user_id) const`");
  static_assert(detail::Writes<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `void write(const WorkspaceKey&, std::optional<Installation>, "
                "std::optional<Bot>)`");
  static_assert(detail::Erases<Backend>,
                "slack-oauth: the backend lacks `void erase(const WorkspaceKey&, const Erasure&)`");
  static_assert(detail::VisitsBots<Backend, BotT>,
                "slack-oauth: the backend lacks `void for_each_bot(const std::function<void(const Bot&)>&) const`");
  static_assert(detail::VisitsInstallations<Backend, InstallationT, BotT>,
                "slack-oauth: the backend lacks `void for_each_installation(const "
                "std::function<void(StoredInstallation<Installation, Bot>)>&) const`");
};

}  // namespace slack::oauth::inline v0
