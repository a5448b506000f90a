// How often each race is run.
#pragma once

#include <cstdlib>
#include <string>

#include "support/sanitizers.hpp"

namespace test {

/// SLACK_OAUTH_RACE_ROUNDS, or as many as every run of the suite has time for.
inline int race_rounds() {
  const char* rounds = std::getenv("SLACK_OAUTH_RACE_ROUNDS");
  if (rounds != nullptr) return std::stoi(rounds);
  return is_sanitized ? 50 : 200;
}

}  // namespace test
