// expect: slack-oauth: the store of an OAuthFlow lacks `void save(const Installation&)`
#include <cstddef>
#include <slack/oauth/flow/install/oauth_flow.hpp>

namespace {
struct ReadOnly {};
}  // namespace

using Flow = slack::oauth::BasicOAuthFlow<ReadOnly, slack::oauth::OAuthStateStore, slack::oauth::AnyHttpTransport>;

std::size_t program() { return sizeof(Flow); }
