// The fields that a bot and an installation have in common, by their names in the two field lists.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/models/fields.hpp"

namespace slack::oauth::inline v0::detail {

// A text that an installation may lack is empty in a bot.

inline void assign_field(const std::optional<std::string>& from, std::string& to) { to = from.value_or(std::string()); }

inline void assign_field(std::string from, std::optional<std::string>& to) {
  if (from.empty()) {
    to.reset();
  } else {
    to = std::move(from);
  }
}

template <class T>
void assign_field(const T& from, T& to) {
  to = from;
}
template <class T>
void assign_field(T&& from, T& to) {
  to = std::forward<T>(from);
}

/// Copies every field of `to` that `from` has too.
template <HasFields From, HasFields To>
void copy_shared_fields(const From& from, To& to) {
  for_each_field_index<To>([&](auto i) {
    constexpr std::size_t index = index_of_field<From>(field_at<To, i>.name);
    if constexpr (index < field_count<From>) {
      assign_field(from.*field_at<From, index>.member, to.*field_at<To, i>.member);
    }
  });
}

}  // namespace slack::oauth::inline v0::detail
