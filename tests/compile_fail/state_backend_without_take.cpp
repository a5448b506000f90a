// expect: slack-oauth: the state backend lacks `std::optional<TakenState> take(std::string_view state, Timestamp now)`
// errors: 1
#include <slack/oauth/state_backend.hpp>

struct MyBackend {
  void put(const slack::oauth::NewState& /*state*/) {}
  void purge(slack::oauth::Timestamp /*now*/) {}
};

void program() {
  slack::oauth::BackendOAuthStateStore<MyBackend> states({});
  (void)states.consume(states.issue());
}
