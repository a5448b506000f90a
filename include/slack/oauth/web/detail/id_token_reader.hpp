// What the claims of an id_token have to be: OpenID Connect Core 1.0 sections 2 and 3.1.3.7. Who signed them is another
// question.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/constant_time.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/id_token_claims.hpp"

namespace slack::oauth::inline v0::detail {

struct ExpectedClaims {
  std::string_view iss{};
  std::string_view aud{};
  std::optional<std::string_view> nonce{};  ///< absent: any
  std::chrono::seconds leeway{};
  Timestamp time{};
};

/// The error names the claim, and shows nothing of the token.
[[noreturn]] inline void throw_invalid_claim(std::string_view claim, std::string_view problem) {
  throw InvalidDataError("id_token." + std::string(claim), problem);
}

class IdTokenReader {
 public:
  explicit IdTokenReader(const nlohmann::json& claims) : claims_(&claims) {}

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) throw_invalid_claim(name, "must be a text");
    auto text = value->get<std::string>();
    return text.empty() ? std::nullopt : std::optional(std::move(text));
  }

  [[nodiscard]] std::string required_text(std::string_view name) const {
    auto found = text(name);
    if (!found) throw_invalid_claim(name, "is missing");
    return *std::move(found);
  }

  [[nodiscard]] bool flag(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) throw_invalid_claim(name, "must be true or false");
    return value->get<bool>();
  }

  /// RFC 7519 section 2: NumericDate, in seconds, perhaps with a fraction.
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) throw_invalid_claim(name, "must be a number of seconds");
    const auto time = timestamp_from_seconds(value->get<double>());
    if (!time || *time < Timestamp{}) throw_invalid_claim(name, "is out of range");
    return time;
  }

  [[nodiscard]] Timestamp required_time(std::string_view name) const {
    const auto found = time(name);
    if (!found) throw_invalid_claim(name, "is missing");
    return *found;
  }

  /// Section 2: a text, or a list. Section 3.1.3.7: other audiences than the app are none that it trusts.
  [[nodiscard]] std::string audience() const {
    const auto* value = find("aud");
    if (value != nullptr && value->is_array() && value->size() == 1 && value->front().is_string()) {
      return value->front().get<std::string>();
    }
    if (value != nullptr && value->is_array()) throw_invalid_claim("aud", "must be the client id alone");
    return required_text("aud");
  }

 private:
  [[nodiscard]] const nlohmann::json* find(std::string_view name) const {
    const auto found = claims_->find(name);
    return found == claims_->end() || found->is_null() ? nullptr : &*found;
  }

  const nlohmann::json* claims_;
};

/// Throws an InvalidDataError whose subject is the claim, "id_token.exp".
[[nodiscard]] inline IdTokenClaims read_id_token_claims(nlohmann::json json, const ExpectedClaims& expected) {
  const IdTokenReader reader(json);
  IdTokenClaims claims;
  claims.iss = reader.required_text("iss");
  if (claims.iss != expected.iss) throw_invalid_claim("iss", "is another issuer's");
  claims.aud = reader.audience();
  if (claims.aud != expected.aud) throw_invalid_claim("aud", "is another app's client id");
  if (const auto party = reader.text("azp"); party && *party != expected.aud) {
    throw_invalid_claim("azp", "is another app's client id");
  }
  claims.exp = reader.required_time("exp");
  if (expected.time >= claims.exp + expected.leeway) throw_invalid_claim("exp", "has passed");
  const auto not_before = reader.time("nbf");
  if (not_before && expected.time + expected.leeway < *not_before) throw_invalid_claim("nbf", "has not come yet");
  claims.iat = reader.required_time("iat");
  claims.auth_time = reader.time("auth_time");
  claims.sub = reader.required_text("sub");
  claims.nonce = reader.text("nonce");
  if (expected.nonce) {
    if (!claims.nonce) throw_invalid_claim("nonce", "is missing");
    if (!equals_in_constant_time(*claims.nonce, *expected.nonce)) {
      throw_invalid_claim("nonce", "is not the one that was sent");
    }
  }
  claims.team_id = reader.text("https://slack.com/team_id");
  claims.user_id = reader.text("https://slack.com/user_id");
  claims.email = reader.text("email");
  claims.email_verified = reader.flag("email_verified");
  claims.name = reader.text("name");
  claims.given_name = reader.text("given_name");
  claims.family_name = reader.text("family_name");
  claims.locale = reader.text("locale");
  claims.picture = reader.text("picture");
  claims.json = std::move(json);
  return claims;
}

}  // namespace slack::oauth::inline v0::detail
