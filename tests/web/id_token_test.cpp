#include "web/id_token.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/web/detail/digest.hpp"
#include "slack/oauth/web/id_token.hpp"
#include "support/thrown.hpp"

namespace {

using namespace slack::oauth;
using namespace std::chrono_literals;
using detail::base64url_encode;
using nlohmann::json;

constexpr std::string_view nonce = "not-a-real-nonce";

/// What is at fault with a token. No error shows any of it.
std::string fault_of(const IdTokenVerifier& verifier, const std::string& token, std::string_view with = nonce) {
  const auto error = test::thrown_by<InvalidDataError>([&] { static_cast<void>(verifier.verify(token, with)); });
  const std::string text = error.what();
  for (std::size_t at = 0; at + 12 <= token.size(); ++at) {
    if (text.find(token.substr(at, 12)) != std::string::npos) FAIL("the error shows a part of the token");
  }
  CHECK(text.find("ada@example.com") == std::string::npos);
  CHECK(text.find(with) == std::string::npos);
  return std::string(error.subject());
}

std::string fault_of_claims(const json& claims) {
  return fault_of(test::KeyServer().verifier(), test::first_key().id_token(claims, "first"));
}

std::string fault_with(const char* name, const json& value) {
  auto claims = test::sign_in_claims();
  claims[name] = value;
  return fault_of_claims(claims);
}

std::string fault_without(const char* name) {
  auto claims = test::sign_in_claims();
  claims.erase(name);
  return fault_of_claims(claims);
}

IdTokenClaims claims_with(const char* name, const json& value) {
  auto claims = test::sign_in_claims();
  claims[name] = value;
  return test::KeyServer().verifier().verify(test::first_key().id_token(claims, "first"), nonce);
}

std::string sound_token() { return test::first_key().id_token(test::sign_in_claims(), "first"); }

json header_with(const char* name, const json& value) {
  json header{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", "first"}};
  header[name] = value;
  return header;
}

std::string fault_of_header(const json& header) {
  return fault_of(test::KeyServer().verifier(), test::first_key().token(header, test::sign_in_claims().dump()));
}

}  // namespace

TEST_CASE("an id_token says who signed in", "[web][id_token]") {
  test::KeyServer slack;
  const auto claims = slack.verifier().verify(sound_token(), nonce);
  CHECK(claims.iss == "https://slack.com");
  CHECK(claims.sub == "U0ADA");
  CHECK(claims.aud == test::sign_in_client_id);
  CHECK(claims.exp == test::sign_in_time + 300s);
  CHECK(claims.iat == test::sign_in_time);
  CHECK(claims.auth_time == test::sign_in_time - 5s);
  CHECK(claims.nonce == nonce);
  CHECK(claims.team_id == "T0FURNACE");
  CHECK(claims.user_id == "U0ADA");
  CHECK(claims.email == "ada@example.com");
  CHECK(claims.email_verified);
  CHECK(claims.locale == "en-US");
  CHECK(claims.name == "Ada");
  CHECK_FALSE(claims.given_name);
  CHECK_FALSE(claims.family_name);
  CHECK_FALSE(claims.picture);
  CHECK(claims.json == test::sign_in_claims());
  CHECK(slack.last_request().method == "GET");
  CHECK(slack.last_request().url == "https://slack.com/openid/connect/keys");
}

TEST_CASE("claims that the scopes do not bring have no value", "[web][id_token]") {
  auto claims = test::sign_in_claims();
  for (const auto* const name : {"email", "email_verified", "name", "locale", "https://slack.com/team_id",
                                 "https://slack.com/user_id", "auth_time"}) {
    claims.erase(name);
  }
  const auto read = test::KeyServer().verifier().verify(test::first_key().id_token(claims, "first"), nonce);
  CHECK(read.sub == "U0ADA");
  CHECK_FALSE(read.email);
  CHECK_FALSE(read.email_verified);
  CHECK_FALSE(read.team_id);
  CHECK_FALSE(read.user_id);
  CHECK_FALSE(read.auth_time);
}

TEST_CASE("a token of another issuer, app or request is refused by the claim's name", "[web][id_token]") {
  CHECK(fault_with("iss", "https://slack.com/") == "id_token.iss");
  CHECK(fault_with("iss", "https://evil.example") == "id_token.iss");
  CHECK(fault_with("iss", 5) == "id_token.iss");
  CHECK(fault_without("iss") == "id_token.iss");
  CHECK(fault_with("aud", "111.222") == "id_token.aud");
  CHECK(fault_with("aud", "") == "id_token.aud");
  CHECK(fault_with("aud", json::array({test::sign_in_client_id, "111.222"})) == "id_token.aud");
  CHECK(fault_with("aud", json::array()) == "id_token.aud");
  CHECK(fault_with("aud", json::object()) == "id_token.aud");
  CHECK(fault_without("aud") == "id_token.aud");
  CHECK(claims_with("aud", json::array({test::sign_in_client_id})).aud == test::sign_in_client_id);
  CHECK(fault_with("azp", "111.222") == "id_token.azp");
  CHECK(claims_with("azp", test::sign_in_client_id).sub == "U0ADA");
  CHECK(fault_with("nonce", "another-nonce") == "id_token.nonce");
  CHECK(fault_with("nonce", "") == "id_token.nonce");
  CHECK(fault_with("nonce", json::array({nonce})) == "id_token.nonce");
  CHECK(fault_without("nonce") == "id_token.nonce");
}

TEST_CASE("a token is refused from its end on, with a leeway", "[web][id_token]") {
  const auto time = test::sign_in_time.time_since_epoch().count();
  CHECK(claims_with("exp", time - 59).exp == test::sign_in_time - 59s);
  CHECK(claims_with("exp", static_cast<double>(time) - 58.5).exp == test::sign_in_time - 58'500ms);
  CHECK(fault_with("exp", time - 60) == "id_token.exp");
  CHECK(fault_with("exp", 0) == "id_token.exp");
  CHECK(fault_with("exp", -1) == "id_token.exp");
  CHECK(fault_with("exp", 1e300) == "id_token.exp");
  CHECK(fault_with("exp", std::to_string(time + 300)) == "id_token.exp");
  CHECK(fault_with("exp", nullptr) == "id_token.exp");
  CHECK(fault_without("exp") == "id_token.exp");
  CHECK(fault_without("iat") == "id_token.iat");
  CHECK(fault_with("iat", "now") == "id_token.iat");
  CHECK(fault_with("nbf", time + 61) == "id_token.nbf");
  CHECK(claims_with("nbf", time + 60).sub == "U0ADA");

  test::KeyServer slack;
  const auto verifier = slack.verifier();
  slack.pass(359s);
  CHECK(verifier.verify(sound_token(), nonce).sub == "U0ADA");
  slack.pass(1s);
  CHECK(fault_of(verifier, sound_token()) == "id_token.exp");
}

TEST_CASE("claims of a wrong type are refused by name", "[web][id_token]") {
  CHECK(fault_without("sub") == "id_token.sub");
  CHECK(fault_with("sub", json::object()) == "id_token.sub");
  CHECK(fault_with("email", 5) == "id_token.email");
  CHECK(fault_with("email_verified", "true") == "id_token.email_verified");
  CHECK(fault_with("https://slack.com/team_id", json::array()) == "id_token.https://slack.com/team_id");
  CHECK(fault_with("auth_time", true) == "id_token.auth_time");
}

TEST_CASE("only a header for RS256 is accepted", "[web][id_token]") {
  CHECK(fault_of_header(header_with("alg", "none")) == "id_token.header");
  CHECK(fault_of_header(header_with("alg", "rs256")) == "id_token.header");
  CHECK(fault_of_header(header_with("alg", "RS512")) == "id_token.header");
  CHECK(fault_of_header(header_with("alg", json::array({"RS256"}))) == "id_token.header");
  CHECK(fault_of_header(header_with("crit", json::array({"exp"}))) == "id_token.header");
  CHECK(fault_of_header(header_with("typ", "at+jwt")) == "id_token.header");
  CHECK(fault_of_header(header_with("kid", "")) == "id_token.header");
  CHECK(fault_of_header(header_with("kid", 1)) == "id_token.header");
  CHECK(fault_of_header(header_with("kid", std::string(257, 'k'))) == "id_token.header");
  CHECK(fault_of_header(json::array()) == "id_token.header");
  CHECK(fault_of_header(json{{"alg", "RS256"}}) == "id_token.header");
}

TEST_CASE("what is signed with the public key as a secret is refused", "[web][id_token]") {
  test::KeyServer slack;
  const auto claims = base64url_encode(test::sign_in_claims().dump());
  for (const auto* const alg : {"HS256", "RS256"}) {
    const std::string is_signed = base64url_encode(header_with("alg", alg).dump()) + "." + claims;
    const auto signature = detail::hmac_sha256(test::first_key().modulus(), is_signed);
    const auto fault = fault_of(slack.verifier(), is_signed + "." + base64url_encode(signature));
    CHECK(fault == (alg == std::string("RS256") ? "id_token.signature" : "id_token.header"));
  }
}

TEST_CASE("a key in a token's own header does not count", "[web][id_token]") {
  auto header = header_with("jwk", test::second_key().json_web_key("first"));
  header["jku"] = "https://evil.example/keys";
  header["x5u"] = "https://evil.example/keys";
  test::KeyServer slack;
  CHECK(fault_of(slack.verifier(), test::second_key().token(header, test::sign_in_claims().dump())) ==
        "id_token.signature");
  CHECK(slack.last_request().url == "https://slack.com/openid/connect/keys");
}

TEST_CASE("a change of any character of a token is refused", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  const std::string token = sound_token();
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const char c : {'A', 'B', '.', '=', '\0'}) {
      std::string changed = token;
      if (changed[at] == c) continue;
      changed[at] = c;
      const auto fault = test::thrown_by<InvalidDataError>([&] { static_cast<void>(verifier.verify(changed, nonce)); });
      if (!fault.subject().starts_with("id_token")) FAIL("at " << at);
    }
  }
  const std::string claims_end = token.substr(0, token.rfind('.'));
  CHECK(fault_of(verifier, claims_end + ".") == "id_token.signature");
  CHECK(fault_of(verifier, claims_end) == "id_token");
  CHECK(fault_of(verifier, token + ".") == "id_token");
  CHECK(fault_of(verifier, token + "=") == "id_token.signature");
  CHECK(fault_of(verifier, " " + token) == "id_token.header");
  CHECK(fault_of(verifier, "") == "id_token");
  CHECK(fault_of(verifier, "..") == "id_token.header");
  CHECK(fault_of(verifier, std::string(16'385, 'a')) == "id_token");
  CHECK(verifier.verify(token, nonce).sub == "U0ADA");
}

TEST_CASE("what is signed and is no object is refused", "[web][id_token]") {
  test::KeyServer slack;
  for (const std::string text : {"", "[]", "null", "{", "\"text\"", "{\"iss\":1e999}", "\xFF"}) {
    CHECK(fault_of(slack.verifier(), test::first_key().token(header_with("typ", "JWT"), text)) == "id_token");
  }
  CHECK(fault_of(slack.verifier(), test::first_key().token(header_with("typ", "JWT"), "{}")) == "id_token.iss");
}

TEST_CASE("a request without a nonce is another method", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  auto claims = test::sign_in_claims();
  claims.erase("nonce");
  const auto token = test::first_key().id_token(claims, "first");
  CHECK(verifier.verify_without_nonce(token).sub == "U0ADA");
  CHECK_FALSE(verifier.verify_without_nonce(token).nonce);
  CHECK(test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(verifier.verify(token, "")); }).subject() ==
        "nonce");
}

TEST_CASE("keys are fetched once, and again when they are old", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  const auto copy = verifier;  // NOLINT(performance-unnecessary-copy-initialization)
  auto claims = test::sign_in_claims();
  claims["exp"] = claims["exp"].get<std::int64_t>() + 100'000;
  const auto token = test::first_key().id_token(claims, "first");
  CHECK(slack.fetches() == 0);
  for (int i = 0; i < 3; ++i) CHECK(copy.verify(token, nonce).sub == "U0ADA");
  CHECK(slack.fetches() == 1);
  slack.pass(1h - 1s);
  CHECK(verifier.verify(token, nonce).sub == "U0ADA");
  CHECK(slack.fetches() == 1);
  slack.pass(1s);
  CHECK(verifier.verify(token, nonce).sub == "U0ADA");
  CHECK(slack.fetches() == 2);
  slack.pass(-2s);  // a clock that was set back
  CHECK(verifier.verify(token, nonce).sub == "U0ADA");
  CHECK(slack.fetches() == 3);

  slack.publish({test::second_key().json_web_key("second")});
  slack.pass(1h);
  CHECK(fault_of(verifier, token) == "id_token.header");  // withdrawn
}

TEST_CASE("a token with a new key is verified at once, and made-up keys fetch seldom", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  CHECK(verifier.verify(sound_token(), nonce).sub == "U0ADA");
  slack.publish({test::first_key().json_web_key("first"), test::second_key().json_web_key("second")});
  const auto token = test::second_key().id_token(test::sign_in_claims(), "second");
  slack.pass(10s);
  CHECK(verifier.verify(token, nonce).sub == "U0ADA");
  CHECK(slack.fetches() == 2);
  CHECK(verifier.verify(sound_token(), nonce).sub == "U0ADA");

  for (int i = 0; i < 50; ++i) {
    CHECK(fault_of(verifier, test::second_key().id_token(test::sign_in_claims(), "made-up-" + std::to_string(i))) ==
          "id_token.header");
  }
  CHECK(slack.fetches() == 2);
  slack.pass(10s);
  CHECK(fault_of(verifier, test::second_key().id_token(test::sign_in_claims(), "made-up")) == "id_token.header");
  CHECK(slack.fetches() == 3);

  slack.pass(10s);
  slack.answer({.status = 500});
  const auto fetch = [&] { static_cast<void>(verifier.verify(test::first_key().id_token({}, "made-up"), nonce)); };
  CHECK(test::thrown_by<InvalidAnswerError>(fetch).code() == "http_500");
  for (int i = 0; i < 5; ++i) CHECK(test::thrown_by<HttpError>(fetch).is_retryable());  // nothing is known of the key
  CHECK(slack.fetches() == 4);
  CHECK(verifier.verify(sound_token(), nonce).sub == "U0ADA");
}

TEST_CASE("keys that cannot be fetched say nothing about the token", "[web][id_token]") {
  test::KeyServer slack;
  const auto verifier = slack.verifier();
  const auto verify = [&] { static_cast<void>(verifier.verify(sound_token(), nonce)); };
  slack.answer([]() -> HttpResponse { throw HttpError("no answer", "LOST", HttpError::Reach::maybe_sent); });
  CHECK(test::thrown_by<HttpError>(verify).code() == "LOST");
  CHECK(slack.fetches() == 2);
  slack.answer({.status = 429, .headers = {{"Retry-After", "7"}}});
  CHECK(test::thrown_by<RateLimitedError>(verify).retry_after() == 7s);
  slack.answer({.status = 429, .headers = {{"Retry-After", "4294967295"}}});
  slack.pass(6s);  // Slack is not asked before it wants to be
  CHECK(test::thrown_by<RateLimitedError>(verify).retry_after() == 1s);
  CHECK(slack.fetches() == 3);
  slack.pass(1s);
  CHECK(test::thrown_by<RateLimitedError>(verify).retry_after() > 24h);
  CHECK(slack.fetches() == 4);
  slack.answer({.status = 302, .headers = {{"Location", "https://evil.example/keys"}}});
  slack.pass(1h);
  CHECK(test::thrown_by<InvalidAnswerError>(verify).code() == "http_302");
  for (const std::string body : {"", "<h1>Bad Gateway</h1>", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})",
                                 R"({"keys":[null,5,{"kty":"EC"}]})", R"({"ok":false,"error":"fatal_error"})"}) {
    slack.answer({.body = body});
    CHECK(test::thrown_by<InvalidAnswerError>(verify).subject() == "openid/connect/keys");
  }
  slack.answer({.body = R"({"keys":[)" + std::string(70'000, ' ') + "]}"});
  CHECK_THROWS_AS(verify(), InvalidAnswerError);
  slack.publish({test::first_key().json_web_key("first")});
  slack.pass(-1h);
  CHECK(verifier.verify(sound_token(), nonce).sub == "U0ADA");
}

TEST_CASE("keys for something else are left out, and no number of keys fills the memory", "[web][id_token]") {
  test::KeyServer slack;
  const json sound = test::first_key().json_web_key("first");
  const auto is_used = [&](const char* name, const json& value) {
    json key = sound;
    key[name] = value;
    slack.publish({test::second_key().json_web_key("second"), key});
    try {
      return slack.verifier().verify(sound_token(), nonce).sub == "U0ADA";
    } catch (const InvalidDataError&) {
      return false;
    }
  };
  CHECK(is_used("x5c", json::array()));
  CHECK_FALSE(is_used("use", "enc"));
  CHECK_FALSE(is_used("alg", "RS512"));
  CHECK_FALSE(is_used("kty", "oct"));
  CHECK_FALSE(is_used("n", "AQAB"));
  CHECK_FALSE(is_used("n", 5));
  CHECK_FALSE(is_used("e", "AQ"));
  CHECK_FALSE(is_used("kid", nullptr));
  json plain = sound;
  plain.erase("use");
  plain.erase("alg");
  slack.publish({plain});
  CHECK(slack.verifier().verify(sound_token(), nonce).sub == "U0ADA");

  json many = json::array();
  for (int i = 0; i < 40; ++i) many.push_back(test::second_key().json_web_key("key-" + std::to_string(i)));
  CHECK(detail::read_json_web_keys({.body = json{{"keys", many}}.dump()}).size() == 16);
}

TEST_CASE("options that cannot work are refused by name", "[web][id_token]") {
  const auto subject_of = [](IdTokenVerifierOptions options) {
    return std::string(test::thrown_by<InvalidArgumentError>([&] {
                         static_cast<void>(IdTokenVerifier(test::KeyServer(), options));
                       }).subject());
  };
  CHECK(subject_of({}) == "client_id");
  CHECK(subject_of({.client_id = "1 "}) == "client_id");
  CHECK(subject_of({.client_id = "1", .issuer = ""}) == "issuer");
  CHECK(subject_of({.client_id = "1", .keys_url = "http://slack.com/openid/connect/keys"}) == "keys_url");
  CHECK(subject_of({.client_id = "1", .keys_url = ""}) == "keys_url");
  CHECK(subject_of({.client_id = "1", .leeway = -1s}) == "leeway");
  CHECK(subject_of({.client_id = "1", .leeway = 301s}) == "leeway");
  CHECK(subject_of({.client_id = "1", .keys_lifetime = 0s}) == "keys_lifetime");
  CHECK(subject_of({.client_id = "1", .keys_fetch_interval = 0s}) == "keys_fetch_interval");
  CHECK(subject_of({.client_id = "1", .clock = nullptr}) == "clock");
  CHECK_NOTHROW(IdTokenVerifier(test::KeyServer(), {.client_id = "1", .keys_url = "http://127.0.0.1:8080/keys"}));
}

TEST_CASE("a nonce is one that nobody can guess", "[web][id_token]") {
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) nonces.insert(generate_nonce());
  CHECK(nonces.size() == 100);
  CHECK(nonces.begin()->size() == 43);
}
