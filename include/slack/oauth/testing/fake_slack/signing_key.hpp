// A key pair that signs as Slack signs its id_tokens, made anew in each run.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Of 2048 bits. Making one takes a while. Errors: where OpenSSL fails, an Error.
class SigningKey {
 public:
  SigningKey() {
    const std::unique_ptr<::EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr), &EVP_PKEY_CTX_free);
    ::EVP_PKEY* key = nullptr;
    if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) != 1 || EVP_PKEY_keygen(context.get(), &key) != 1) {
      throw Error("OpenSSL made no RSA key");
    }
    key_.reset(key, &EVP_PKEY_free);
  }

  /// The signature by `digest`, as bytes.
  [[nodiscard]] std::string sign(std::string_view text, const ::EVP_MD* digest = EVP_sha256()) const {
    const std::unique_ptr<::EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 256;
    std::string signature(size, '\0');
    if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, text.size()) !=
            1) {
      throw Error("OpenSSL did not sign");
    }
    signature.resize(size);
    return signature;
  }

  /// As bytes, the highest first. The exponent is 65537.
  [[nodiscard]] std::string modulus() const {
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &out);
    const std::string info(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    // Of a key of 2048 bits: 33 bytes before the modulus, and five after it.
    if (info.size() != 294 || !info.ends_with(std::string_view("\x02\x03\x01\x00\x01", 5)))
      throw Error("an odd RSA key");
    return info.substr(33, 256);
  }

  [[nodiscard]] nlohmann::json json_web_key(std::string_view id) const {
    return {{"kty", "RSA"}, {"e", "AQAB"},  {"n", oauth::detail::base64url_encode(modulus())},
            {"kid", id},    {"use", "sig"}, {"alg", "RS256"}};
  }

  /// A JSON Web Token of these claims, with a header for `id`.
  [[nodiscard]] std::string id_token(const nlohmann::json& claims, std::string_view id) const {
    return token({{"typ", "JWT"}, {"alg", "RS256"}, {"kid", id}}, claims.dump());
  }

  [[nodiscard]] std::string token(const nlohmann::json& header, std::string_view claims) const {
    using oauth::detail::base64url_encode;
    const std::string is_signed = base64url_encode(header.dump()) + "." + base64url_encode(claims);
    return is_signed + "." + base64url_encode(sign(is_signed));
  }

 private:
  std::shared_ptr<::EVP_PKEY> key_;
};

}  // namespace slack::oauth::inline v0::testing::detail
