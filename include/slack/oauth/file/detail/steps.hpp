// A seam for tests: what a writer does to the file system, step by step. A test stops the process before each of them,
// and sees whether the next reader finds all of a write or nothing.
#pragma once

#include <string_view>

namespace slack::oauth::inline v0::detail {

struct NoFileSteps {
  static void before(std::string_view /*step*/) noexcept {}
};

}  // namespace slack::oauth::inline v0::detail
