// Seals and opens single values.
//
// Needs OpenSSL.
#pragma once

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/data_key.hpp"
#include "slack/oauth/wrappers/encrypting/detail/ring.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_text.hpp"
#include "slack/oauth/wrappers/encrypting/key_ring.hpp"
#include "slack/oauth/wrappers/encrypting/options.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
class Sealer {
 public:
  /// Throws InvalidArgumentError where no key is the current one and something is to be sealed, or where `options` has
  /// both `only_open` and `refuse_plain`.
  Sealer(KeyRing keys, const EncryptionOptions& options)
      : keys_(std::move(keys)), refuses_plain_(options.refuse_plain), only_opens_(options.only_open) {
    if (only_opens_ && refuses_plain_) {
      throw InvalidArgumentError("refuse_plain", "must be off where only_open is on: what is written is plain");
    }
    if (!only_opens_ && ring().current() == nullptr) {
      throw InvalidArgumentError("keys", "have no current one: call set_current()");
    }
  }

  /// Where it is so, seal() returns the secret as it is.
  [[nodiscard]] bool only_opens() const noexcept { return only_opens_; }

  /// Throws InvalidArgumentError where a text would not be read as plain.
  static void require_plain(std::string_view text, std::string_view field) {
    if (is_sealed(text)) throw InvalidArgumentError(std::string(field), "reads like sealed text, and only_open is on");
  }

  /// Throws InvalidArgumentError where it is longer than 1 GB.
  [[nodiscard]] std::string seal(std::string_view secret, std::string_view associated, std::string_view field) const {
    if (secret.size() > longest_sealed) throw InvalidArgumentError(std::string(field), "is too long to be sealed");
    if (only_opens_) {
      require_plain(secret, field);
      return std::string(secret);
    }
    const RingKey& key = *ring().current();
    const WrappedDataKey data_key = key.for_sealing();
    std::string body(SealedHead::size, '\0');
    body += secret;
    SealedHead head;
    head.commitment = data_key.key->commitment();
    fill_with_random(head.nonce);
    head.tag = data_key.key->cipher().seal(head.nonce, {key.associated(), associated}, body.data() + SealedHead::size,
                                           secret.size());
    auto* out = std::copy(head.commitment.begin(), head.commitment.end(), body.data());
    out = std::copy(head.nonce.begin(), head.nonce.end(), out);
    std::copy(head.tag.begin(), head.tag.end(), out);

    std::string text;
    text.reserve(sealed_prefix.size() + key.id().size() + data_key.wrapped.size() + 2 + body.size() * 4 / 3 + 2);
    text.append(sealed_prefix).append(key.id()).append(":").append(data_key.wrapped).append(":");
    append_base64url(text, body);
    return text;
  }

  /// Puts what was sealed in the place of a sealed text. Leaves a plain one as it is. Throws an InvalidDataError that
  /// names the field, and the key where it can.
  void open(std::string& text, std::string_view associated, std::string_view field) const {
    if (!is_sealed(text)) {
      if (refuses_plain_) throw InvalidDataError(std::string(field), "is not sealed, and plain values are refused");
      return;
    }
    const auto parts = split_sealed(text);
    if (!parts) throw InvalidDataError(std::string(field), "is no sealed value of a version that is known");
    const RingKey* const key = ring().find(parts->key_id);
    if (key == nullptr) fail(field, parts->key_id, "is not in the key ring");
    const auto data_key = key->for_opening(parts->wrapped);
    if (data_key == nullptr) fail(field, parts->key_id, "has no such data key");

    // Another text than the sealed one, which is longer: a cache keeps what it is given.
    std::array<char, SealedHead::size> bytes{};
    std::string secret(parts->secret.size() * 3 / 4, '\0');
    if (!base64url_decode_to(parts->head, bytes.data()) || !base64url_decode_to(parts->secret, secret.data())) {
      throw InvalidDataError(std::string(field), "cannot be opened: it is not base64url");
    }
    const SealedHead head = head_from(bytes);
    if (head.commitment != data_key->commitment()) {
      fail(field, parts->key_id, "is another one than it was sealed with");
    }
    if (!data_key->cipher().open(head.nonce, {key->associated(), associated}, secret.data(), secret.size(), head.tag)) {
      OPENSSL_cleanse(secret.data(), secret.size());
      fail(field, parts->key_id, "does not open it: it was changed, or was sealed for another record or field");
    }
    text = std::move(secret);
  }

  /// Whether it is sealed under the current key, as far as nobody has to be asked. REQUIRES: !only_opens().
  [[nodiscard]] bool is_current(std::string_view text) const {
    const auto parts = split_sealed(text);
    return parts && parts->key_id == ring().current()->id() && is_sound(*parts);
  }

  /// Whether it is base64url, and the ring has no other key under that id than the one that sealed it. The keys of
  /// services are not looked at.
  [[nodiscard]] bool is_sound(const SealedParts& parts) const {
    std::array<char, SealedHead::size> head{};
    if (!base64url_decode_to(parts.head, head.data()) || !base64url_decode(parts.wrapped) ||
        !base64url_decode(parts.secret)) {
      return false;
    }
    const RingKey* const key = ring().find(parts.key_id);
    return key == nullptr || key->may_have_sealed(parts.wrapped, head_from(head).commitment);
  }

 private:
  [[nodiscard]] Ring& ring() const noexcept { return *keys_.ring_; }

  static SealedHead head_from(const std::array<char, SealedHead::size>& bytes) {
    SealedHead head;
    const char* from = bytes.data();
    const auto take = [&from](auto& part) {
      std::memcpy(part.data(), from, part.size());
      from += part.size();
    };
    take(head.commitment);
    take(head.nonce);
    take(head.tag);
    return head;
  }

  [[noreturn]] static void fail(std::string_view field, std::string_view key_id, std::string_view problem) {
    throw InvalidDataError(std::string(field),
                           "cannot be opened: its key " + detail::quoted(key_id) + " " + std::string(problem));
  }

  KeyRing keys_;
  bool refuses_plain_;
  bool only_opens_;
};

}  // namespace slack::oauth::inline v0::detail
