// How often each race is run.
#pragma once

namespace test {

// A sanitizer makes each round many times as slow.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int race_rounds = 50;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
inline constexpr int race_rounds = 50;
#else
inline constexpr int race_rounds = 1'000;
#endif
#else
inline constexpr int race_rounds = 1'000;
#endif

}  // namespace test
