// Says what was done. A line that cannot be logged must not lose it.
#pragma once

#include <string_view>

#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0::detail {

/// What the logger throws is lost.
inline void say(const Logger& logger, LogLevel level, std::string_view line) noexcept {
  try {
    logger.log(level, line);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace slack::oauth::inline v0::detail
