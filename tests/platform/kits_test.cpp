// The contract kits on every engine, through the stores' interfaces, so that a compiler instantiates each kit once:
// what is built for another standard library or another system. The engines' own tests run the kits in more ways.
#include <chrono>
#include <memory>
#include <slack/oauth/testing/event_deduplicator_contract.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <slack/oauth/testing/store_changes_contract.hpp>
#include <slack/oauth/testing/workspace_lease_contract.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "platform/engines.hpp"

using namespace slack::oauth;
using test::Engine;

namespace {

using Folder = std::shared_ptr<const test::TempFolder>;

/// Makes a store in a folder of its own, and opens others there. The folders last as long as this does.
class Opened {
 public:
  explicit Opened(Engine engine) : engine_(std::move(engine)) {}

  std::shared_ptr<InstallationStore> make() {
    folder_ = std::make_shared<const test::TempFolder>();
    return again("1.2");
  }
  std::shared_ptr<InstallationStore> again(const std::string& client_id) const {
    // It is the store that keeps the folder.
    auto store = engine_.open(*folder_, client_id);
    auto* const raw = store.get();
    return {raw, [store = std::move(store), folder = folder_](InstallationStore*) mutable { store.reset(); }};
  }

 private:
  Engine engine_;
  Folder folder_{};
};

void check_all(const std::vector<testing::Check>& checks) {
  CHECK(checks.size() > 1);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

void check_installations(const Engine& engine) {
  Opened opened(engine);
  testing::ContractOptions<InstallationStore> options;
  options.profile = testing::Profile::full;
  if (engine.opens_again) options.other_client = [&](InstallationStore&) { return opened.again("3.4"); };
  options.known_deviations = engine.known_deviations;
  for (const auto& name : engine.known_deviations) WARN("left out: " << name);
  options.random_operations = 1'000;
  options.patience = std::chrono::minutes{2};
  check_all(testing::installation_store_contract([&] { return opened.make(); }, options));
}

void check_leases(const Engine& engine) {
  Opened opened(engine);
  testing::LeaseContractOptions<InstallationStore> options;
  if (engine.opens_again) {
    options.same_storage = [&](InstallationStore&) { return opened.again("1.2"); };
    options.other_client = [&](InstallationStore&) { return opened.again("3.4"); };
  }
  check_all(testing::workspace_lease_contract([&] { return opened.make(); }, options));
}

void check_changes(const Engine& engine) {
  Opened opened(engine);
  testing::ChangesContractOptions<InstallationStore> options;
  if (engine.opens_again) options.same_storage = [&](InstallationStore&) { return opened.again("1.2"); };
  check_all(testing::store_changes_contract([&] { return opened.make(); }, options));
}

void check_states(const Engine& engine) {
  const test::StateClock clock;
  Folder folder;
  testing::StateContractOptions<OAuthStateStore> options;
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  if (engine.opens_again) options.reopen = [&](OAuthStateStore&) { return engine.open_states(*folder, clock); };
  options.states = 300;
  options.races = 20;
  check_all(testing::state_store_contract(
      [&] {
        folder = std::make_shared<const test::TempFolder>();
        return engine.open_states(*folder, clock);
      },
      options));
}

void check_events(const Engine& engine) {
  const test::StateClock clock;
  Folder folder;
  testing::EventContractOptions options;
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) { clock.advance(time); };
  if (engine.opens_again) {
    options.reopen = [&](EventDeduplicator&) { return engine.open_events(*folder, clock, "1.2"); };
    options.open_for_another_app = [&](EventDeduplicator&) { return engine.open_events(*folder, clock, "1.20"); };
  }
  options.races = 20;
  check_all(testing::event_deduplicator_contract(
      [&] {
        folder = std::make_shared<const test::TempFolder>();
        return engine.open_events(*folder, clock, "1.2");
      },
      options));
}

}  // namespace

TEST_CASE("memory: installations", "[kits]") { check_installations(test::memory()); }
TEST_CASE("memory: states", "[kits]") { check_states(test::memory()); }
TEST_CASE("memory: leases", "[kits]") { check_leases(test::memory()); }
TEST_CASE("memory: events", "[kits]") { check_events(test::memory()); }
TEST_CASE("memory: changes", "[kits]") { check_changes(test::memory()); }

TEST_CASE("files: installations", "[kits]") { check_installations(test::files(false)); }
TEST_CASE("files: installations with history", "[kits]") { check_installations(test::files(true)); }
TEST_CASE("files: states", "[kits]") { check_states(test::files(false)); }
TEST_CASE("files: leases", "[kits]") { check_leases(test::files(false)); }
TEST_CASE("files: events", "[kits]") { check_events(test::files(false)); }
TEST_CASE("files: changes", "[kits]") { check_changes(test::files(false)); }

#if SLACK_OAUTH_TEST_SQLITE3
TEST_CASE("SQLite: installations", "[kits]") { check_installations(test::databases()); }
TEST_CASE("SQLite: states", "[kits]") { check_states(test::databases()); }
TEST_CASE("SQLite: leases", "[kits]") { check_leases(test::databases()); }
TEST_CASE("SQLite: events", "[kits]") { check_events(test::databases()); }
TEST_CASE("SQLite: changes", "[kits]") { check_changes(test::databases()); }
#endif
