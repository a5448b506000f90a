// How many bytes this program holds on its heap, where the C library tells.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <optional>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace slack_oauth_benchmarks {

/// Absent where the C library does not tell. Counts the main arena, so ask before any thread is started.
[[nodiscard]] inline std::optional<std::size_t> heap_bytes() {
#if defined(__GLIBC__)
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return std::nullopt;
#endif
}

}  // namespace slack_oauth_benchmarks
