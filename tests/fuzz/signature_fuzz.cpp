// No request makes the check throw, and none is valid but one with the signature that its time and body have.
//
// The input: a line for X-Slack-Request-Timestamp, one for X-Slack-Signature, and the body.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <slack/oauth/web/parameters.hpp>
#include <slack/oauth/web/signature.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {
constexpr std::int64_t sent_at = 1531420618;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SignatureVerifier verifier("not-a-real-signing-secret",
                                          {.clock = [] { return Timestamp{std::chrono::seconds{sent_at}}; }});
  const auto [timestamp, rest] = detail::split_at(fuzz::text_of(data, size), '\n');
  const auto [signature, body] = detail::split_at(rest, '\n');
  HttpRequest request{
      .headers = {{"X-Slack-Request-Timestamp", std::string(timestamp)}, {"X-Slack-Signature", std::string(signature)}},
      .body = std::string(body)};
  const std::string expected = verifier.generate_signature(timestamp, body);
  const bool is_valid = verifier.is_valid_request(request);
  fuzz::check(!is_valid || signature == expected);
  fuzz::check(verifier.is_valid(body, timestamp, signature) == is_valid);

  // The right signature is valid in time alone: within five minutes of now, which are ten digits.
  if (verifier.is_valid(body, timestamp, expected)) {
    fuzz::check(timestamp.size() >= 10 && timestamp.find_first_not_of("0123456789") == std::string_view::npos);
    const auto seconds = std::stoll(std::string(timestamp));
    fuzz::check(seconds >= sent_at - 300 && seconds <= sent_at + 300);
  }

  request.headers.push_back(request.headers.front());
  fuzz::check(!verifier.is_valid_request(request));
  return 0;
}
