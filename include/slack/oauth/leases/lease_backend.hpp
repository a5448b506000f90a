// The members that an engine writes so that its stores have leases, and the template that turns them into leases.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/leases/waiting.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0 {

// The members that a lease backend has to have. Time is that of the storage's own clock, which all who take turns there
// share. Where the clock jumps, a lease may end early, and never lasts longer than it was taken for. `lifetime` is
// positive and at most a year. `holder` is a name that no other lease has. Any thread may call any member at any time;
// each may throw.
//
// bool take(const WorkspaceKey&, std::string_view holder, std::chrono::milliseconds lifetime)
//     Returns false where another holds it. Where it throws, nobody gives back what it may have taken but itself.
// bool is_held(const WorkspaceKey&, std::string_view holder)
// bool renew(const WorkspaceKey&, std::string_view holder, std::chrono::milliseconds lifetime)
//     Makes it last for `lifetime` from now. Returns false, and changes nothing, where this holder no longer holds it.
// void give_back(const WorkspaceKey&, std::string_view holder)
//     Does nothing where this holder no longer holds it.
// LeaseScope scope() const
//
// One more member is optional, for a storage that need not be asked again and again:
// void wait(const WorkspaceKey&, std::chrono::milliseconds timeout)
//     Returns when the lease may be free, and after `timeout` at the latest.
// Where it is not always able to, it has this too:
// bool can_wait() const

namespace detail {

// clang-format off

template <class Backend>
concept TakesLeases = requires(Backend& backend, const WorkspaceKey& key, std::string_view holder,
                               std::chrono::milliseconds lifetime) {
  { backend.take(key, holder, lifetime) } -> std::convertible_to<bool>;
};

template <class Backend>
concept HoldsLeases = requires(Backend& backend, const WorkspaceKey& key, std::string_view holder) {
  { backend.is_held(key, holder) } -> std::convertible_to<bool>;
};

template <class Backend>
concept RenewsLeases = requires(Backend& backend, const WorkspaceKey& key, std::string_view holder,
                                std::chrono::milliseconds lifetime) {
  { backend.renew(key, holder, lifetime) } -> std::convertible_to<bool>;
};

template <class Backend>
concept GivesLeasesBack = requires(Backend& backend, const WorkspaceKey& key, std::string_view holder) {
  backend.give_back(key, holder);
};

template <class Backend>
concept ScopesLeases = requires(const Backend& backend) {
  { backend.scope() } -> std::same_as<LeaseScope>;
};

// clang-format on

}  // namespace detail

/// A class that takes, holds, renews and gives back leases as described above.
template <class Backend>
concept LeaseBackend = detail::TakesLeases<Backend> && detail::HoldsLeases<Backend> && detail::RenewsLeases<Backend> &&
    detail::GivesLeasesBack<Backend> && detail::ScopesLeases<Backend>;

namespace detail {

/// Says what a lease backend lacks. Void means no backend, and lacks nothing.
template <class Backend>
constexpr bool require_lease_backend() {
  if constexpr (!std::is_void_v<Backend>) {
    static_assert(TakesLeases<Backend>,
                  "slack-oauth: the lease backend lacks `bool take(const WorkspaceKey&, std::string_view holder, "
                  "std::chrono::milliseconds lifetime)`");
    static_assert(HoldsLeases<Backend>,
                  "slack-oauth: the lease backend lacks `bool is_held(const WorkspaceKey&, std::string_view holder)`");
    static_assert(RenewsLeases<Backend>,
                  "slack-oauth: the lease backend lacks `bool renew(const WorkspaceKey&, std::string_view holder, "
                  "std::chrono::milliseconds lifetime)`");
    static_assert(GivesLeasesBack<Backend>,
                  "slack-oauth: the lease backend lacks `void give_back(const WorkspaceKey&, std::string_view "
                  "holder)`");
    static_assert(ScopesLeases<Backend>, "slack-oauth: the lease backend lacks `LeaseScope scope() const`");
  }
  return true;
}

// So that no sum of a clock and a lifetime overflows.
inline constexpr std::chrono::milliseconds longest_lease = std::chrono::hours{24 * 365};

[[nodiscard]] inline std::chrono::milliseconds checked_lifetime(std::chrono::milliseconds lifetime) {
  if (lifetime.count() <= 0) throw InvalidArgumentError("lifetime", "must be positive");
  return std::min(lifetime, longest_lease);
}

[[nodiscard]] inline WorkspaceKey checked_lease_key(const WorkspaceRef& ref) {
  const auto key = key_of(ref);
  if (!key) throw InvalidArgumentError("team_id", "and enterprise_id are both missing; one of them has to be there");
  return *key;
}

[[nodiscard]] inline std::string new_lease_holder() {
  constexpr std::size_t bytes = 16;
  try {
    return base64url_encode(random_bytes(bytes));
  } catch (const std::system_error& error) {
    throw StorageError({.backend = "system", .native_code = std::to_string(error.code().value())}, error.what());
  }
}

/// Owns its ids, and may outlive the store.
template <LeaseBackend Backend>
class BackendLease final : public WorkspaceLease {
 public:
  BackendLease(std::shared_ptr<Backend> backend, const WorkspaceKey& key)
      : backend_(std::move(backend)),
        enterprise_id_(key.enterprise_id),
        team_id_(key.team_id),
        holder_(new_lease_holder()) {}
  BackendLease(const BackendLease&) = delete;
  BackendLease& operator=(const BackendLease&) = delete;

  ~BackendLease() override {
    if (!is_taken_) return;
    try {
      backend_->give_back(key(), holder_);
    } catch (...) {  // NOLINT(bugprone-empty-catch): it ends by itself
    }
  }

  [[nodiscard]] bool take(std::chrono::milliseconds lifetime) {
    is_taken_ = backend_->take(key(), holder_, lifetime);
    return is_taken_;
  }

  [[nodiscard]] bool is_held() const override { return backend_->is_held(key(), holder_); }

  [[nodiscard]] bool renew(std::chrono::milliseconds lifetime) override {
    return backend_->renew(key(), holder_, checked_lifetime(lifetime));
  }

 private:
  [[nodiscard]] WorkspaceKey key() const { return {enterprise_id_, team_id_}; }

  std::shared_ptr<Backend> backend_;
  std::string enterprise_id_;
  std::string team_id_;
  std::string holder_;
  bool is_taken_ = false;
};

/// Returns nullptr where another holds it.
template <LeaseBackend Backend>
[[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease_of(const std::shared_ptr<Backend>& backend,
                                                           const WorkspaceRef& ref,
                                                           std::chrono::milliseconds lifetime) {
  const WorkspaceKey key = checked_lease_key(ref);
  lifetime = checked_lifetime(lifetime);
  auto lease = std::make_unique<BackendLease<Backend>>(backend, key);
  return lease->take(lifetime) ? std::move(lease) : nullptr;
}

/// Returns nullptr where others hold it for all of `timeout`.
template <LeaseBackend Backend>
[[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease_of(const std::shared_ptr<Backend>& backend,
                                                            const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                            std::chrono::milliseconds timeout) {
  const WorkspaceKey key = checked_lease_key(ref);
  lifetime = checked_lifetime(lifetime);
  auto lease = std::make_unique<BackendLease<Backend>>(backend, key);
  const auto take = [&]() -> std::unique_ptr<WorkspaceLease> {
    return lease->take(lifetime) ? std::move(lease) : nullptr;
  };
  if constexpr (requires { backend->wait(key, timeout); }) {
    if constexpr (requires { backend->can_wait(); }) {
      if (!backend->can_wait()) return poll_for_lease(take, timeout);
    }
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    while (true) {
      if (auto taken = take()) return taken;
      const auto left = timeout - std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
      if (left.count() <= 0) return nullptr;
      backend->wait(key, left);
    }
  } else {
    return poll_for_lease(take, timeout);
  }
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
