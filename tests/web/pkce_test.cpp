// PKCE, as RFC 7636 has it.
#include <set>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/pkce.hpp>
#include <string>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

TEST_CASE("the challenge is that of RFC 7636, appendix B", "[web]") {
  const PkceVerifier verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  CHECK(verifier.challenge() == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  CHECK(verifier.verifier() == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  CHECK(PkceVerifier::challenge_method == "S256");
}

TEST_CASE("each generated verifier is new, and valid", "[web]") {
  std::set<std::string> verifiers;
  for (int i = 0; i < 100; ++i) {
    const PkceVerifier verifier = PkceVerifier::generate();
    CHECK(verifier.verifier().size() == 43);
    CHECK(PkceVerifier(verifier.verifier()).challenge() == verifier.challenge());
    verifiers.insert(verifier.verifier());
  }
  CHECK(verifiers.size() == 100);
}

TEST_CASE("a verifier of the wrong length or characters is refused, and not shown", "[web]") {
  CHECK_NOTHROW(PkceVerifier(std::string(43, 'a')));
  CHECK_NOTHROW(PkceVerifier(std::string(128, '~')));
  CHECK_NOTHROW(PkceVerifier("-._~" + std::string(40, 'Z')));
  const std::string bad =
      GENERATE(as<std::string>{}, "", std::string(42, 'a'), std::string(129, 'a'), std::string(42, 'a') + "+",
               std::string(42, 'a') + "/", std::string(42, 'a') + "=", std::string(42, 'a') + "\n",
               std::string(42, 'a') + "\xC3", std::string(43, 'a') + std::string(1, '\0'));
  const auto error = test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(PkceVerifier(bad)); });
  CHECK(error.subject() == "code_verifier");
  CHECK(std::string(error.what()).find("aaaa") == std::string::npos);
}
