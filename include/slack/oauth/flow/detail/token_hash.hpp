// Tells tokens apart without keeping them.
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// SHA-256, in base64url. Tokens hold too much chance for it to be turned back.
[[nodiscard]] inline std::string token_hash(std::string_view token) {
  constexpr std::size_t digest_size = 32;
  std::array<unsigned char, digest_size> digest{};
  if (EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw Error("OpenSSL could not compute SHA-256");
  }
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace slack::oauth::inline v0::detail
