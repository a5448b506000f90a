// expect: slack-oauth: the event backend lacks `EventState claim(const NewEventClaim&)`
// errors: 1
#include <slack/oauth/event_backend.hpp>
#include <string_view>

struct MyBackend {
  void mark_done(const slack::oauth::HandledEvent& /*event*/) {}
  void release(std::string_view /*event_id*/, std::string_view /*holder*/) {}
  void purge(slack::oauth::Timestamp /*now*/) {}
};

void program() {
  slack::oauth::BackendEventDeduplicator<MyBackend> events({});
  (void)events.claim("Ev01", "ada");
}
