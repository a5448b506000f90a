// Compares secrets without telling by the time it takes how much of them was right.
#pragma once

#include <cstddef>
#include <string_view>

namespace slack::oauth::inline v0::detail {

/// The time depends on the lengths alone.
[[nodiscard]] inline bool equals_in_constant_time(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  volatile unsigned char difference = 0;  // volatile, or the compiler may leave the loop early
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(left[i] ^ right[i]));
  }
  return difference == 0;
}

}  // namespace slack::oauth::inline v0::detail
