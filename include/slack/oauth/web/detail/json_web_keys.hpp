// The keys that Slack signs with, as it publishes them: a JSON Web Key Set (RFC 7517).
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/web/detail/rsa_public_key.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/slack_answer.hpp"

namespace slack::oauth::inline v0::detail {

/// By key id.
using JsonWebKeys = std::map<std::string, RsaPublicKey, std::less<>>;

/// Slack's ids have 43 characters.
inline constexpr std::size_t longest_key_id = 256;

/// Absent where the key is for something else than RS256, or malformed.
[[nodiscard]] inline std::optional<std::pair<std::string, RsaPublicKey>> read_json_web_key(const nlohmann::json& key) {
  if (!key.is_object()) return std::nullopt;
  const auto is_absent_or = [&key](const char* name, const char* value) {
    const auto found = key.find(name);
    return found == key.end() || *found == value;
  };
  if (text_or_empty(key, "kty") != "RSA" || !is_absent_or("use", "sig") || !is_absent_or("alg", "RS256")) {
    return std::nullopt;
  }
  std::string id = text_or_empty(key, "kid");
  if (id.empty() || id.size() > longest_key_id) return std::nullopt;
  const auto modulus = base64url_decode(text_or_empty(key, "n"));
  const auto exponent = base64url_decode(text_or_empty(key, "e"));
  if (!modulus || !exponent) return std::nullopt;
  auto made = RsaPublicKey::make(*modulus, *exponent);
  if (!made) return std::nullopt;
  return std::pair(std::move(id), *std::move(made));
}

/// Leaves out what is no key for RS256, as RFC 7517 section 5 says, and keeps no more than 16.
/// Throws RateLimitedError, and InvalidAnswerError where the answer has no such key at all.
[[nodiscard]] inline JsonWebKeys read_json_web_keys(const HttpResponse& response) {
  constexpr std::string_view what = "openid/connect/keys";
  constexpr std::size_t max_bytes = 65536;
  constexpr std::size_t max_keys = 16;
  if (response.status == 429) throw RateLimitedError(retry_after_of(response.headers));
  if (response.status != 200) throw InvalidAnswerError(what, response, "has no keys");
  nlohmann::json answer;
  try {
    answer = parse_json(response.body, "the answer", {.max_bytes = max_bytes, .max_depth = 8});
  } catch (const InvalidDataError& error) {
    throw InvalidAnswerError(what, response, std::string_view(error.what()).substr(error.subject().size() + 1));
  }
  const auto list = answer.is_object() ? answer.find("keys") : answer.end();
  JsonWebKeys keys;
  if (list != answer.end() && list->is_array()) {
    for (const nlohmann::json& key : *list) {
      auto read = read_json_web_key(key);
      if (read && keys.size() < max_keys) keys.insert(*std::move(read));
    }
  }
  if (keys.empty()) throw InvalidAnswerError(what, response, "has no key for RS256");
  return keys;
}

}  // namespace slack::oauth::inline v0::detail
