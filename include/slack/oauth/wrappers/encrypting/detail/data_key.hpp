// A key that seals and opens values: AES-256-GCM (NIST SP 800-38D), with nonces that are random.
//
// AES-GCM does not commit to its key: somebody may make one text that opens under two keys, to two values. So a sealed
// value names its key by a commitment too, which is derived from the key, as the AWS Encryption SDK does it.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/concepts.html#key-commitment
//
// Needs OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/cipher_contexts.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::size_t nonce_size = 12;
inline constexpr std::size_t tag_size = 16;
using CipherNonce = std::array<unsigned char, nonce_size>;
using CipherTag = std::array<unsigned char, tag_size>;

inline constexpr std::size_t longest_sealed = 1U << 30U;  // OpenSSL counts in int

[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// What a sealed text is bound to, in two parts that are read as one.
struct AssociatedParts {
  std::string_view first{};
  std::string_view second{};
};

/// AES-256-GCM under one key. No text, and no part that it is bound to, is longer than `longest_sealed`.
///
/// Threads: any thread may call any method at any time. Errors: Error where OpenSSL fails.
class AesGcm {
 public:
  /// `make_key(bytes)` writes the 32 bytes of the key.
  template <class MakeKey>
  explicit AesGcm(const MakeKey& make_key) {
    make_key(key_.bytes);
  }

  /// Seals `text` in place.
  [[nodiscard]] CipherTag seal(const CipherNonce& nonce, const AssociatedParts& associated, char* text,
                               std::size_t size) {
    const auto context = sealing_.lend(key_);
    CipherTag tag{};
    int written = 0;
    if (!run(context.get(), nonce, associated, text, size) ||
        EVP_EncryptFinal_ex(context.get(), bytes_after(text, size), &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag.size()), tag.data()) != 1) {
      throw Error("OpenSSL could not seal with AES-256-GCM");
    }
    return tag;
  }

  /// Opens `text` in place. False where it is not what was sealed under this key with these associated data; what is in
  /// `text` then means nothing.
  [[nodiscard]] bool open(const CipherNonce& nonce, const AssociatedParts& associated, char* text, std::size_t size,
                          CipherTag tag) {
    const auto context = opening_.lend(key_);
    if (!run(context.get(), nonce, associated, text, size) ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) != 1) {
      throw Error("OpenSSL could not open with AES-256-GCM");
    }
    int written = 0;
    return EVP_DecryptFinal_ex(context.get(), bytes_after(text, size), &written) == 1;
  }

 private:
  static unsigned char* bytes_after(char* text, std::size_t size) {
    return reinterpret_cast<unsigned char*>(text) + size;
  }

  static bool run(::EVP_CIPHER_CTX* context, const CipherNonce& nonce, const AssociatedParts& associated, char* text,
                  std::size_t size) {
    int written = 0;
    return EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce.data(), -1) == 1 && bind(context, associated) &&
           (size == 0 || EVP_CipherUpdate(context, reinterpret_cast<unsigned char*>(text), &written,
                                          reinterpret_cast<const unsigned char*>(text), static_cast<int>(size)) == 1);
  }

  /// Both at once where they are as short as usual: a call costs more than a copy.
  static bool bind(::EVP_CIPHER_CTX* context, const AssociatedParts& parts) {
    std::array<char, 256> whole{};
    const std::size_t size = parts.first.size() + parts.second.size();
    if (size > whole.size()) return bind(context, parts.first) && bind(context, parts.second);
    const auto end = std::copy(parts.first.begin(), parts.first.end(), whole.begin());
    std::copy(parts.second.begin(), parts.second.end(), end);
    return bind(context, std::string_view(whole.data(), size));
  }

  static bool bind(::EVP_CIPHER_CTX* context, std::string_view part) {
    int written = 0;
    return part.empty() ||
           (part.size() <= longest_sealed &&
            EVP_CipherUpdate(context, nullptr, &written, bytes_of(part), static_cast<int>(part.size())) == 1);
  }

  SecretKey key_{};
  CipherContexts opening_{CipherDirection::open};
  CipherContexts sealing_{CipherDirection::seal};
};

/// Writes HKDF-Expand of RFC 5869 with SHA-256, for one block. `key` is random, so nothing has to be extracted first.
inline void expand_key(std::string_view key, std::string_view info, std::array<unsigned char, SecretKey::size>& out) {
  std::string message(info);
  message += '\x01';
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message), message.size(), out.data(),
           &size) == nullptr ||
      size != out.size()) {
    throw Error("OpenSSL could not compute HMAC-SHA256");
  }
}

/// Throws Error where OpenSSL has no random bytes.
template <std::size_t size>
void fill_with_random(std::array<unsigned char, size>& bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(size)) != 1) throw Error("OpenSSL has no random bytes");
}

/// What is made of 32 secret bytes: a cipher and the commitment to it.
class DataKey {
 public:
  using Commitment = std::array<unsigned char, SecretKey::size>;

  /// `secret` is of SecretKey::size bytes.
  explicit DataKey(std::string_view secret)
      : cipher_([&](auto& out) { expand_key(secret, "slack-oauth sealed v1 encryption", out); }) {
    expand_key(secret, "slack-oauth sealed v1 commitment", commitment_);
  }

  [[nodiscard]] const Commitment& commitment() const noexcept { return commitment_; }
  [[nodiscard]] AesGcm& cipher() const noexcept { return cipher_; }

 private:
  mutable AesGcm cipher_;
  Commitment commitment_{};
};

}  // namespace slack::oauth::inline v0::detail
