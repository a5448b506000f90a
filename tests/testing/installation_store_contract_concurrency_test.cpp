#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "faults_of_threads.hpp"
#include "simple_backend.hpp"
#include "slack/oauth/testing/installation_store_contract.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace kit_tests;
using so::testing::installation_store_contract;
using so::testing::Profile;

struct TenantInstallation : so::Installation {
  std::string tenant_id{};

  static constexpr auto fields() {
    return so::append_fields(Installation::fields(), so::field("tenant_id", &TenantInstallation::tenant_id));
  }
};

// The least that an app with values of its own would write: it keeps everything in a list.
class TenantStore : public so::BasicInstallationStore<TenantInstallation, so::Bot> {
 public:
  void save(const TenantInstallation& installation) override {
    const std::lock_guard lock(mutex_);
    model_.save(installation);
  }
  [[nodiscard]] std::optional<TenantInstallation> find_installation(const so::InstallationQuery& query) const override {
    const std::lock_guard lock(mutex_);
    return model_.find_installation(query);
  }

 private:
  mutable std::mutex mutex_;
  so::testing::detail::Model<TenantInstallation, so::Bot> model_;
};

}  // namespace

TEST_CASE("a correct store passes the kit") {
  const auto profile = GENERATE(Profile::full, Profile::bot_only, Profile::installation_only);
  auto options = fault_options();
  options.profile = profile;
  options.patience = std::chrono::seconds{30};
  options.random_operations = 3'000;
  options.visited_workspaces = 120;
  for (const auto& check : installation_store_contract([] { return std::make_shared<HookedStore>(); }, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("a wrapper around a correct store passes the kit") {
  const auto report = so::testing::run_contract(
      [] { return std::make_unique<so::ForwardingInstallationStore>(std::make_shared<SimpleStore>()); });
  CAPTURE(report.failures);
  CHECK(report.passed());
}

TEST_CASE("a store of an app's own values passes the kit") {
  const auto report = so::testing::run_contract([] { return std::make_unique<TenantStore>(); });
  CAPTURE(report.failures);
  CHECK(report.passed());
  CHECK(report.checks > 20);
}

TEST_CASE("a store that is too slow for its turns does not pass by doing nothing") {
  const auto slow = hooked([](HookedStore& store, SimpleStore& simple) {
    const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds{20}); };
    store.on_save = [&simple, pause](const so::Installation& installation) {
      pause();
      simple.save(installation);
    };
    store.on_replace_tokens = [&simple, pause](const so::TokenReplacement& replacement) {
      pause();
      return simple.replace_tokens(replacement);
    };
    store.on_replace_bot = [&simple, pause](const auto& stored, const auto& bot) {
      pause();
      return simple.replace_bot(stored, bot);
    };
    store.on_replace_installation = [&simple, pause](const auto& stored, const auto& installation) {
      pause();
      return simple.replace_installation(stored, installation);
    };
  });
  auto options = fault_options();
  options.concurrent_time = std::chrono::milliseconds{5};
  options.patience = std::chrono::seconds{30};
  std::vector<std::string> with_threads;
  const MakeStore quick = [] { return std::make_shared<HookedStore>(); };
  for (const auto& of_check : so::testing::run_contract(quick, options).turns) {
    CHECK(of_check.turns >= 2 * options.least_turns);
    with_threads.push_back(of_check.check);
  }
  CHECK(with_threads.size() == 13);
  options.patience = std::chrono::milliseconds{50};
  for (const auto& check : with_threads) {
    const std::string finding = finding_of(check, slow, options);
    INFO(check);
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected each thread to make 20 turns or more in 55 ms"));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("raise `patience`"));
  }
}

TEST_CASE("faults between threads are caught by the check meant for them", NOT_SANITIZED) {
  auto options = fault_options();
  options.concurrent_time = std::chrono::milliseconds{20'000};  // a fault ends it long before
  for (const auto& fault : faults_of_threads()) {
    INFO(fault.check << " — a store that " << fault.what);
    const std::string finding = finding_of(fault.check, fault.make_store, options);
    CHECK(finding.starts_with(fault.check + ": "));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected"));
  }
}
