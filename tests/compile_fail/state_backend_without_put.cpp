// expect: slack-oauth: the state backend lacks `void put(const NewState&)`
// errors: 1
#include <optional>
#include <slack/oauth/state_backend.hpp>
#include <string_view>

struct MyBackend {
  std::optional<slack::oauth::TakenState> take(std::string_view /*state*/, slack::oauth::Timestamp /*now*/) {
    return {};
  }
  void purge(slack::oauth::Timestamp /*now*/) {}
};

void program() {
  slack::oauth::BackendOAuthStateStore<MyBackend> states({});
  (void)states.consume(states.issue());
}
