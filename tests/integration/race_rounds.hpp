// How often each race is run.
#pragma once

#include <cstdlib>
#include <string>

namespace test {

// A sanitizer makes each round many times as slow.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized = __has_feature(thread_sanitizer) || __has_feature(address_sanitizer);
#else
inline constexpr bool is_sanitized = false;
#endif

/// SLACK_OAUTH_RACE_ROUNDS, or as many as every run of the suite has time for.
inline int race_rounds() {
  const char* rounds = std::getenv("SLACK_OAUTH_RACE_ROUNDS");
  if (rounds != nullptr) return std::stoi(rounds);
  return is_sanitized ? 50 : 200;
}

}  // namespace test
