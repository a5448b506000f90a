// A PKCE verifier that nobody has to keep: whoever has the client secret computes it again from the state.
//
// Needs OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/web/detail/digest.hpp"
#include "slack/oauth/web/pkce.hpp"

namespace slack::oauth::inline v0::detail {

/// HMAC-SHA256 of the state: it has the length that RFC 7636 asks for. Throws Error where OpenSSL fails.
[[nodiscard]] inline PkceVerifier verifier_bound_to(std::string_view state, std::string_view client_secret) {
  const std::string text = "slack-oauth pkce " + std::string(state);  // no other use of the secret has this text
  return PkceVerifier(base64url_encode(hmac_sha256(client_secret, text)));
}

}  // namespace slack::oauth::inline v0::detail
