// The keys that seal tokens and open them.
//
//     KeyRing keys;
//     keys.add_text("2026-11", key_as_base64);   // known: opens what it sealed
//     keys.set_current("2026-11");               // seals from now on
//
// Needs OpenSSL.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/wrappers/encrypting/detail/key_text.hpp"
#include "slack/oauth/wrappers/encrypting/detail/ring.hpp"
#include "slack/oauth/wrappers/encrypting/detail/sealed_text.hpp"
#include "slack/oauth/wrappers/encrypting/detail/wiped.hpp"
#include "slack/oauth/wrappers/encrypting/key_service.hpp"

namespace slack::oauth::inline v0 {

namespace detail {
class Sealer;
}

/// Keys by id. Copies share the keys, so that an app may add one, and make it the current one, while stores use them.
/// A key is in one of three states:
///   - known: opens what it sealed. A new key is known to every process before any seals with it.
///   - current: seals too. There is one.
///   - retired: opens what it sealed, and never becomes current again. Remove it from the configuration when nothing is
///     sealed with it any more.
/// docs/encrypting.md has the steps from one key to the next. A key may seal 2^32 values (NIST SP 800-38D section 8.3:
/// nonces are random): a million workspaces whose two tokens are refreshed every 12 hours take 1,073 days for that.
///
/// The ring keeps no copy of a key but what OpenSSL and it derive from it, and wipes that when the last copy of the
/// ring goes.
///
/// Threads: any thread may call any method at any time.
class KeyRing {
 public:
  KeyRing() = default;
  KeyRing(const KeyRing&) = default;
  KeyRing& operator=(const KeyRing&) = default;
  // A move copies, since a ring without keys to share would be none.
  KeyRing(KeyRing&& other) noexcept : ring_(nullptr) { *this = other; }
  KeyRing& operator=(KeyRing&& other) noexcept {
    ring_ = other.ring_;
    return *this;
  }
  ~KeyRing() = default;

  /// Adds a key of 32 random bytes. The id says nothing about it and stands beside every value: up to 64 letters,
  /// digits, '.', '_' and '-'. Throws InvalidArgumentError where the id is of another form or that of another key, or
  /// the key is no such key. Bytes that are all printable are text, such as hexadecimal digits or a password, and are
  /// refused.
  void add(std::string_view id, std::string_view key) {
    if (key.size() != detail::SecretKey::size) {
      throw InvalidArgumentError("key", "must be of 32 bytes; add_text() takes one as text");
    }
    // Random bytes are so once in 6 * 10^13 times.
    if (std::all_of(key.begin(), key.end(), [](char byte) { return byte >= ' ' && byte <= '~'; })) {
      throw InvalidArgumentError("key",
                                 "must be of random bytes, and all of them are printable; add_text() takes text");
    }
    add_bytes(id, key);
  }

  /// Does the same as add(), with the 32 bytes as base64 or as hexadecimal digits. Throws InvalidArgumentError where it
  /// is neither.
  void add_text(std::string_view id, std::string_view text) {
    detail::SecretKey key;
    if (!detail::read_key_text(text, key)) {
      throw InvalidArgumentError("key", "must be of 32 bytes, as base64 or hexadecimal digits");
    }
    add_bytes(id, key.text());
  }

  /// Does the same as add_text(), with what a variable of the environment holds. Throws an InvalidArgumentError that
  /// names the variable where that is no such text.
  void add_from_environment(std::string_view id, const std::string& variable) {
    detail::SecretKey key;
    detail::read_key_of_environment(variable, key);
    add_bytes(id, key.text());
  }

  /// Does the same as add_text(), with what a file holds. Throws an InvalidArgumentError that names the file where that
  /// is no such text, others than its owner may read or write it, or its owner is neither the process's user nor root.
  void add_from_file(std::string_view id, const std::string& path) {
    detail::SecretKey key;
    detail::read_key_of_file(path, key);
    add_bytes(id, key.text());
  }

  /// Adds the key of a key service, which wraps data keys. Throws an InvalidArgumentError that names the option.
  void add_service(std::string_view id, KeyService service) {
    require_id(id);
    ring_->add(std::make_unique<detail::RingKey>(std::string(id), std::move(service)));
  }

  /// Seals with this key from now on. The one that was current is known again. Throws InvalidArgumentError where there
  /// is no such key, or it is retired.
  void set_current(std::string_view id) { ring_->set_current(id); }

  /// Throws InvalidArgumentError where there is no such key, or it is the current one.
  void retire(std::string_view id) { ring_->retire(id); }

  /// Returns the id of the current key; empty before the first set_current().
  [[nodiscard]] std::string current() const {
    const detail::RingKey* const key = ring_->current();
    return key == nullptr ? std::string() : key->id();
  }

 private:
  friend class detail::Sealer;

  /// `key` is of SecretKey::size bytes.
  void add_bytes(std::string_view id, std::string_view key) {
    require_id(id);
    if (std::all_of(key.begin(), key.end(), [&](char byte) { return byte == key.front(); })) {
      throw InvalidArgumentError("key", "must be random, and all its bytes are the same");
    }
    ring_->add(std::make_unique<detail::RingKey>(std::string(id), key));
  }

  static void require_id(std::string_view id) {
    if (!detail::is_key_id(id)) {
      throw InvalidArgumentError("id", "must be of 1 to 64 letters, digits, '.', '_' and '-'");
    }
  }

  std::shared_ptr<detail::Ring> ring_ = std::make_shared<detail::Ring>();
};

}  // namespace slack::oauth::inline v0
