// No text from a stranger is a signed state; what was signed is read without a crash, and only what HS256, exp and the
// house rules allow is a state; every payload comes back from its state or is refused.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

constexpr const char* secret = "not-a-real-secret-of-32-bytes-or-more";

SignedOAuthStateStore& store() {
  static SignedOAuthStateStore store(
      {.secret = secret, .clock = [] { return Timestamp{std::chrono::seconds{1'767'225'600}}; }});
  return store;
}

/// A header and claims, apart at a line feed, under a right signature.
void read_signed(std::string_view text) {
  const auto end = text.find('\n');
  const std::string_view header = text.substr(0, end);
  const std::string_view claims = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  std::string state = detail::base64url_encode(header) + "." + detail::base64url_encode(claims);
  state += "." + detail::base64url_encode(detail::hmac_sha256(secret, state));
  if (!store().consume(state)) return;
  fuzz::check(nlohmann::json::parse(header).at("alg") == "HS256");
  const auto parsed = nlohmann::json::parse(claims);
  fuzz::check(parsed.at("exp").get<double>() > 1'767'225'600);
  fuzz::check(!parsed.contains("aud") && !parsed.contains("iss") && !parsed.contains("sub"));
}

void send_payload(std::string_view text) {
  const auto payload = nlohmann::json::parse(text, nullptr, false);
  try {
    const auto back = store().consume(store().issue(payload));
    fuzz::check(back.has_value() && back->dump() == payload.dump());
  } catch (const InvalidArgumentError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  switch (text.front()) {
    case 's':
      read_signed(text.substr(1));
      break;
    case 'p':
      send_payload(text.substr(1));
      break;
    default:
      fuzz::check(!store().consume(text));
  }
  return 0;
}
