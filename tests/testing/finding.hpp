// What one check of a contract kit finds.
#pragma once

#include <slack/oauth/testing/check.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace kit_tests {

/// What the check of that name says; empty where it is content.
inline std::string finding_among(const std::vector<slack::oauth::testing::Check>& checks, std::string_view check_name) {
  for (const auto& check : checks) {
    if (check.name() != check_name) continue;
    try {
      check.run();
      return {};
    } catch (const slack::oauth::testing::ContractViolation& violation) {
      return violation.what();
    }
  }
  return "there is no check of this name";
}

}  // namespace kit_tests
