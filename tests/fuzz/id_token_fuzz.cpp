// No text from a stranger is an id_token; signed claims are read without a crash, and what is accepted is for this app,
// this request and this time; any set of keys is read or refused.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/web/id_token.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

constexpr std::string_view client_id = "111.222";
constexpr std::string_view nonce = "not-a-real-nonce";
constexpr Timestamp time_of_check{std::chrono::seconds{1'767'225'600}};

// The public key of RFC 7515 appendix A.2.
constexpr const char* keys =
    R"({"keys":[{"kty":"RSA","kid":"k","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQ)"
    R"(p-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSH)"
    R"(SXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNm)"
    R"(oudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})";

const IdTokenVerifier& verifier() {
  static const IdTokenVerifier verifier([](const HttpRequest&) { return HttpResponse{.body = keys}; },
                                        {.client_id = std::string(client_id), .clock = [] { return time_of_check; }});
  return verifier;
}

void verify(std::string_view token) {
  try {
    static_cast<void>(verifier().verify(token, nonce));
    fuzz::check(false);
  } catch (const InvalidDataError& error) {
    fuzz::check(error.subject().starts_with("id_token"));
  }
}

/// As if they had been signed.
void read_claims(std::string_view text) {
  auto json = detail::decode_jwt_part(detail::base64url_encode(text));
  if (!json) return;
  try {
    const auto claims = detail::read_id_token_claims(*std::move(json), {.iss = "https://slack.com",
                                                                        .aud = client_id,
                                                                        .nonce = nonce,
                                                                        .leeway = std::chrono::seconds{60},
                                                                        .time = time_of_check});
    fuzz::check(claims.iss == "https://slack.com" && claims.aud == client_id && claims.nonce == nonce);
    fuzz::check(claims.exp + std::chrono::seconds{60} > time_of_check && !claims.sub.empty());
    fuzz::check(claims.email != "");
  } catch (const InvalidDataError& error) {
    fuzz::check(error.subject().starts_with("id_token."));
  }
}

void read_keys(std::string_view text) {
  try {
    const auto read = detail::read_json_web_keys({.body = std::string(text)});
    fuzz::check(!read.empty() && read.size() <= 16);
    for (const auto& [id, key] : read) fuzz::check(!id.empty() && !key.verifies_rs256("a text", std::string(256, 'x')));
  } catch (const InvalidAnswerError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  switch (text.front()) {
    case 'c':
      read_claims(text.substr(1));
      break;
    case 'k':
      read_keys(text.substr(1));
      break;
    default:
      verify(text.substr(1));
  }
  return 0;
}
