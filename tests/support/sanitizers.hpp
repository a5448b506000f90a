// What a test does otherwise under a sanitizer, which makes it many times as slow.
#pragma once

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLACK_OAUTH_TEST_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLACK_OAUTH_TEST_IS_SANITIZED 1
#endif
#endif

// The tag of a test that is left out under sanitizers: it weighs what other tests find, or kills and stops processes
// whose code other tests run too.
#if defined(SLACK_OAUTH_TEST_IS_SANITIZED)
#define NOT_SANITIZED "[.]"
#else
#define NOT_SANITIZED ""
#endif

namespace test {

#if defined(SLACK_OAUTH_TEST_IS_SANITIZED)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace test
