// Which checks of a kit are run on a store, and which are left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/check.hpp"

namespace slack::oauth::inline v0::testing::detail {

struct SelectedChecks {
  std::vector<Check> checks{};
  std::vector<std::string> left_out{};  ///< by name
};

/// Whether a deviation names this check, or its whole rule. "rule 1" is not the beginning of "rule 11: …".
[[nodiscard]] inline bool names_check(std::string_view deviation, std::string_view check) {
  if (!check.starts_with(deviation)) return false;
  check.remove_prefix(deviation.size());
  return check.empty() || check.front() == ':';
}

/// A check, made by `make_check(definition)`, for each definition that `is_possible(definition)` and no deviation
/// names. Throws InvalidArgumentError where a deviation names no check.
template <class Definitions, class IsPossible, class MakeCheck>
[[nodiscard]] SelectedChecks select_checks(const Definitions& definitions, const std::vector<std::string>& deviations,
                                           const IsPossible& is_possible, const MakeCheck& make_check) {
  SelectedChecks selected;
  std::vector<bool> is_known(deviations.size(), false);
  for (const auto& definition : definitions) {
    bool is_left_out = !is_possible(definition);
    for (std::size_t i = 0; i < deviations.size(); ++i) {
      if (!names_check(deviations[i], definition.name)) continue;
      is_known[i] = true;
      is_left_out = true;
    }
    if (is_left_out) {
      selected.left_out.push_back(definition.name);
    } else {
      selected.checks.push_back(make_check(definition));
    }
  }
  const auto unknown = std::find(is_known.begin(), is_known.end(), false);
  if (unknown != is_known.end()) {
    const auto& deviation = deviations[static_cast<std::size_t>(unknown - is_known.begin())];
    throw InvalidArgumentError("known_deviations", "names no check: " + oauth::detail::quoted(deviation));
  }
  return selected;
}

/// For an option that says how much a check does: with 0 it would pass by doing nothing.
inline void require_some(std::string_view option, std::size_t count) {
  if (count == 0) throw InvalidArgumentError(std::string(option), "must be at least 1");
}

}  // namespace slack::oauth::inline v0::testing::detail
