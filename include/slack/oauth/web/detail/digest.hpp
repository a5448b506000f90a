// SHA-256 and HMAC-SHA256 by OpenSSL, as bytes.
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// Throws Error where OpenSSL fails.
[[nodiscard]] inline std::string sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw Error("OpenSSL could not compute SHA-256");
  }
  return {digest.begin(), digest.end()};
}

/// Throws Error where OpenSSL fails.
[[nodiscard]] inline std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> mac{};
  unsigned size = 0;
  const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  if (done == nullptr || size != mac.size()) throw Error("OpenSSL could not compute HMAC-SHA256");
  return {mac.begin(), mac.end()};
}

}  // namespace slack::oauth::inline v0::detail
