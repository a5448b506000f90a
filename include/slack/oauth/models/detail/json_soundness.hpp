// Whether JSON from outside can be kept at all, and the errors that say why not.
//
// Needs nlohmann/json.
#pragma once

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::size_t max_json_depth = 64;

/// A field's name as an error may show it: it may come from a stranger.
[[nodiscard]] inline std::string shown_name(std::string_view name) {
  const std::string text = detail::quoted(name, 80);  // std::quoted is another one
  return text == '"' + std::string(name) + '"' ? std::string(name) : text;
}

[[noreturn]] inline void throw_invalid(std::string_view field, std::string_view problem) {
  throw InvalidDataError(shown_name(field), problem);
}

[[noreturn]] inline void throw_wrong_type(std::string_view field, std::string_view expected,
                                          const nlohmann::json& found) {
  throw_invalid(field, "must be " + std::string(expected) + ", not " + found.type_name());
}

/// Why an app's JSON cannot be kept; empty where it can. Without recursion, since depth is what is in question.
[[nodiscard]] inline std::string_view problem_with_json(const nlohmann::json& value,
                                                        std::size_t max_depth = max_json_depth) {
  std::vector<std::pair<const nlohmann::json*, std::size_t>> pending{{&value, 1}};
  while (!pending.empty()) {
    const auto [current, depth] = pending.back();
    pending.pop_back();
    if (current->is_string() && !is_valid_utf8(current->get_ref<const std::string&>())) return "is not valid UTF-8";
    if (current->is_discarded() || current->is_binary()) return "holds what JSON text cannot";
    if (current->is_number_float() && !std::isfinite(current->get<double>())) {
      return "holds a number that JSON text cannot";
    }
    if (!current->is_structured()) continue;
    if (depth > max_depth) return "is nested too deeply";
    for (const auto& [name, element] : current->items()) {
      if (current->is_object() && !is_valid_utf8(name)) return "is not valid UTF-8";
      pending.emplace_back(&element, depth + 1);
    }
  }
  return {};
}

inline void require_sound_json(const nlohmann::json& value, std::string_view field,
                               std::size_t max_depth = max_json_depth) {
  if (const auto problem = problem_with_json(value, max_depth); !problem.empty()) throw_invalid(field, problem);
}

}  // namespace slack::oauth::inline v0::detail
