#include "slack/oauth/testing/installation_store_contract.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "faults_of_rules_13_to_15.hpp"
#include "faults_of_rules_1_to_7.hpp"
#include "faults_of_rules_8_to_12.hpp"
#include "faults_of_threads.hpp"
#include "simple_backend.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace {

using namespace kit_tests;
using so::testing::ContractViolation;
using so::testing::installation_store_contract;
using so::testing::Profile;

class SimpleBotStore : public so::InstallationStore {
 public:
  void save(const so::Installation& installation) override { store_.save(installation); }
  [[nodiscard]] std::optional<so::Bot> find_bot(const so::BotQuery& query) const override {
    return store_.find_bot(query);
  }
  void delete_bot(const so::WorkspaceRef& ref) override { store_.delete_bot(ref); }
  void delete_all(const so::WorkspaceRef& ref) override { store_.delete_all(ref); }

 private:
  SimpleStore store_;
};

class SimpleInstallationOnlyStore : public so::InstallationStore {
 public:
  void save(const so::Installation& installation) override { store_.save(installation); }
  [[nodiscard]] std::optional<so::Installation> find_installation(const so::InstallationQuery& query) const override {
    return store_.find_installation(query);
  }

 private:
  SimpleStore store_;
};

template <class Checks>
std::set<std::string> names_of(const Checks& checks) {
  std::set<std::string> names;
  for (const auto& check : checks) names.insert(check.name());
  return names;
}

void require_caught(const std::vector<Fault>& faults) {
  for (const auto& fault : faults) {
    INFO(fault.check << " — a store that " << fault.what);
    CHECK(finding_of(fault.check, [] { return std::make_shared<HookedStore>(); }).empty());
    const std::string finding = finding_of(fault.check, fault.make_store);
    CHECK(finding.starts_with(fault.check + ": "));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected"));
  }
}

}  // namespace

TEST_CASE("wrong ids are caught by the check meant for them") { require_caught(faults_of_ids()); }
TEST_CASE("wrong records are caught by the check meant for them") { require_caught(faults_of_records()); }
TEST_CASE("wrong saves and deletions are caught by the check meant for them") { require_caught(faults_of_writes()); }
TEST_CASE("wrong values are caught by the check meant for them") { require_caught(faults_of_values()); }
TEST_CASE("wrong failures are caught by the check meant for them") { require_caught(faults_of_failures()); }
TEST_CASE("wrong visits are caught by the check meant for them") { require_caught(faults_of_visits()); }

TEST_CASE("wrong replacements of tokens are caught by the check meant for them") {
  require_caught(faults_of_replaced_tokens());
}
TEST_CASE("wrong replacements of records are caught by the check meant for them") {
  require_caught(faults_of_replaced_records());
}
TEST_CASE("wrong moments are caught by the check meant for them") { require_caught(faults_of_moments()); }
TEST_CASE("old bot tokens are caught by the check meant for them") { require_caught(faults_of_old_tokens()); }

TEST_CASE("each check of the kit is known to catch a fault") {
  std::set<std::string> caught{
      "rules 1 to 15: random calls are answered as by a simple model"};  // random_rules_test.cpp
  for (const auto& faults : {faults_of_ids(), faults_of_records(), faults_of_writes(), faults_of_values(),
                             faults_of_failures(), faults_of_visits(), faults_of_threads(), faults_of_replaced_tokens(),
                             faults_of_replaced_records(), faults_of_moments(), faults_of_old_tokens()}) {
    for (const auto& fault : faults) caught.insert(fault.check);
  }
  const auto checks = installation_store_contract([] { return std::make_shared<HookedStore>(); }, fault_options());
  CHECK(names_of(checks) == caught);
}

TEST_CASE("each rule has a check, and each check a name of its own") {
  const auto checks = installation_store_contract([] { return std::make_unique<SimpleStore>(); });
  CHECK(names_of(checks).size() == checks.size());
  for (int rule = 1; rule <= 15; ++rule) {
    const std::string beginning = "rule " + std::to_string(rule) + ": ";
    INFO(beginning);
    CHECK(std::any_of(checks.begin(), checks.end(),
                      [&](const auto& check) { return check.name().starts_with(beginning); }));
  }
}

TEST_CASE("the store's class says which checks apply") {
  const auto all = installation_store_contract([] { return std::make_unique<SimpleStore>(); }).size();
  const auto bot_only = installation_store_contract([] { return std::make_unique<SimpleBotStore>(); }).size();
  const auto installation_only =
      installation_store_contract([] { return std::make_unique<SimpleInstallationOnlyStore>(); }).size();
  CHECK(bot_only < all);
  CHECK(installation_only < all);
  CHECK(installation_store_contract([] { return std::make_unique<SimpleStore>(); }, {.profile = Profile::bot_only})
            .size() == bot_only);
  CHECK(installation_store_contract([] { return std::make_unique<SimpleStore>(); },
                                    {.profile = Profile::installation_only})
            .size() == installation_only);

  const auto make_any = []() -> std::unique_ptr<so::InstallationStore> { return std::make_unique<SimpleBotStore>(); };
  CHECK(installation_store_contract(make_any).size() == all);
}

TEST_CASE("a profile that promises too much is caught, and the method named") {
  const auto checks =
      installation_store_contract([] { return std::make_unique<SimpleBotStore>(); }, {.profile = Profile::full});
  std::string findings;
  for (const auto& check : checks) {
    if (!check.name().starts_with("rule 4")) continue;
    try {
      check.run();
    } catch (const ContractViolation& violation) {
      findings += violation.what();
    }
  }
  CHECK_THAT(findings, Catch::Matchers::ContainsSubstring("InstallationStore::find_installation is not implemented"));
}

TEST_CASE("known deviations leave checks out") {
  const auto make_store = [] { return std::make_unique<SimpleStore>(); };
  const auto all = names_of(installation_store_contract(make_store));
  const auto without = [&](std::vector<std::string> deviations) {
    return names_of(installation_store_contract(make_store, {.known_deviations = std::move(deviations)}));
  };
  const std::string one = "rule 12: an empty store visits nothing";
  CHECK(without({one}).size() == all.size() - 1);
  CHECK_FALSE(without({one}).contains(one));
  const auto without_rule_1 = without({"rule 1"});
  CHECK(std::none_of(without_rule_1.begin(), without_rule_1.end(),
                     [](const auto& name) { return name.starts_with("rule 1:"); }));
  CHECK(without_rule_1.contains(one));
  CHECK_THROWS_WITH(without({"rule 16"}), Catch::Matchers::ContainsSubstring("rule 16"));
  const auto without_nul = names_of(installation_store_contract(make_store, {.holds_nul = false}));
  CHECK(without_nul.size() == all.size() - 2);
}

TEST_CASE("a violation says the rule, what was expected, what came back and the calls, and shows no token") {
  const std::string finding = finding_of(
      "rule 3: a deleted bot's token is nowhere to be found",
      hooked([](HookedStore& store, SimpleStore&) { store.on_delete_bot = [](const so::WorkspaceRef&) {}; }));
  CHECK_THAT(finding, Catch::Matchers::StartsWith("rule 3: a deleted bot's token is nowhere to be found: "
                                                  "find_bot({.team_id = \"T1\"}): expected nothing, but got {"));
  CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("xoxb-…0002"));
  CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("delete_bot({.team_id = \"T1\"}), find_bot("));
  CHECK(finding.find("xoxb-contract") == std::string::npos);
}

TEST_CASE("a factory that gives no store, and exceptions of any kind, are violations") {
  const auto none = installation_store_contract([] { return std::unique_ptr<SimpleStore>(); });
  CHECK_THROWS_AS(none.front().run(), ContractViolation);
  const auto throwing = installation_store_contract([]() -> std::unique_ptr<SimpleStore> { throw 42; });
  CHECK_THROWS_AS(throwing.front().run(), ContractViolation);
  const auto failing =
      installation_store_contract([]() -> std::unique_ptr<SimpleStore> { throw std::runtime_error("no server"); });
  CHECK_THROWS_WITH(failing.front().run(), Catch::Matchers::ContainsSubstring("no server"));
}

TEST_CASE("all checks run in one call, and every failure is told") {
  so::testing::ContractOptions<HookedStore> options = fault_options();
  options.known_deviations = {"rule 5", "rule 6", "rule 11", "rule 12", "rule 13", "rule 14"};  // no threads here
  const auto good = so::testing::run_contract([] { return std::make_shared<HookedStore>(); }, options);
  CHECK(good.passed());
  CHECK(good.checks > 30);
  const auto bad = so::testing::run_contract(flawed({.ignores_enterprise = true}), options);
  CHECK_FALSE(bad.passed());
  CHECK(bad.failures.size() > 2);
  CHECK(bad.checks == good.checks);
}

TEST_CASE("a report says which checks were left out") {
  so::testing::ContractOptions<SimpleBotStore> options;
  options.random_operations = 100;
  options.concurrent_time = std::chrono::milliseconds{1};
  options.known_deviations = {"rule 1", "rule 11"};
  const auto report = so::testing::run_contract([] { return std::make_unique<SimpleBotStore>(); }, options);
  CAPTURE(report.failures);
  CHECK(report.passed());
  const auto all =
      names_of(installation_store_contract([] { return std::make_shared<HookedStore>(); }, fault_options()));
  CHECK(report.checks + report.left_out.size() == all.size());
  for (const char* name : {"rule 1: an absent id and an empty one are the same",               // a known deviation
                           "rule 3: a bot saved alone needs no installation, and makes none",  // no method
                           "rule 10: a failing storage is a StorageError"}) {                  // no option
    CHECK(std::count(report.left_out.begin(), report.left_out.end(), name) == 1);
  }
}

TEST_CASE("a check whose hook does not do its part fails") {
  auto options = fault_options();
  options.break_storage = [](HookedStore& store) {
    store.simple().backend().storage()->is_broken = true;
    return nullptr;
  };
  const MakeStore make_store = [] { return std::make_shared<HookedStore>(); };
  CHECK_THAT(finding_of("rule 10: after a failed call the data is as it was", make_store, options),
             Catch::Matchers::ContainsSubstring("break_storage"));
  CHECK(finding_of("rule 10: a failing storage is a StorageError", make_store, options).empty());
  options.stored_texts = [](HookedStore&) { return std::vector<std::string>{"something else"}; };
  CHECK_THAT(finding_of("rule 15: nothing that is stored holds an old bot token", make_store, options),
             Catch::Matchers::ContainsSubstring("what it lists is not the storage"));
}

TEST_CASE("options that would let a check do nothing are refused") {
  const auto subject_of = [](const auto& change) {
    auto options = fault_options();
    change(options);
    try {
      (void)installation_store_contract([] { return std::make_shared<HookedStore>(); }, options);
    } catch (const so::InvalidArgumentError& error) {
      return std::string(error.subject());
    }
    return std::string("nothing");
  };
  CHECK(subject_of([](auto& options) { options.random_operations = 0; }) == "random_operations");
  CHECK(subject_of([](auto& options) { options.visited_workspaces = 0; }) == "visited_workspaces");
  CHECK(subject_of([](auto& options) { options.least_turns = 0; }) == "least_turns");
}
