#include "slack/oauth/event_deduplicator.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <slack/oauth/event_backend.hpp>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/state_clock.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

namespace {

/// Writes down what is asked of it, and fails where a test wants that.
struct NotedBackend {
  EventState claim(const NewEventClaim& claim) {
    note("claim " + std::string(claim.event_id));
    return answer;
  }
  void mark_done(const HandledEvent& event) { note("mark " + std::string(event.event_id)); }
  void release(std::string_view event_id, std::string_view /*holder*/) { note("release " + std::string(event_id)); }
  void purge(Timestamp /*now*/) {
    ++purges;
    if (fails_to_purge) throw StorageError({.backend = "noted", .native_code = "ENOSPC"}, "the disk is full");
  }

  void note(const std::string& call) {
    calls += call + ";";
    if (fails) throw StorageError({.backend = "noted", .native_code = "ENOSPC"}, "the disk is full");
  }

  std::string calls{};
  int purges = 0;
  EventState answer = EventState::claimed;
  bool fails = false;
  bool fails_to_purge = false;
};

using NotedEvents = BackendEventDeduplicator<NotedBackend>;

}  // namespace

TEST_CASE("the last copy of a claim gives the event back, unless it was marked") {
  const auto events = std::make_shared<NotedEvents>(EventRules{});
  std::string& calls = events->backend().calls;
  {
    std::optional<EventClaim> first(std::in_place, events, "Ev01");
    const EventClaim second = *first;
    first.reset();
    CHECK(calls == "claim Ev01;");
    CHECK(second.state() == EventState::claimed);
  }
  CHECK(calls == "claim Ev01;release Ev01;");
  calls.clear();
  {
    const EventClaim claim(events, "Ev01");
    const EventClaim copy = claim;
    copy.mark_done();
    claim.mark_done();  // it was marked
  }
  CHECK(calls == "claim Ev01;mark Ev01;");
}

TEST_CASE("a claim of another's event changes nothing") {
  const auto events = std::make_shared<NotedEvents>(EventRules{});
  for (const EventState state : {EventState::in_progress, EventState::done}) {
    events->backend().answer = state;
    events->backend().calls.clear();
    {
      const EventClaim claim(events, "Ev01");
      CHECK(claim.state() == state);
      claim.mark_done();
    }
    CHECK(events->backend().calls == "claim Ev01;");
  }
}

TEST_CASE("nobody gives back what was handled, also without a name") {
  MemoryEventDeduplicator events;
  CHECK(events.claim("Ev01", "ada") == EventState::claimed);
  events.release("Ev01", "");
  CHECK(events.claim("Ev01", "bob") == EventState::in_progress);
  events.mark_done("Ev01");
  events.release("Ev01", "");
  CHECK(events.claim("Ev01", "bob") == EventState::done);
  for (const std::string& holder : {std::string(), std::string("a b"), std::string("a\0", 2), std::string(256, 'a')}) {
    CHECK(test::thrown_by<InvalidArgumentError>([&] { (void)events.claim("Ev02", holder); }).subject() == "holder");
  }
}

TEST_CASE("a claim of nothing is as if the event had been claimed") {
  const EventClaim claim;
  CHECK(claim.state() == EventState::claimed);
  claim.mark_done();
  CHECK(test::thrown_by<InvalidArgumentError>([] { const EventClaim none(nullptr, "Ev01"); }).subject() == "events");
}

TEST_CASE("a mark that fails keeps the claim, and can be tried again") {
  const auto events = std::make_shared<NotedEvents>(EventRules{});
  auto& backend = events->backend();
  {
    const EventClaim claim(events, "Ev01");
    backend.fails = true;
    CHECK_THROWS_AS(claim.mark_done(), StorageError);
  }
  CHECK(backend.calls == "claim Ev01;mark Ev01;");  // the work was done: nobody is invited to do it again
  backend.fails = false;
  backend.calls.clear();
  const EventClaim claim(events, "Ev01");
  backend.fails = true;
  CHECK_THROWS_AS(claim.mark_done(), StorageError);
  backend.fails = false;
  claim.mark_done();
  CHECK(backend.calls == "claim Ev01;mark Ev01;mark Ev01;");
}

TEST_CASE("what cannot be given back or purged is logged, and is no error") {
  std::string lines;
  const auto events = std::make_shared<NotedEvents>(
      EventRules{.logger = Logger(LogLevel::warning,
                                  [&](LogLevel, std::string_view line) { lines += std::string(line) + "\n"; })});
  {
    const EventClaim claim(events, "Ev01");
    events->backend().fails = true;
  }
  CHECK_THAT(lines, Catch::Matchers::StartsWith("could not give an event back: "));
  lines.clear();
  // A storage that fails is not asked for anything else.
  for (int i = 0; i < 16; ++i) CHECK_THROWS_AS(events->claim("Ev01", "ada"), StorageError);
  CHECK(events->backend().purges == 1);
  events->backend().fails = false;
  events->backend().fails_to_purge = true;
  for (int i = 0; i < 16; ++i) CHECK(events->claim("Ev01", "ada") == EventState::claimed);
  CHECK_THAT(lines, Catch::Matchers::StartsWith("could not look for events that have expired: "));
  CHECK(events->backend().purges == 3);
}

TEST_CASE("rules of events that cannot be kept are named") {
  const auto subject = [](const MemoryEventDeduplicatorOptions& options) {
    return std::string(
        test::thrown_by<InvalidArgumentError>([&] { const MemoryEventDeduplicator made(options); }).subject());
  };
  using std::chrono::seconds;
  CHECK(subject({.claim_lifetime = seconds{0}}) == "claim_lifetime");
  CHECK(subject({.claim_lifetime = std::chrono::hours{25}}) == "claim_lifetime");
  CHECK(subject({.claim_lifetime = seconds{61}, .expiration = seconds{60}}) == "expiration");
  CHECK(subject({.expiration = std::chrono::days{367}}) == "expiration");
  CHECK(subject({.max_events = 0}) == "max_events");
  CHECK(subject({.clock = nullptr}) == "clock");
  MemoryEventDeduplicator events;
  CHECK(test::thrown_by<InvalidArgumentError>([&] { (void)events.claim("Ev01", ""); }).subject() == "holder");
}

TEST_CASE("in memory the events that were handled give way first, and the log says so") {
  std::string lines;
  MemoryEventDeduplicator events(
      {.max_events = 3, .logger = Logger(LogLevel::warning, [&](LogLevel, std::string_view line) {
                          lines += std::string(line) + "\n";
                        })});
  (void)events.claim("Ev01", "ada");
  (void)events.claim("Ev02", "ada");
  events.mark_done("Ev02");
  events.mark_done("Ev03");
  CHECK(lines.empty());
  CHECK(events.claim("Ev04", "ada") == EventState::claimed);
  CHECK(lines == "an event gave way: there were max_events of them\n");
  CHECK(events.size() == 3);
  CHECK(events.claim("Ev03", "bob") == EventState::done);
  CHECK(events.claim("Ev01", "bob") == EventState::in_progress);
  events.mark_done("Ev05");  // takes the place of Ev03
  events.mark_done("Ev06");
  CHECK(events.claim("Ev01", "bob") == EventState::in_progress);
  CHECK(events.claim("Ev06", "bob") == EventState::done);
  CHECK(events.size() == 3);
  // Once for as many as it holds.
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 1);
  events.mark_done("Ev07");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
}
