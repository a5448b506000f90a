// Waits for the turn to change a workspace's tokens: with the store's lease, and for a store without leases with one
// among whoever has the same options.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/leases/in_process.hpp"
#include "slack/oauth/leases/lease_backend.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// The code of the error of a turn that does not come in time.
inline constexpr std::string_view lease_timeout = "lease_timeout";

struct WorkspaceTurnOptions {
  std::chrono::milliseconds lifetime{120'000};  ///< of the lease: longer than what is done in a turn
  std::chrono::milliseconds timeout{130'000};   ///< how long to wait: longer than `lifetime`, which a dead holder has

  /// For stores without leases: whoever has a copy of these options takes turns.
  std::shared_ptr<InProcessLeases> in_process = std::make_shared<InProcessLeases>();

  std::function<Timestamp()> clock{};  ///< as TimeLeft has it

  [[nodiscard]] WorkspaceTurnOptions with_timeout(std::chrono::milliseconds other) const {
    WorkspaceTurnOptions copy = *this;
    copy.timeout = other;
    return copy;
  }
};

/// Counts down a timeout from when it was made: by `clock`, where that has a value, and otherwise by the steady clock.
class TimeLeft {
 public:
  explicit TimeLeft(std::chrono::milliseconds timeout, std::function<Timestamp()> clock = {})
      : timeout_(timeout), clock_(std::move(clock)), begin_(clock_ ? clock_() : Timestamp()) {}

  [[nodiscard]] std::chrono::milliseconds operator()() const {
    return after(clock_ ? std::chrono::duration_cast<std::chrono::milliseconds>(clock_() - begin_) : steadily_gone());
  }

  /// By either clock, since one that somebody gave may stand still.
  [[nodiscard]] bool is_over() const { return (*this)().count() == 0 || after(steadily_gone()).count() == 0; }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::chrono::milliseconds steadily_gone() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
  }
  [[nodiscard]] std::chrono::milliseconds after(std::chrono::milliseconds gone) const {
    return std::max(timeout_ - gone, std::chrono::milliseconds{0});
  }

  std::chrono::milliseconds timeout_;
  Clock::time_point start_ = Clock::now();
  std::function<Timestamp()> clock_;
  Timestamp begin_;
};

/// Whose tokens they are: of the organisation, or of a workspace. Borrowed from `record`, a bot or an installation.
template <class Record>
[[nodiscard]] WorkspaceRef workspace_ref_of(const Record& record) {
  WorkspaceRef ref{.enterprise_id = id_or_empty(record.enterprise_id), .team_id = id_or_empty(record.team_id)};
  if (record.is_enterprise_install) ref.team_id.reset();
  return ref;
}

/// How far a store's turns reach. Those of a store without leases are among threads.
template <class Store>
[[nodiscard]] LeaseScope turn_scope_of(const Store& store) {
  if constexpr (requires { store.lease_scope(); }) {
    return store.lease_scope();
  } else {
    return LeaseScope::threads;
  }
}

/// nullptr where it does not come within `timeout`.
template <class Store>
[[nodiscard]] std::unique_ptr<WorkspaceLease> try_turn(Store& store, const WorkspaceRef& ref,
                                                       const WorkspaceTurnOptions& options,
                                                       std::chrono::milliseconds timeout) {
  if constexpr (CanLease<Store>) {
    try {
      if constexpr (requires { store.wait_lease(ref, options.lifetime, timeout); }) {
        return store.wait_lease(ref, options.lifetime, timeout);
      } else {
        return poll_for_lease([&] { return store.try_lease(ref, options.lifetime); }, timeout);
      }
    } catch (const NotImplementedError&) {  // NOLINT(bugprone-empty-catch): the interface may hide such a store
    }
  }
  return wait_lease_of(options.in_process, ref, options.lifetime, timeout);
}

/// nullptr where `is_settled()`, asked from time to time, says that the turn is no longer needed.
/// Throws a TokenRotationError that is retryable where the turn does not come in time.
template <class Store, class IsSettled>
[[nodiscard]] std::unique_ptr<WorkspaceLease> wait_for_turn(Store& store, const WorkspaceRef& ref,
                                                            const WorkspaceTurnOptions& options,
                                                            const IsSettled& is_settled) {
  constexpr std::chrono::milliseconds longest_slice{200};
  const TimeLeft left(options.timeout, options.clock);
  std::chrono::milliseconds slice{0};
  while (true) {
    if (auto lease = try_turn(store, ref, options, slice)) return lease;
    if (is_settled()) return nullptr;
    if (left.is_over()) {
      throw TokenRotationError("another thread or process is changing the workspace's tokens, for too long",
                               std::string(lease_timeout), true);
    }
    slice = std::min(left(), longest_slice);
  }
}

/// Returns `work(lease)`, during which no other turn of this workspace is taken, unless the lease ends.
template <class Store, class Work>
auto with_workspace_turn(Store& store, const WorkspaceRef& ref, const WorkspaceTurnOptions& options, Work&& work) {
  const auto lease = wait_for_turn(store, ref, options, [] { return false; });
  return std::forward<Work>(work)(std::as_const(*lease));
}

}  // namespace slack::oauth::inline v0::detail
