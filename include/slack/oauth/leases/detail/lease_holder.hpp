// Who holds a lease, and until when, as several processes tell each other.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// A name that no other holder has. Throws StorageError of that backend where the system gives no random bytes.
[[nodiscard]] inline std::string new_lease_holder(std::string_view backend) {
  try {
    return base64url_encode(random_bytes(16));
  } catch (const std::system_error& error) {
    throw StorageError({.backend = std::string(backend), .native_code = {}}, error.what());
  }
}

/// By the system's clock, which is the one that processes share.
[[nodiscard]] inline std::int64_t milliseconds_since_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(now).count();
}

}  // namespace slack::oauth::inline v0::detail
