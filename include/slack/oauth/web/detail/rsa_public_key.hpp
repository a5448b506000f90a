// RSA public keys, and signatures by RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), by OpenSSL.
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace slack::oauth::inline v0::detail {

/// ASN.1 in DER, as far as it takes to write a public key (X.690, RFC 8017 appendix A.1.1).
[[nodiscard]] inline std::string der(unsigned char tag, std::string_view content) {
  std::string length;
  for (std::size_t left = content.size(); left > 0; left >>= 8U) {
    length.insert(length.begin(), static_cast<char>(left & 0xFFU));
  }
  std::string text(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    text += static_cast<char>(content.size());
  } else {
    text += static_cast<char>(0x80U | length.size());
    text += length;
  }
  text += content;
  return text;
}

/// Of a number without leading zeros, the highest byte first.
[[nodiscard]] inline std::string der_integer(std::string_view number) {
  constexpr unsigned char tag = 0x02;
  const bool would_be_negative = (static_cast<unsigned char>(number.front()) & 0x80U) != 0;
  return der(tag, would_be_negative ? std::string(1, '\0') + std::string(number) : std::string(number));
}

class RsaPublicKey {
 public:
  /// Takes modulus and exponent, the highest byte first. Absent unless the modulus has 2048 to 8192 bits and the
  /// exponent is odd, more than one and of no more than four bytes: with an exponent of one anybody could sign.
  [[nodiscard]] static std::optional<RsaPublicKey> make(std::string_view modulus, std::string_view exponent) {
    modulus.remove_prefix(std::min(modulus.find_first_not_of('\0'), modulus.size()));
    exponent.remove_prefix(std::min(exponent.find_first_not_of('\0'), exponent.size()));
    constexpr std::size_t least_bytes = 2048 / 8;
    constexpr std::size_t most_bytes = 8192 / 8;
    if (modulus.size() < least_bytes || modulus.size() > most_bytes || !is_odd(modulus)) return std::nullopt;
    if (modulus.size() == least_bytes && (static_cast<unsigned char>(modulus.front()) & 0x80U) == 0) {
      return std::nullopt;
    }
    if (exponent.size() > 4 || !is_odd(exponent) || exponent == "\x01") return std::nullopt;
    const std::string info = subject_public_key_info(modulus, exponent);
    const auto* at = reinterpret_cast<const unsigned char*>(info.data());
    std::shared_ptr<::EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())), FreeKey{});
    if (key == nullptr) return std::nullopt;
    return RsaPublicKey(std::move(key));
  }

  /// Whether the owner of the key signed `text`. False too where OpenSSL fails. Any thread may call it at any time.
  [[nodiscard]] bool verifies_rs256(std::string_view text, std::string_view signature) const {
    const std::unique_ptr<::EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    if (context == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1) {
      return false;
    }
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  }

 private:
  struct FreeKey {
    void operator()(::EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  struct FreeContext {
    void operator()(::EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };

  explicit RsaPublicKey(std::shared_ptr<::EVP_PKEY> key) : key_(std::move(key)) {}

  [[nodiscard]] static bool is_odd(std::string_view number) {
    return !number.empty() && (static_cast<unsigned char>(number.back()) & 1U) != 0;
  }

  /// RFC 5280 section 4.1: what both OpenSSL 1.1.1 and 3 read without a function that either lacks.
  [[nodiscard]] static std::string subject_public_key_info(std::string_view modulus, std::string_view exponent) {
    constexpr unsigned char sequence = 0x30;
    constexpr unsigned char bit_string = 0x03;
    constexpr std::string_view rsa_encryption("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 13);
    const std::string key = der(sequence, der_integer(modulus) + der_integer(exponent));
    return der(sequence, der(sequence, rsa_encryption) + der(bit_string, std::string(1, '\0') + key));
  }

  std::shared_ptr<::EVP_PKEY> key_;
};

}  // namespace slack::oauth::inline v0::detail
