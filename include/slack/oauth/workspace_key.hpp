// The key under which every record of a workspace or organisation is filed.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/queries.hpp"

namespace slack::oauth::inline v0 {

/// A missing id is an empty text, and an organisation has an empty team_id. At least one of the two is not empty. The
/// ids may hold any bytes; they are borrowed for the call.
struct WorkspaceKey {
  std::string_view enterprise_id{};
  std::string_view team_id{};

  friend bool operator==(const WorkspaceKey&, const WorkspaceKey&) = default;
  friend auto operator<=>(const WorkspaceKey&, const WorkspaceKey&) = default;
};

namespace detail {

[[nodiscard]] inline std::string_view id_or_empty(OptionalId id) { return id.value_or(std::string_view{}); }

[[nodiscard]] inline std::string_view id_or_empty(const std::optional<std::string>& id) {
  return id ? std::string_view(*id) : std::string_view{};
}

[[nodiscard]] inline bool names_nobody(OptionalId user_id) { return user_id && user_id->empty(); }

/// Returns std::nullopt where neither id is set: no record can be filed or found under it.
template <class Id>
[[nodiscard]] std::optional<WorkspaceKey> workspace_key(const Id& enterprise_id, const Id& team_id,
                                                        bool is_enterprise_install = false) {
  const WorkspaceKey key{id_or_empty(enterprise_id), is_enterprise_install ? std::string_view{} : id_or_empty(team_id)};
  return key == WorkspaceKey{} ? std::nullopt : std::optional(key);
}

/// Of a query or a reference.
template <class Query>
[[nodiscard]] std::optional<WorkspaceKey> key_of(const Query& query) {
  if constexpr (requires { query.is_enterprise_install; }) {
    return workspace_key(query.enterprise_id, query.team_id, query.is_enterprise_install);
  } else {
    return workspace_key(query.enterprise_id, query.team_id);
  }
}

/// Of a bot or an installation. Throws InvalidArgumentError where it has neither id.
template <class Record>
[[nodiscard]] WorkspaceKey required_key_of(const Record& record) {
  const auto key = key_of(record);
  if (key) return *key;
  if (record.is_enterprise_install) {
    throw InvalidArgumentError("enterprise_id", "is missing, but is_enterprise_install says it is an organisation's");
  }
  throw InvalidArgumentError("team_id", "and enterprise_id are both missing; one of them has to be there");
}

/// Of a record and of what replaces it. Throws InvalidArgumentError where neither has a value, or they are not of one
/// workspace or organisation.
template <class Record>
[[nodiscard]] WorkspaceKey common_key_of(const std::optional<Record>& stored, const std::optional<Record>& record) {
  if (!stored && !record) throw InvalidArgumentError("stored", "and what replaces it are both absent");
  const WorkspaceKey key = required_key_of(stored ? *stored : *record);
  if (stored && record && key != required_key_of(*record)) {
    throw InvalidArgumentError("team_id", "or enterprise_id is another one in the record that is to be replaced");
  }
  if constexpr (requires { stored->user_id; }) {
    if (stored && record && stored->user_id != record->user_id) {
      throw InvalidArgumentError("user_id", "is another one in the installation that is to be replaced");
    }
  }
  return key;
}

/// "<done> enterprise_id="E1" team_id="T1" user_id="U1"": a line of a log or an error, without the ids that are empty.
[[nodiscard]] inline std::string line_with_ids(std::string_view done, const WorkspaceKey& key,
                                               std::string_view user_id = {}) {
  constexpr std::size_t longest_id = 80;
  std::string line(done);
  const auto append_id = [&line](std::string_view name, std::string_view id) {
    if (id.empty()) return;
    line.append(" ").append(name).append("=");
    append_quoted(line, id, longest_id);
  };
  append_id("enterprise_id", key.enterprise_id);
  append_id("team_id", key.team_id);
  append_id("user_id", user_id);
  return line;
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
