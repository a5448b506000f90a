// One concept for each member of an installation backend, and a substitute for each that a backend lacks.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include "slack/oauth/leases/in_process.hpp"
#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/stored_records.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

// clang-format off

template <class Backend, class BotT>
concept ReadsBots = requires(const Backend& backend, const WorkspaceKey& key) {
  { backend.read_bot(key) } -> std::convertible_to<std::optional<BotT>>;
};

template <class Backend, class InstallationT>
concept ComposesInstallations = requires(const Backend& backend, const WorkspaceKey& key, OptionalId user_id) {
  { backend.read_installation(key, user_id) } -> std::same_as<std::optional<InstallationT>>;
};

template <class Backend, class InstallationT, class BotT>
concept ReadsInstallations = ComposesInstallations<Backend, InstallationT> ||
    requires(const Backend& backend, const WorkspaceKey& key, OptionalId user_id) {
  { backend.read_installation(key, user_id) }
      -> std::convertible_to<std::optional<StoredInstallation<InstallationT, BotT>>>;
};

/// What a backend returns for an installation.
template <class Backend, class InstallationT, class BotT>
using ReadInstallation = std::conditional_t<ComposesInstallations<Backend, InstallationT>, InstallationT,
                                            StoredInstallation<InstallationT, BotT>>;

template <class Backend, class InstallationT, class BotT>
concept Writes = requires(Backend& backend, const WorkspaceKey& key, const InstallationT* installation,
                          const BotT* bot) {
  backend.write(key, installation, bot);
};

template <class Backend, class BotT>
concept ReplacesBots = requires(Backend& backend, const WorkspaceKey& key, const BotT* bot) {
  { backend.replace_bot(key, bot, bot) } -> std::same_as<bool>;
};

template <class Backend, class InstallationT>
concept ReplacesInstallations = requires(Backend& backend, const WorkspaceKey& key, const InstallationT* installation) {
  { backend.replace_installation(key, installation, installation) } -> std::same_as<bool>;
};

template <class Backend>
concept Erases = requires(Backend& backend, const WorkspaceKey& key, const Erasure& what) { backend.erase(key, what); };

template <class Backend, class BotT>
concept VisitsBots = requires(const Backend& backend, const std::function<void(const BotT&)>& visit) {
  backend.for_each_bot(visit);
};

template <class Backend, class InstallationT, class BotT>
concept VisitsInstallations =
    requires(const Backend& backend,
             const std::function<void(ReadInstallation<Backend, InstallationT, BotT>)>& visit) {
      backend.for_each_installation(visit);
    };

// What a backend's leases() points to; void where it has none.
template <class Backend>
struct LeasesOf {
  using type = void;
};
template <class Backend>
  requires requires(const Backend& backend) { backend.leases(); }
struct LeasesOf<Backend> {
  using type = std::remove_cvref_t<decltype(*std::declval<const Backend&>().leases())>;
};

template <class Backend>
concept HasLeases = LeaseBackend<typename LeasesOf<Backend>::type>;

template <class Backend>
concept HearsChanges = requires(const Backend& backend) {
  { backend.changes() } -> std::same_as<std::unique_ptr<StoreChanges>>;
};

// clang-format on

/// Stands in for a backend that lacks a member, so that the compiler prints the static_assert about it and nothing
/// else.
template <class InstallationT, class BotT>
struct IncompleteBackend {
  template <class... Arguments>
  explicit IncompleteBackend(Arguments&&... /*arguments*/) {}
  std::optional<BotT> read_bot(const WorkspaceKey& /*key*/) const { return {}; }
  std::optional<InstallationT> read_installation(const WorkspaceKey& /*key*/, OptionalId /*user_id*/) const {
    return {};
  }
  void write(const WorkspaceKey& /*key*/, const InstallationT* /*installation*/, const BotT* /*bot*/) {}
  bool replace_bot(const WorkspaceKey& /*key*/, const BotT* /*stored*/, const BotT* /*bot*/) { return false; }
  bool replace_installation(const WorkspaceKey& /*key*/, const InstallationT* /*stored*/,
                            const InstallationT* /*installation*/) {
    return false;
  }
  void erase(const WorkspaceKey& /*key*/, const Erasure& /*what*/) {}
  void for_each_bot(const std::function<void(const BotT&)>& /*visit*/) const {}
  void for_each_installation(const std::function<void(InstallationT)>& /*visit*/) const {}
};

/// The leases of a backend that has none.
template <class Backend>
struct OwnLeases {
  [[nodiscard]] const auto& of(const Backend& /*backend*/) const { return leases_; }

 private:
  std::shared_ptr<InProcessLeases> leases_ = std::make_shared<InProcessLeases>();
};
template <HasLeases Backend>
struct OwnLeases<Backend> {
  [[nodiscard]] static auto of(const Backend& backend) { return backend.leases(); }
};

template <class Record>
[[nodiscard]] const Record* pointer_to(const std::optional<Record>& record) {
  return record ? &*record : nullptr;
}

/// Returns whether a storage that has `current` has what its caller saw. Null means no record.
template <class Record>
[[nodiscard]] bool is_still(const Record* stored, const Record* current) {
  if (stored == nullptr || current == nullptr) return stored == current;
  if constexpr (requires { stored->user_id; }) {
    return equal_but_for_bot(*stored, *current);
  } else {
    return *stored == *current;
  }
}

}  // namespace slack::oauth::inline v0::detail
