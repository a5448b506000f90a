// expect: slack-oauth: the store of an OAuthFlow lacks `void save(const Installation&)`
#include <slack/oauth/flow/oauth_flow.hpp>

namespace {
struct ReadOnly {};
}  // namespace

using Flow = slack::oauth::BasicOAuthFlow<ReadOnly, slack::oauth::OAuthStateStore, slack::oauth::AnyHttpTransport>;

Flow* program(Flow* flow) { return flow == nullptr ? nullptr : &*flow + sizeof(Flow) - sizeof(*flow); }
