#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "faulty_events.hpp"
#include "finding.hpp"
#include "slack/oauth/testing/event_deduplicator_contract.hpp"
#include "support/thrown.hpp"

using namespace kit_tests;

TEST_CASE("a correct EventDeduplicator passes the kit") {
  for (const auto& check : event_checks({})) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("each fault of an EventDeduplicator is caught by the check that is meant for it") {
  for (const auto& fault : event_faults()) {
    INFO(fault.check << " — one that " << fault.what);
    const std::string finding = finding_among(event_checks(fault), fault.check);
    CHECK_THAT(finding, Catch::Matchers::StartsWith(fault.check + ": "));
    CHECK_THAT(finding, Catch::Matchers::ContainsSubstring("expected"));
  }
}

TEST_CASE("each check of the kit for events is known to catch a fault") {
  std::set<std::string> caught;
  for (const auto& fault : event_faults()) caught.insert(fault.check);
  std::set<std::string> all;
  for (const auto& check : event_checks({})) all.insert(check.name());
  CHECK(all == caught);
  CHECK(all.size() == 23);
}

TEST_CASE("the kit for events leaves out what it has no option for, and known deviations") {
  const auto make_events = [] {
    return std::make_shared<SimpleEvents>(EventFault{}, std::make_shared<EventStorage>());
  };
  const auto report = so::testing::run_event_contract(make_events, {.races = 1});
  CHECK(report.passed());
  CHECK(report.checks == 13);
  CHECK(report.left_out.size() == 10);
  CHECK(report.turns.size() == 2);
  CHECK(so::testing::event_deduplicator_contract(make_events, {.known_deviations = {"rule 4"}}).size() == 11);
  const auto subject = [&](const so::testing::EventContractOptions& options) {
    return std::string(test::thrown_by<so::InvalidArgumentError>([&] {
                         static_cast<void>(so::testing::event_deduplicator_contract(make_events, options));
                       }).subject());
  };
  CHECK(subject({.known_deviations = {"rule 9"}}) == "known_deviations");
  CHECK(subject({.races = 0}) == "races");
  CHECK(subject({.events_a_race = 0}) == "events_a_race");
  CHECK(finding_among(so::testing::event_deduplicator_contract([] { return nullptr; }),
                      "rule 1: the holder of a claim gets it again") ==
        "rule 1: the holder of a claim gets it again: the function that makes an EventDeduplicator gave none");
}
