// A PKCE verifier of an app that has no client secret to derive it from: the state store keeps it with the app's
// payload. Neither the cookie nor a URL holds it.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/parameters.hpp"
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

/// Whether a state that was issued with the verifier holds it, in a part that anybody can decode. A store around
/// another one may not know that this one puts payloads into its states.
[[nodiscard]] inline bool shows_verifier(std::string_view state, const PkceVerifier& verifier) {
  while (!state.empty()) {
    const auto [part, rest] = split_at(state, '.');
    const std::string decoded = base64url_decode(part).value_or("");
    for (const std::string_view text : {part, std::string_view(decoded)}) {
      if (text.find(verifier.verifier()) != std::string_view::npos) return true;
    }
    state = rest;
  }
  return false;
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
