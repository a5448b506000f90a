// A PKCE verifier that nobody has to keep: it is computed again from the state, by whoever has the client secret.
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <climits>
#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/web/pkce.hpp"

namespace slack::oauth::inline v0::detail {

/// Throws Error where OpenSSL fails.
[[nodiscard]] inline PkceVerifier verifier_bound_to(std::string_view state, std::string_view client_secret) {
  const std::string text = "slack-oauth pkce " + std::string(state);  // no other use of the secret has this text
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  if (client_secret.size() > INT_MAX ||
      HMAC(EVP_sha256(), client_secret.data(), static_cast<int>(client_secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size) == nullptr) {
    throw Error("OpenSSL could not compute HMAC-SHA256");
  }
  return PkceVerifier(base64url_encode({reinterpret_cast<const char*>(mac.data()), size}));
}

}  // namespace slack::oauth::inline v0::detail
