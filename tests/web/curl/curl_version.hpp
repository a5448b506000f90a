// What differs by libcurl's version, which tests would otherwise take for a failure.
#pragma once

#include <curl/curl.h>

namespace test {

/// Where libcurl cannot be kept from sending a request again over a new connection, none is kept, and a way through a
/// proxy counts as sent.
inline constexpr bool libcurl_says_when_it_sends = LIBCURL_VERSION_NUM >= 0x075000;

}  // namespace test
