// Signatures of requests: the example of Slack's documentation, and what is not Slack's.
#include <chrono>
#include <cstddef>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/web/signature.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

namespace {

// https://docs.slack.dev/authentication/verifying-requests-from-slack
constexpr std::string_view secret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr std::string_view timestamp = "1531420618";
constexpr std::string_view signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
constexpr std::string_view body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack."
    "com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a1"
    "4d10d2c447fce8b6703c";

SignatureVerifier verifier_at(Timestamp now) {
  return SignatureVerifier(secret, {.clock = [now] { return now; }});
}

SignatureVerifier verifier_in_time() { return verifier_at(test::at(1531420618)); }

HttpRequest signed_request() {
  return {.method = "POST",
          .url = "/slack/events",
          .headers = {{"Host", "app.example"},
                      {"x-slack-request-timestamp", std::string(timestamp)},
                      {"X-SLACK-SIGNATURE", std::string(signature)}},
          .body = std::string(body)};
}

}  // namespace

TEST_CASE("the example of Slack's documentation is valid", "[web]") {
  const auto verifier = verifier_in_time();
  CHECK(verifier.generate_signature(timestamp, body) == signature);
  CHECK(verifier.is_valid(body, timestamp, signature));
  CHECK(verifier.is_valid_request(signed_request()));
}

TEST_CASE("a copy of a verifier verifies, after the first is gone", "[web]") {
  auto first = std::make_unique<SignatureVerifier>(verifier_in_time());
  const SignatureVerifier copy = *first;
  first.reset();
  CHECK(copy.is_valid(body, timestamp, signature));
}

TEST_CASE("a request of another secret, body or time is not valid", "[web]") {
  const auto verifier = verifier_in_time();
  CHECK_FALSE(SignatureVerifier("another", {.clock = [] { return test::at(1531420618); }})
                  .is_valid(body, timestamp, signature));
  CHECK_FALSE(verifier.is_valid(std::string(body) + "&", timestamp, signature));
  CHECK_FALSE(verifier.is_valid("", timestamp, signature));
  CHECK_FALSE(verifier.is_valid(body, "1531420619", signature));
  CHECK_FALSE(verifier.is_valid(body, "01531420618", signature));
}

TEST_CASE("one changed character of a signature is enough", "[web]") {
  const auto verifier = verifier_in_time();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed(signature);
    changed[i] = changed[i] == '0' ? '1' : '0';
    CAPTURE(i);
    CHECK_FALSE(verifier.is_valid(body, timestamp, changed));
  }
}

TEST_CASE("five minutes either way are valid, and a microsecond more is not", "[web]") {
  constexpr std::chrono::microseconds five_minutes = std::chrono::minutes{5};
  const Timestamp sent = test::at(1531420618);
  CHECK(verifier_at(sent + five_minutes).is_valid(body, timestamp, signature));
  CHECK(verifier_at(sent - five_minutes).is_valid(body, timestamp, signature));
  CHECK_FALSE(verifier_at(sent + five_minutes + std::chrono::microseconds{1}).is_valid(body, timestamp, signature));
  CHECK_FALSE(verifier_at(sent - five_minutes - std::chrono::microseconds{1}).is_valid(body, timestamp, signature));
  CHECK_FALSE(SignatureVerifier(secret).is_valid(body, timestamp, signature));
}

TEST_CASE("the tolerance can be set, within a day", "[web]") {
  const auto with = [](std::chrono::seconds tolerance) {
    return SignatureVerifier(secret, {.tolerance = tolerance, .clock = [] { return test::at(1531420628); }});
  };
  CHECK(with(std::chrono::seconds{10}).is_valid(body, timestamp, signature));
  CHECK_FALSE(with(std::chrono::seconds{9}).is_valid(body, timestamp, signature));
  CHECK(test::thrown_by<InvalidArgumentError>([&] { with(std::chrono::seconds{-1}); }).subject() == "tolerance");
  CHECK(test::thrown_by<InvalidArgumentError>([&] { with(std::chrono::seconds::max()); }).subject() == "tolerance");
}

TEST_CASE("the system's clock is the default one", "[web]") {
  const SignatureVerifier verifier(secret);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch();
  const std::string sent = std::to_string(seconds.count());
  CHECK(verifier.is_valid(body, sent, verifier.generate_signature(sent, body)));
}

TEST_CASE("a malformed time is not valid, whoever signed it", "[web]") {
  const auto verifier = verifier_at(test::at(0));
  const std::string malformed =
      GENERATE(as<std::string>{}, "", " ", "x", "-1", "+1", "1.0", "1e2", "0x1", "1 ", " 1", "1,2", "9999999999999",
               "99999999999999999999999999", std::string("1\0", 2), std::string(100'000, '0'));
  CHECK_FALSE(verifier.is_valid(body, malformed, verifier.generate_signature(malformed, body)));
  CHECK(verifier.is_valid(body, "1", verifier.generate_signature("1", body)));
}

TEST_CASE("a malformed signature is not valid", "[web]") {
  const auto verifier = verifier_in_time();
  std::string upper(signature);
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  const std::string malformed =
      GENERATE_COPY(as<std::string>{}, "", "v0=", "v0", std::string(signature.substr(3)),
                    "v1" + std::string(signature.substr(2)), std::string(signature.substr(0, signature.size() - 1)),
                    std::string(signature) + "0", std::string(signature) + "\n", " " + std::string(signature), upper,
                    std::string(100'000, 'a'), std::string(67, '\0'));
  CHECK_FALSE(verifier.is_valid(body, timestamp, malformed));
}

TEST_CASE("a missing or repeated header is not valid", "[web]") {
  const auto verifier = verifier_in_time();
  for (const std::size_t index : {std::size_t{1}, std::size_t{2}}) {
    auto missing = signed_request();
    missing.headers.erase(missing.headers.begin() + static_cast<std::ptrdiff_t>(index));
    CHECK_FALSE(verifier.is_valid_request(missing));

    auto repeated = signed_request();
    repeated.headers.push_back(repeated.headers[index]);
    CHECK_FALSE(verifier.is_valid_request(repeated));

    auto empty = signed_request();
    empty.headers[index].value.clear();
    CHECK_FALSE(verifier.is_valid_request(empty));
  }
  CHECK_FALSE(verifier.is_valid_request({}));
}

TEST_CASE("a body may hold any bytes", "[web]") {
  const auto verifier = verifier_in_time();
  for (const std::string& bytes : {std::string(), std::string("\0\xFF\r\n", 4), std::string(1'000'000, '\0')}) {
    CHECK(verifier.is_valid(bytes, timestamp, verifier.generate_signature(timestamp, bytes)));
  }
}

TEST_CASE("an empty signing secret is refused: anybody could sign with it", "[web]") {
  CHECK(test::thrown_by<InvalidArgumentError>([] { static_cast<void>(SignatureVerifier("")); }).subject() ==
        "signing_secret");
}

TEST_CASE("a signing secret with white space at its ends is refused, and not shown", "[web]") {
  const std::string true_secret(secret);
  const std::string wrong = GENERATE_COPY(values<std::string>(
      {" ", "\n", " \t\r\n\v\f", true_secret + "\n", true_secret + "\r\n", " " + true_secret, "\t" + true_secret}));
  const auto error = test::thrown_by<InvalidArgumentError>([&] { static_cast<void>(SignatureVerifier(wrong)); });
  CHECK(error.subject() == "signing_secret");
  CHECK(std::string(error.what()).find(true_secret) == std::string::npos);
}

TEST_CASE("a signing secret may be longer than a block of the hash", "[web]") {
  const SignatureVerifier verifier(std::string(1000, 'k'), {.clock = [] { return test::at(1531420618); }});
  CHECK(verifier.is_valid(body, timestamp, verifier.generate_signature(timestamp, body)));
  CHECK_FALSE(verifier.is_valid(body, timestamp, signature));
}

TEST_CASE("verifying allocates nothing in this library", "[web]") {
  const auto verifier = verifier_in_time();
  const auto request = signed_request();
  const std::size_t before = test::allocations();
  const bool is_valid = verifier.is_valid_request(request);
  CHECK(test::allocations() == before);
  CHECK(is_valid);
}
