#include "slack/oauth/flow/install/signed_state.hpp"

#include <chrono>
#include <memory>
#include <slack/oauth/memory.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/state_clock.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

namespace {

namespace so = slack::oauth;
using nlohmann::json;
using so::InvalidArgumentError;
using so::SignedOAuthStateStore;
using so::SignedOAuthStateStoreOptions;
using so::detail::base64url_decode;
using so::detail::base64url_encode;

// As the app's page shows one: https://docs.slack.dev/authentication/verifying-requests-from-slack
constexpr const char* secret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr const char* other_secret = "not-the-secret-of-the-other-tests-0123456789";
constexpr std::string_view header = R"({"alg":"HS256","typ":"JWT"})";
const test::StateClock start;  // 1767225600

SignedOAuthStateStoreOptions options(const test::StateClock& clock = start) {
  return {.secret = secret, .clock = clock.function()};
}

/// Signed as it should be, whatever is signed.
std::string token(std::string_view header_text, std::string_view claims, std::string_view key = secret) {
  const std::string text = base64url_encode(header_text) + "." + base64url_encode(claims);
  return text + "." + base64url_encode(so::detail::hmac_sha256(key, text));
}

std::string token(const json& claims) { return token(header, claims.dump()); }

json claims_of(const std::string& state) {
  const auto first = state.find('.');
  return json::parse(base64url_decode(state.substr(first + 1, state.rfind('.') - first - 1)).value());
}

}  // namespace

TEST_CASE("states of the Python SDK's StatelessOAuthStateStore are consumed until they expire") {
  const json data = json::parse(test::read_data("python_sdk_states/stateless.json"));
  for (const auto& each : data["states"]) {
    const test::StateClock clock;
    SignedOAuthStateStore store({.secret = data["signing_secret"], .clock = clock.function()});
    const std::string state = each["state"];
    CHECK(store.consume(state) == json());
    clock.advance(std::chrono::seconds{299});
    CHECK(store.consume(state) == json());
    clock.advance(std::chrono::milliseconds{1'501});
    CHECK_FALSE(store.consume(state));
    CHECK_FALSE(SignedOAuthStateStore({.secret = other_secret, .clock = start.function()}).consume(state));
  }
}

TEST_CASE("a state has the header that the Python SDK writes, and its claim exp as a whole number") {
  SignedOAuthStateStore store(options());
  const std::string state = store.issue({{"tenant", "acme"}});
  CHECK(state.starts_with(base64url_encode(header) + "."));
  const json claims = claims_of(state);
  CHECK(claims["exp"].is_number_integer());
  CHECK(claims["exp"] == 1'767'225'900);  // five minutes
  CHECK(base64url_decode(claims["jti"].get<std::string>()).value().size() == 16);
  CHECK(claims["payload"] == json({{"tenant", "acme"}}));
  CHECK(claims_of(store.issue()).size() == 2);
}

TEST_CASE("the signature is that of RFC 7515, appendix A.1") {
  const std::string key =
      base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
          .value();
  const std::string jwt =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto claims = so::detail::verify_jwt(jwt, {key});
  REQUIRE(claims);
  CHECK((*claims)["exp"] == 1'300'819'380);
  CHECK_FALSE(so::detail::verify_jwt(jwt, {key + "x"}));
  CHECK_FALSE(so::detail::verify_jwt(jwt, {}));
  SignedOAuthStateStore store(
      {.secret = key, .clock = [] { return so::Timestamp{std::chrono::seconds{1'300'819'379}}; }});
  CHECK_FALSE(store.consume(jwt));  // it is Joe's, and no state
}

TEST_CASE("only HS256 is taken, whatever a header says") {
  SignedOAuthStateStore store(options());
  const std::string claims = R"({"exp":1767225900})";
  CHECK(store.consume(token(header, claims)));
  CHECK(store.consume(token(R"({"alg":"HS256"})", claims)));
  CHECK(store.consume(token(R"({ "typ" : "JWT", "alg" : "HS256", "kid": "1" })", claims)));
  for (const char* refused :
       {R"({"alg":"none"})", R"({"alg":"None","typ":"JWT"})", R"({"alg":"RS256","typ":"JWT"})", R"({"alg":"HS384"})",
        R"({"alg":"hs256"})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({"typ":"JWT"})", R"({})", R"([])",
        R"("HS256")", "null", "", "{", R"({"alg":"HS256","typ":"at+jwt"})", R"({"alg":"HS256","typ":1})",
        R"({"alg":"HS256","crit":["exp"]})", "{\"alg\":\"HS256\"}\xFF"}) {
    CAPTURE(refused);
    CHECK_FALSE(store.consume(token(refused, claims)));
  }
  const std::string unsigned_text = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(claims);
  CHECK_FALSE(store.consume(unsigned_text + "."));
  CHECK_FALSE(store.consume(unsigned_text));
}

TEST_CASE("claims that are no state's are refused") {
  SignedOAuthStateStore store(options());
  CHECK(store.consume(token({{"exp", 1'767'225'601}})));
  CHECK(store.consume(token({{"exp", 1'767'225'600.5}})));
  CHECK(store.consume(token({{"exp", 1e300}})));
  CHECK(store.consume(token({{"exp", 1'767'225'601}, {"iat", 1'767'225'600}, {"nbf", 1'767'225'600}})));
  for (const json& claims :
       {json({{"exp", 1'767'225'600}}), json({{"exp", 1'767'225'599}}), json({{"exp", -1}}),
        json({{"exp", "1767225900"}}), json({{"exp", nullptr}}), json({{"exp", true}}), json::object(),
        json({{"exp", json::array({1'767'225'900})}}), json({{"exp", 1'767'225'900}, {"nbf", 1'767'225'601}}),
        json({{"exp", 1'767'225'900}, {"nbf", "1"}}), json({{"exp", 1'767'225'900}, {"sub", "U1"}}),
        json({{"exp", 1'767'225'900}, {"iss", "joe"}}), json({{"exp", 1'767'225'900}, {"aud", "x"}})}) {
    CAPTURE(claims.dump());
    CHECK_FALSE(store.consume(token(claims)));
  }
  for (const char* text : {"", "[]", "5", "{\"exp\":1767225900", "{\"exp\":1e999}", "{\"exp\":NaN}"}) {
    CAPTURE(text);
    CHECK_FALSE(store.consume(token(header, text)));
  }
}

TEST_CASE("every change of a state makes it another, which is refused") {
  SignedOAuthStateStore store(options());
  const std::string state = store.issue("acme");
  constexpr std::string_view alphabet = so::detail::base64url_alphabet;
  for (std::size_t i = 0; i < state.size(); ++i) {
    for (const char c : {alphabet[(alphabet.find(state[i]) + 1) % 64], '=', '+', '.', '\0', ' '}) {
      std::string changed = state;
      changed[i] = c;
      if (changed != state) REQUIRE_FALSE(store.consume(changed));
    }
  }
  // The last character of a signature has two bits that mean nothing: only one way to write them is a state.
  for (const char c : alphabet) {
    const std::string changed = state.substr(0, state.size() - 1) + c;
    CHECK(store.consume(changed).has_value() == (changed == state));
  }
  CHECK_FALSE(store.consume(state + "="));
  CHECK_FALSE(store.consume(state + "."));
  CHECK_FALSE(store.consume("." + state));
  CHECK_FALSE(store.consume(state + std::string(4000, 'A')));
  CHECK_FALSE(store.consume(token(header, R"({"exp":1767225900,"payload":")" + std::string(4000, 'x') + "\"}")));
}

TEST_CASE("a secret that was changed goes on being verified where it is given") {
  SignedOAuthStateStore before(options());
  const std::string state = before.issue("acme");
  CHECK_FALSE(SignedOAuthStateStore({.secret = other_secret, .clock = start.function()}).consume(state));
  SignedOAuthStateStore after({.secret = other_secret, .previous_secrets = {secret}, .clock = start.function()});
  CHECK(after.consume(state) == "acme");
  CHECK(after.consume(after.issue()) == json());
  CHECK_FALSE(before.consume(after.issue()));
}

TEST_CASE("without a guard a state can be consumed again, with one it cannot") {
  SignedOAuthStateStore reusable(options());
  const std::string state = reusable.issue("acme");
  CHECK(reusable.consume(state) == "acme");
  CHECK(reusable.consume(state) == "acme");

  const auto guard = std::make_shared<so::MemoryOAuthStateStore>();
  auto guarded_options = options();
  guarded_options.one_time_guard = guard;
  SignedOAuthStateStore guarded(guarded_options);
  SignedOAuthStateStore another_server(guarded_options);
  const std::string once = guarded.issue("acme");
  CHECK(guard->size() == 1);
  CHECK(another_server.consume(once) == "acme");
  CHECK_FALSE(guarded.consume(once));

  // Without an id there is nothing to use up: those of the Python SDK, and of a store without a guard.
  CHECK_FALSE(guarded.consume(token({{"exp", 1'767'225'900}})));
  CHECK_FALSE(guarded.consume(token({{"exp", 1'767'225'900}, {"jti", 5}})));
  CHECK_FALSE(guarded.consume(state));

  // What is refused uses nothing up.
  const std::string kept = guarded.issue();
  std::string forged = kept;
  forged.back() = forged.back() == 'A' ? 'E' : 'A';
  CHECK_FALSE(guarded.consume(forged));
  CHECK(guarded.consume(kept) == json());
}

TEST_CASE("weak secrets and other wrong options are refused by name, and no secret is shown") {
  const auto refused = [](SignedOAuthStateStoreOptions given) {
    const auto error = test::thrown_by<InvalidArgumentError>([&] { const SignedOAuthStateStore store(given); });
    if (!given.secret.empty()) CHECK(std::string(error.what()).find(given.secret) == std::string::npos);
    return std::string(error.subject());
  };
  CHECK(refused({}) == "secret");
  CHECK(refused({.secret = std::string(secret).substr(0, 31)}) == "secret");
  CHECK(refused({.secret = std::string(64, 'x')}) == "secret");
  CHECK(refused({.secret = secret, .previous_secrets = {"short"}}) == "previous_secrets");
  CHECK(refused({.secret = secret, .expiration = std::chrono::seconds{0}}) == "expiration");
  CHECK(refused({.secret = secret, .max_payload_bytes = 2049}) == "max_payload_bytes");
  CHECK(refused({.secret = secret, .clock = nullptr}) == "clock");
}

TEST_CASE("the longest payload makes a state that is taken, and one byte more is refused") {
  auto given = options();
  given.max_payload_bytes = 2048;
  given.one_time_guard = std::make_shared<so::MemoryOAuthStateStore>();
  SignedOAuthStateStore store(given);
  const json longest = std::string(2046, 'x');
  const std::string state = store.issue(longest);
  CHECK(state.size() < 3000);
  CHECK(store.consume(state) == longest);
  CHECK_THROWS_AS(store.issue(std::string(2047, 'x')), InvalidArgumentError);
}

TEST_CASE("why a state was refused is logged, without the state") {
  std::vector<std::string> lines;
  auto given = options();
  given.logger =
      so::Logger(so::LogLevel::debug, [&](so::LogLevel, std::string_view line) { lines.emplace_back(line); });
  SignedOAuthStateStore store(given);
  const std::string state = store.issue("acme");
  static_cast<void>(store.consume(state));
  static_cast<void>(store.consume(state + "x"));
  static_cast<void>(store.consume(token({{"exp", 1}})));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1] == "consumed a state");
  CHECK(lines[2] == "refused a state: it is no token that was signed with this secret");
  CHECK(lines[3] == "refused a state: it has expired, or does not say when it does");
}
