// The whole contract kit on FileEventDeduplicator.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/testing/event_deduplicator_contract.hpp>
#include <string>

#include "catch.hpp"
#include "support/state_clock.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

TEST_CASE("the events in files keep the contract") {
  const test::StateClock clock;
  const test::TempFolder folder;
  std::string base_dir;
  int number = 0;
  const auto open = [&](const std::string& client_id) {
    return std::make_shared<FileEventDeduplicator>(
        FileEventDeduplicatorOptions{.base_dir = base_dir,
                                     .client_id = client_id,
                                     .lock_timeout = std::chrono::milliseconds{20'000},
                                     .clock = clock.function()});
  };
  testing::EventContractOptions options;
  options.advance_clock = [&](EventDeduplicator&, std::chrono::seconds time) { clock.advance(time); };
  options.count_events = [&](EventDeduplicator&) {
    const auto names = test::tree(base_dir + "/1.2");
    return static_cast<std::size_t>(std::count_if(
        names.begin(), names.end(), [](const std::string& name) { return name.find("event-") != std::string::npos; }));
  };
  options.reopen = [&](EventDeduplicator&) { return open("1.2"); };
  options.open_for_another_app = [&](EventDeduplicator&) { return open("1.20"); };
  options.break_storage = [&](EventDeduplicator&) {
    std::filesystem::create_directories(base_dir);
    std::filesystem::rename(base_dir, base_dir + ".aside");
    test::write_file(base_dir, "a file where the folder was");
    return [&] {
      std::filesystem::remove(base_dir);
      std::filesystem::rename(base_dir + ".aside", base_dir);
    };
  };
  const auto checks = testing::event_deduplicator_contract(
      [&] {
        base_dir = folder / std::to_string(++number);
        return open("1.2");
      },
      options);
  CHECK(checks.size() == 23);
  for (const auto& check : checks) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}

TEST_CASE("a file of an event that means nothing is no claim, and is purged") {
  const test::StateClock clock;
  const test::TempFolder folder;
  const std::string base_dir = folder / "events";
  FileEventDeduplicator events({.base_dir = base_dir, .client_id = "1.2", .clock = clock.function()});
  REQUIRE(events.claim("Ev1", "ada") == EventState::claimed);
  const std::string file = base_dir + "/1.2/1/event-Ev1";
  REQUIRE(events.claim("Ev1", "bob") == EventState::in_progress);
  for (const char* text : {"", "x", "9223372036854775807 9223372036854775807 ada", "9223372036854775807 -1 ada",
                           "9223372036854775807 -9223372036854775808 ada", "99999999999999999999 1 ada"}) {
    CAPTURE(text);
    test::write_file(file, text);
    CHECK(events.claim("Ev1", "bob") == EventState::claimed);
  }
  test::write_file(file, "9223372036854775807 9223372036854775807 ada");
  for (int i = 0; i < 16; ++i) (void)events.claim("Ev2", "ada");
  CHECK_FALSE(std::filesystem::exists(file));
}
