// One check's run on one fresh store.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/check.hpp"
#include "slack/oauth/testing/workspace_lease/options.hpp"

namespace slack::oauth::inline v0::testing::detail {

using Lease = std::unique_ptr<WorkspaceLease>;

template <class Store>
class LeaseTrial {
 public:
  using Interface = typename LeaseContractOptions<Store>::Interface;

  LeaseTrial(std::string check, std::shared_ptr<Store> store, const LeaseContractOptions<Store>& options)
      : check_(std::move(check)), store_(std::move(store)), options_(&options) {
    expect(store_ != nullptr, "the function that makes a store gave none");
  }

  [[nodiscard]] Interface& store() const { return *store_; }
  [[nodiscard]] std::shared_ptr<Store> shared_store() const { return store_; }
  [[nodiscard]] const LeaseContractOptions<Store>& options() const { return *options_; }

  void expect(bool is_kept, std::string_view finding) const {
    if (!is_kept) throw ContractViolation(check_, finding);
  }

  [[nodiscard]] Lease taken(Interface& store, const WorkspaceRef& ref, std::string_view where = "") const {
    auto lease = store.try_lease(ref, long_lifetime);
    expect(lease != nullptr, "expected a lease that nobody holds, but got none" + std::string(where));
    expect(lease->is_held(), "expected a new lease to be held, but it is not" + std::string(where));
    return lease;
  }

  void expect_refused(Interface& store, const WorkspaceRef& ref, std::string_view where = "") const {
    expect(store.try_lease(ref, long_lifetime) == nullptr,
           "expected none while another holds it, but got a lease" + std::string(where));
  }

  /// That the call is refused with InvalidArgumentError.
  template <class Call>
  void expect_invalid(const std::string& call_shown, const Call& call) const {
    bool is_refused = false;
    try {
      call();
    } catch (const InvalidArgumentError&) {
      is_refused = true;
    }
    expect(is_refused, call_shown + ": expected InvalidArgumentError, but the call returned");
  }

  /// The store that an option of this name opens.
  template <class Open>
  [[nodiscard]] std::shared_ptr<Interface> another(const Open& open, const std::string& option) const {
    auto store = open(*store_);
    expect(store != nullptr, "expected a store from `" + option + "`, but it gave none");
    return store;
  }

  void count_turns(std::size_t turns) const { turns_ += turns; }
  [[nodiscard]] std::size_t turns() const { return turns_; }

  /// Waits until `is_over()`, and fails where it never is.
  template <class IsOver>
  void wait_until(const IsOver& is_over, std::string_view finding) const {
    const auto deadline = std::chrono::steady_clock::now() + options_->patience;
    while (!is_over()) {
      expect(std::chrono::steady_clock::now() < deadline, finding);
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

  /// One that has ended by itself.
  [[nodiscard]] Lease ended(const WorkspaceRef& ref) const {
    auto lease = store().try_lease(ref, options_->short_lifetime);
    expect(lease != nullptr, "expected a lease that nobody holds, but got none");
    wait_until([&] { return !lease->is_held(); }, "expected the lease to end by itself, but it is still held");
    return lease;
  }

  static constexpr std::chrono::milliseconds long_lifetime = std::chrono::hours{1};

 private:
  std::string check_;
  std::shared_ptr<Store> store_;
  const LeaseContractOptions<Store>* options_;
  mutable std::size_t turns_ = 0;
};

/// Which option a check cannot do without.
enum class Needs { nothing, same_storage, other_client, scope };

template <class Store>
struct LeaseDefinition {
  std::string name;
  Needs needs;
  std::function<void(const LeaseTrial<Store>&)> body;

  [[nodiscard]] bool is_possible(const LeaseContractOptions<Store>& options) const {
    return (needs != Needs::same_storage || options.same_storage) &&
           (needs != Needs::other_client || options.other_client) && (needs != Needs::scope || options.scope);
  }
};

}  // namespace slack::oauth::inline v0::testing::detail
