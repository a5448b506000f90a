// expect: slack-oauth: the state backend lacks `void purge(Timestamp now)`
// errors: 1
#include <optional>
#include <slack/oauth/state_backend.hpp>
#include <string_view>

struct MyBackend {
  void put(const slack::oauth::NewState& /*state*/) {}
  std::optional<slack::oauth::TakenState> take(std::string_view /*state*/, slack::oauth::Timestamp /*now*/) {
    return {};
  }
};

void program() {
  slack::oauth::BackendOAuthStateStore<MyBackend> states({});
  (void)states.consume(states.issue());
}
