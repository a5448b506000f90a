// Several processes that get the same events.
#if !defined(_WIN32)
#include <chrono>
#include <memory>
#include <slack/oauth/file.hpp>

#include "catch.hpp"
#include "support/event_processes.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

auto opener(const test::TempFolder& folder, std::chrono::seconds claim_lifetime) {
  return [=, base_dir = folder / "events"] {
    return std::make_shared<FileEventDeduplicator>(
        FileEventDeduplicatorOptions{.base_dir = base_dir,
                                     .client_id = "1.2",
                                     .claim_lifetime = claim_lifetime,
                                     .lock_timeout = std::chrono::milliseconds{60'000}});
  };
}

}  // namespace

TEST_CASE("events in files: each that several processes get is handled once") {
  const test::TempFolder folder;
  test::check_events_of_processes(300, opener(folder, std::chrono::hours{1}));
}

TEST_CASE("events in files: that of a process that died is handled by another") {
  const test::TempFolder folder;
  test::check_event_of_dead_process(opener(folder, std::chrono::seconds{1}));
}
#endif
