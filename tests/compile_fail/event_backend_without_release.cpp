// expect: slack-oauth: the event backend lacks `void release(std::string_view event_id, std::string_view holder)`
// errors: 1
#include <slack/oauth/event_backend.hpp>
#include <string_view>

struct MyBackend {
  slack::oauth::EventState claim(const slack::oauth::NewEventClaim& /*claim*/) {
    return slack::oauth::EventState::done;
  }
  void mark_done(const slack::oauth::HandledEvent& /*event*/) {}
  void purge(slack::oauth::Timestamp /*now*/) {}
};

void program() {
  slack::oauth::BackendEventDeduplicator<MyBackend> events({});
  (void)events.claim("Ev01", "ada");
}
