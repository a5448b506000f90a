// Slack as far as it signs people in, for sign_in.cpp: it signs id_tokens with a key that it makes, and publishes the
// key.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

class SigningSlack {
 public:
  explicit SigningSlack(std::string client_id) : client_id_(std::move(client_id)) {
    constexpr int key_bits = 2048;
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), key_bits) != 1 ||
        EVP_PKEY_keygen(context.get(), &key) != 1) {
      throw std::runtime_error("OpenSSL made no key");
    }
    key_.reset(key, &EVP_PKEY_free);
  }

  /// Ada allows the app at the consent page. Returns where Slack sends her browser.
  std::string consent(const std::string& authorize_url) {
    const auto parameters = slack::oauth::parse_parameters(slack::oauth::query_of(authorize_url)).value();
    nonce_ = slack::oauth::find_parameter(parameters, "nonce").value();
    return "/slack/sign_in/callback?" +
           slack::oauth::format_parameters(
               {{"code", "1.2.not-a-real-code"}, {"state", std::string(*find_parameter(parameters, "state"))}});
  }

  /// What its methods answer, and where it publishes its key.
  [[nodiscard]] slack::oauth::HttpResponse answer(const slack::oauth::HttpRequest& request) const {
    if (slack::oauth::path_of(request.url) == "/openid/connect/keys") {
      return {.body = nlohmann::json{{"keys", nlohmann::json::array({public_key()})}}.dump()};
    }
    return {.body = nlohmann::json{{"ok", true},
                                   {"token_type", "Bearer"},
                                   {"access_token", "xoxp-not-a-real-token-1"},
                                   {"id_token", id_token()}}
                        .dump()};
  }

 private:
  [[nodiscard]] nlohmann::json public_key() const {
    constexpr std::size_t before_modulus = 33;  // in a key of 2048 bits
    constexpr std::size_t modulus_bytes = 256;
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &out);
    const std::string info(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return {
        {"kty", "RSA"},   {"kid", "key-1"},
        {"alg", "RS256"}, {"use", "sig"},
        {"e", "AQAB"},    {"n", slack::oauth::detail::base64url_encode(info.substr(before_modulus, modulus_bytes))}};
  }

  [[nodiscard]] std::string id_token() const {
    const auto time = static_cast<std::int64_t>(slack::oauth::detail::seconds_since_epoch(slack::oauth::now()));
    const nlohmann::json header{{"typ", "JWT"}, {"alg", "RS256"}, {"kid", "key-1"}};
    const nlohmann::json claims{{"iss", "https://slack.com"},
                                {"sub", "U0ADA"},
                                {"aud", client_id_},
                                {"iat", time},
                                {"exp", time + 300},
                                {"nonce", nonce_},
                                {"https://slack.com/team_id", "T0FURNACE"},
                                {"https://slack.com/user_id", "U0ADA"},
                                {"email", "ada@furnace.example"},
                                {"email_verified", true},
                                {"name", "Ada"}};
    const std::string text = slack::oauth::detail::base64url_encode(header.dump()) + "." +
                             slack::oauth::detail::base64url_encode(claims.dump());
    return text + "." + slack::oauth::detail::base64url_encode(signature_of(text));
  }

  [[nodiscard]] std::string signature_of(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::size_t size = 256;
    std::string signature(size, '\0');
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1) {
      throw std::runtime_error("OpenSSL did not sign");
    }
    return signature;
  }

  std::string client_id_;
  std::string nonce_;
  std::shared_ptr<EVP_PKEY> key_;
};
