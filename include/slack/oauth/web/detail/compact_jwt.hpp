// JSON Web Tokens in compact form (RFC 7515 section 7.1, RFC 7519), as far as it does not matter who signed them.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"

namespace slack::oauth::inline v0::detail {

/// The parts of a token, in base64url. Borrowed from it.
struct CompactJwt {
  std::string_view header{};
  std::string_view claims{};
  std::string_view signature{};
  std::string_view is_signed{};  ///< header and claims, with the dot between them
};

/// Absent unless it is of three parts.
[[nodiscard]] inline std::optional<CompactJwt> split_compact_jwt(std::string_view token) {
  if (std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const auto end_of_header = token.find('.');
  const auto end_of_claims = token.rfind('.');
  return CompactJwt{.header = token.substr(0, end_of_header),
                    .claims = token.substr(end_of_header + 1, end_of_claims - end_of_header - 1),
                    .signature = token.substr(end_of_claims + 1),
                    .is_signed = token.substr(0, end_of_claims)};
}

/// A header or claims; absent where that is no JSON object.
[[nodiscard]] inline std::optional<nlohmann::json> decode_jwt_part(std::string_view part) {
  const auto text = base64url_decode(part);
  if (!text) return std::nullopt;
  try {
    auto parsed = parse_json(*text);
    return parsed.is_object() ? std::optional(std::move(parsed)) : std::nullopt;
  } catch (const InvalidDataError&) {
    return std::nullopt;
  }
}

/// Whether the signature may be what this library checks it to be. RFC 8725 section 3.1: the token has no say in it.
[[nodiscard]] inline bool is_header_for(std::string_view algorithm, const nlohmann::json& header) {
  const auto alg = header.find("alg");
  if (alg == header.end() || *alg != algorithm || header.contains("crit")) return false;
  const auto type = header.find("typ");
  return type == header.end() || *type == "JWT";
}

}  // namespace slack::oauth::inline v0::detail
