// Bytes that nobody can guess, from the operating system's generator.
#pragma once

#if defined(_WIN32)
#include <random>
#else
#if defined(__APPLE__)
#include <sys/random.h>
#endif
#include <unistd.h>

#include <cerrno>
#endif

#include <algorithm>
#include <cstddef>
#include <string>
#include <system_error>

namespace slack::oauth::inline v0::detail {

/// Throws std::system_error where the system gives none.
[[nodiscard]] inline std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
#if defined(_WIN32)
  std::random_device system;  // rand_s(), which is the system's generator here
  for (char& byte : bytes) byte = static_cast<char>(system() & 0xFFU);
#else
  constexpr std::size_t most_at_once = 256;
  for (std::size_t at = 0; at < count; at += most_at_once) {
    if (::getentropy(bytes.data() + at, std::min(most_at_once, count - at)) != 0) {
      throw std::system_error(errno, std::generic_category(), "the system's random generator failed");
    }
  }
#endif
  return bytes;
}

}  // namespace slack::oauth::inline v0::detail
