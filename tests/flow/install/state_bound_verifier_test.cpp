#include "slack/oauth/flow/install/detail/state_bound_verifier.hpp"

#include <string>

#include "catch.hpp"

using slack::oauth::detail::verifier_bound_to;

TEST_CASE("a verifier is bound to its state and the client secret", "[flow][pkce]") {
  const std::string verifier = verifier_bound_to("state-1", "not-a-real-secret").verifier();
  CHECK(verifier.size() == 43);
  CHECK(verifier == verifier_bound_to("state-1", "not-a-real-secret").verifier());
  CHECK(verifier != verifier_bound_to("state-2", "not-a-real-secret").verifier());
  CHECK(verifier != verifier_bound_to("state-1", "not-a-real-secret-2").verifier());
}
