// JSON Web Tokens signed with HMAC-SHA256, in compact form: RFC 7515 and RFC 7519, and of what they allow the least
// that this library and the Python SDK write (RFC 8725).
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/web/detail/compact_jwt.hpp"
#include "slack/oauth/web/detail/digest.hpp"

namespace slack::oauth::inline v0::detail {

/// REQUIRES: claims that are UTF-8.
[[nodiscard]] inline std::string sign_jwt(const nlohmann::json& claims, std::string_view secret) {
  std::string token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64url_encode(claims.dump());
  token += '.' + base64url_encode(hmac_sha256(secret, token));
  return token;
}

/// The claims of a token that was signed with one of `secrets`; absent for any other text. Nothing is parsed that was
/// not signed, and how long it takes says nothing of the signature.
[[nodiscard]] inline std::optional<nlohmann::json> verify_jwt(std::string_view token,
                                                              const std::vector<std::string>& secrets) {
  const auto parts = split_compact_jwt(token);
  if (!parts) return std::nullopt;
  const auto signature = base64url_decode(parts->signature);
  if (!signature) return std::nullopt;
  unsigned matches = 0;
  for (const std::string& secret : secrets) {
    matches += equals_in_constant_time(hmac_sha256(secret, parts->is_signed), *signature) ? 1 : 0;
  }
  if (matches == 0) return std::nullopt;
  const auto header = decode_jwt_part(parts->header);
  if (!header || !is_header_for("HS256", *header)) return std::nullopt;
  return decode_jwt_part(parts->claims);
}

}  // namespace slack::oauth::inline v0::detail
