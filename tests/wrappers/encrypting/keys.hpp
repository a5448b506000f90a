// Keys and wrapped stores that the tests of encryption share.
#pragma once

#include <memory>
#include <optional>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>

namespace test {

/// 32 bytes that are not all printable.
inline std::string key_bytes(char last) {
  std::string bytes = "not a real key of thirty-two b\x01-";
  bytes.back() = last;
  return bytes;
}

inline slack::oauth::KeyRing one_key(const std::string& id = "2026-11", char last = '1') {
  slack::oauth::KeyRing keys;
  keys.add(id, key_bytes(last));
  keys.set_current(id);
  return keys;
}

/// A store that seals, over one in memory that shows what is at rest.
struct SealedMemory {
  explicit SealedMemory(slack::oauth::KeyRing ring = one_key(),
                        slack::oauth::EncryptionOptions options = {.client_id = "111.222"})
      : keys(std::move(ring)), store(inner, keys, std::move(options)) {}

  std::shared_ptr<slack::oauth::MemoryInstallationStore> inner =
      std::make_shared<slack::oauth::MemoryInstallationStore>();
  slack::oauth::KeyRing keys;
  slack::oauth::EncryptingInstallationStore store;
};

}  // namespace test
