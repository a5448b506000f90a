// A PKCE verifier of an app that has no client secret to derive it from: the state store keeps it with the app's
// payload. Neither the cookie nor a URL holds it.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/pkce.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr const char* kept_verifier_name = "slack_oauth_code_verifier";
inline constexpr const char* kept_payload_name = "payload";

/// What the state store gets in place of the app's payload.
[[nodiscard]] inline nlohmann::json with_verifier(nlohmann::json payload, const PkceVerifier& verifier) {
  nlohmann::json kept{{kept_verifier_name, verifier.verifier()}};
  if (!payload.is_null()) kept[kept_payload_name] = std::move(payload);
  return kept;
}

struct KeptVerifier {
  std::string verifier{};
  nlohmann::json payload{};
};

/// Absent where somebody else issued the state.
[[nodiscard]] inline std::optional<KeptVerifier> take_verifier(nlohmann::json kept) {
  if (!kept.is_object()) return std::nullopt;
  const auto verifier = kept.find(kept_verifier_name);
  if (verifier == kept.end() || !verifier->is_string()) return std::nullopt;
  KeptVerifier taken{.verifier = verifier->get<std::string>()};
  if (const auto payload = kept.find(kept_payload_name); payload != kept.end()) taken.payload = std::move(*payload);
  return taken;
}

}  // namespace slack::oauth::inline v0::detail
