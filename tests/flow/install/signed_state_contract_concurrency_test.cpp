// The whole contract kit on SignedOAuthStateStore, with a guard and without.
#include <atomic>
#include <chrono>
#include <memory>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <string>

#include "catch.hpp"
#include "support/state_clock.hpp"

namespace {

namespace so = slack::oauth;

/// The storage is that of the guard.
class BreakableStore : public so::OAuthStateStore {
 public:
  explicit BreakableStore(const test::StateClock& clock) : store_({.clock = clock.function()}) {}

  std::string issue(const nlohmann::json& payload = {}) override {
    require_working();
    return store_.issue(payload);
  }
  std::optional<nlohmann::json> consume(std::string_view state) override {
    require_working();
    return store_.consume(state);
  }

  void break_it(bool is_broken) { is_broken_ = is_broken; }

 private:
  void require_working() const {
    if (is_broken_) throw so::StorageError({.backend = "guard", .native_code = ""}, "it is broken");
  }

  std::atomic<bool> is_broken_ = false;
  so::MemoryOAuthStateStore store_;
};

}  // namespace

TEST_CASE("signed states keep the contract, but for being one-time") {
  const test::StateClock clock;
  const auto open = [&] {
    return std::make_shared<so::SignedOAuthStateStore>(
        so::SignedOAuthStateStoreOptions{.secret = "not-a-real-secret-of-32-bytes-or-more", .clock = clock.function()});
  };
  so::testing::StateContractOptions<so::SignedOAuthStateStore> options;
  options.advance_clock = [&](so::SignedOAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  options.reopen = [&](so::SignedOAuthStateStore&) { return open(); };
  options.expiration = std::chrono::minutes{5};
  options.is_one_time = false;
  const auto checks = so::testing::state_store_contract(open, options);
  CHECK(checks.size() == 20);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("signed states with a guard keep the contract") {
  const test::StateClock clock;
  std::shared_ptr<BreakableStore> guard;
  const auto open = [&] {
    return std::make_shared<so::SignedOAuthStateStore>(
        so::SignedOAuthStateStoreOptions{.secret = "not-a-real-secret-of-32-bytes-or-more",
                                         .expiration = std::chrono::minutes{10},
                                         .one_time_guard = guard,
                                         .clock = clock.function()});
  };
  so::testing::StateContractOptions<so::SignedOAuthStateStore> options;
  options.advance_clock = [&](so::SignedOAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  options.reopen = [&](so::SignedOAuthStateStore&) { return open(); };
  options.break_storage = [&](so::SignedOAuthStateStore&) {
    guard->break_it(true);
    return [guard] { guard->break_it(false); };
  };
  const auto make_store = [&] {
    guard = std::make_shared<BreakableStore>(clock);
    return open();
  };
  for (const auto& check : so::testing::state_store_contract(make_store, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
