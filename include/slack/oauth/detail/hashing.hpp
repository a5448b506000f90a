// Hashes for tables in memory, other ones in each run.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string_view>

namespace slack::oauth::inline v0::detail {

/// The finaliser of MurmurHash3: each bit of the result depends on every bit.
[[nodiscard]] inline std::uint64_t mixed_bits(std::uint64_t value) {
  value = (value ^ (value >> 33U)) * 0xFF51AFD7ED558CCDU;
  value = (value ^ (value >> 33U)) * 0xC4CEB9FE1A85EC53U;
  return value ^ (value >> 33U);
}

class PairHash {
 public:
  /// Never 0. `first` is empty most often.
  [[nodiscard]] std::uint64_t operator()(std::string_view first, std::string_view second) const {
    const std::hash<std::string_view> hash;
    std::uint64_t mixed = seed_;
    if (!first.empty()) mixed ^= mixed_bits(hash(first));
    mixed = mixed_bits(mixed ^ hash(second));
    return mixed == 0 ? 1 : mixed;
  }

 private:
  std::uint64_t seed_ = std::random_device{}();
};

}  // namespace slack::oauth::inline v0::detail
