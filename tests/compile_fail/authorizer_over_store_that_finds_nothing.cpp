// expect: slack-oauth: an authorizer needs a store with find_installation or find_bot
#include <slack/oauth/flow/authorize/authorizer.hpp>

struct DeafStore {
  void save(const slack::oauth::Installation& installation);
};

void program(DeafStore& store) {
  const slack::oauth::BasicAuthorizer<DeafStore, slack::oauth::AnyHttpTransport> authorizer(store);
}
