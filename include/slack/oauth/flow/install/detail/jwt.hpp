// JSON Web Tokens signed with HMAC-SHA256, in compact form: RFC 7515 and RFC 7519, and of what they allow the least
// that this library and the Python SDK write (RFC 8725).
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/web/detail/digest.hpp"

namespace slack::oauth::inline v0::detail {

/// REQUIRES: claims that are UTF-8.
[[nodiscard]] inline std::string sign_jwt(const nlohmann::json& claims, std::string_view secret) {
  std::string token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})") + '.' + base64url_encode(claims.dump());
  token += '.' + base64url_encode(hmac_sha256(secret, token));
  return token;
}

/// Whether the signature may be what this library checks it to be. RFC 8725 section 3.1: the token has no say in it.
[[nodiscard]] inline bool is_hs256_header(const nlohmann::json& header) {
  const auto alg = header.is_object() ? header.find("alg") : header.end();
  if (alg == header.end() || *alg != "HS256" || header.contains("crit")) return false;
  const auto type = header.find("typ");
  return type == header.end() || *type == "JWT";
}

/// The claims of a token that was signed with one of `secrets`; absent for any other text. Nothing is parsed that was
/// not signed, and how long it takes says nothing of the signature.
[[nodiscard]] inline std::optional<nlohmann::json> verify_jwt(std::string_view token,
                                                              const std::vector<std::string>& secrets) {
  if (std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const auto end_of_header = token.find('.');
  const auto end_of_claims = token.rfind('.');
  const auto signature = base64url_decode(token.substr(end_of_claims + 1));
  if (!signature) return std::nullopt;
  const std::string_view is_signed = token.substr(0, end_of_claims);
  unsigned matches = 0;
  for (const std::string& secret : secrets) {
    matches += equals_in_constant_time(hmac_sha256(secret, is_signed), *signature) ? 1 : 0;
  }
  if (matches == 0) return std::nullopt;
  const auto header = base64url_decode(token.substr(0, end_of_header));
  const auto claims = base64url_decode(token.substr(end_of_header + 1, end_of_claims - end_of_header - 1));
  if (!header || !claims) return std::nullopt;
  try {
    if (!is_hs256_header(parse_json(*header))) return std::nullopt;
    auto parsed = parse_json(*claims);
    return parsed.is_object() ? std::optional(std::move(parsed)) : std::nullopt;
  } catch (const InvalidDataError&) {
    return std::nullopt;
  }
}

}  // namespace slack::oauth::inline v0::detail
