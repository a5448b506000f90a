// Secrets that leave nothing behind in memory when they go.
//
// Needs OpenSSL.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace slack::oauth::inline v0::detail {

/// A key of AES-256, or what one is made from.
struct SecretKey {
  static constexpr std::size_t size = 32;

  SecretKey() = default;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::array<unsigned char, size> bytes{};
};

struct SecretText {
  SecretText() = default;
  explicit SecretText(std::string secret) : text(std::move(secret)) {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }

  std::string text{};
};

}  // namespace slack::oauth::inline v0::detail
