// Catch2 2.13 and 3 under one include. Where the two differ, the names of version 3 are used.
#pragma once

#if SLACK_OAUTH_CATCH2_MAJOR >= 3

#include <catch2/catch_all.hpp>

#else

#include <catch2/catch.hpp>
#include <string>

namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers

#endif

using Catch::Approx;
