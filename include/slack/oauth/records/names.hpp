// The names that records are kept under, as the Python SDK's stores of files and of Amazon S3 have them:
// "<enterprise or none>-<team or none>" for a workspace, and in it "bot-latest", "installer-latest" and
// "installer-<user>-latest".
//
// A plain id is its own name. Any other byte is escaped (%2F), so that two ids never have one name, and no name is a
// path or a pattern anywhere; what would be too long is a hash. Separators ("-") are never part of an escaped id.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "slack/oauth/detail/hex.hpp"
#include "slack/oauth/records/detail/sha256.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view bot_name = "bot-latest";
inline constexpr std::string_view newest_installer_name = "installer-latest";
inline constexpr std::string_view installer_prefix = "installer-";
inline constexpr std::string_view bot_prefix = "bot-";
inline constexpr std::string_view latest_suffix = "-latest";

// Two of these, and what stands around them, fit in the 255 bytes that a file system allows, which is the least.
inline constexpr std::size_t longest_name_of_id = 100;

/// What file systems make of "a" beside "A".
enum class LetterCase { told_apart, ignored };

// A disk of macOS may tell them apart, but most do not, and the names are not to change when it is copied to one.
#if defined(_WIN32) || defined(__APPLE__)
inline constexpr LetterCase usual_letter_case = LetterCase::ignored;
#else
inline constexpr LetterCase usual_letter_case = LetterCase::told_apart;
#endif

/// Slack's ids are upper case, so where case is ignored the other letters are the ones that are escaped.
[[nodiscard]] constexpr bool is_plain_in_name(char c, LetterCase letter_case) {
  if (c >= 'a' && c <= 'z') return letter_case == LetterCase::told_apart;
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/// Whether an id would be one of the words that stand for something else.
[[nodiscard]] constexpr bool is_word_in_name(std::string_view id, LetterCase letter_case) {
  if (id == "none" || id == "latest") return true;
  return letter_case == LetterCase::ignored && (id == "NONE" || id == "LATEST");
}

/// Appends the name of an id. A missing (empty) id is "none".
inline void append_name_of_id(std::string& name, std::string_view id, LetterCase letter_case = usual_letter_case) {
  if (id.empty()) {
    name += "none";
    return;
  }
  const bool is_word = is_word_in_name(id, letter_case);
  const auto is_plain = [letter_case](char c) { return is_plain_in_name(c, letter_case); };
  const bool is_dot_last = id.ends_with('.');  // a path's own name, and Windows takes "T1." for "T1"
  if (!is_word && !is_dot_last && id.size() <= longest_name_of_id && std::all_of(id.begin(), id.end(), is_plain)) {
    name += id;
    return;
  }
  std::string escaped;
  for (std::size_t i = 0; i < id.size() && i <= longest_name_of_id; ++i) {
    const bool is_reserved = (is_word && i == 0) || (is_dot_last && i + 1 == id.size());
    if (is_plain(id[i]) && !is_reserved) {
      escaped += id[i];
    } else {
      escaped += '%';
      append_hex(escaped, id[i], upper_hex);
    }
  }
  // No escaped byte begins with "h", so a hash meets no escaped id.
  if (escaped.size() > longest_name_of_id) escaped = "%h" + Sha256::hex(id);
  name += escaped;
}

[[nodiscard]] inline std::string name_of_id(std::string_view id, LetterCase letter_case = usual_letter_case) {
  std::string name;
  append_name_of_id(name, id, letter_case);
  return name;
}

/// An app's own id is no id of Slack's: "none" and "latest" stand for nothing else here.
[[nodiscard]] inline std::string client_name(const std::string& client_id) {
  return client_id == "none" || client_id == "latest" ? client_id : name_of_id(client_id);
}

[[nodiscard]] inline std::string workspace_name(const WorkspaceKey& key) {
  std::string name;
  append_name_of_id(name, key.enterprise_id);
  name += '-';
  append_name_of_id(name, key.team_id);
  return name;
}

/// "installer-U1-" begins the names of all files of a user.
[[nodiscard]] inline std::string user_prefix(std::string_view user_id) {
  std::string name(installer_prefix);
  append_name_of_id(name, user_id);
  name += '-';
  return name;
}

[[nodiscard]] inline std::string installer_name(std::string_view user_id) { return user_prefix(user_id) + "latest"; }

/// Whether a name is that of a record's file, or begins like one.
[[nodiscard]] inline bool is_record_name(std::string_view name) {
  return name.starts_with(bot_prefix) || name.starts_with(installer_prefix);
}

/// Whether a name is "installer-<user>-latest".
[[nodiscard]] inline bool is_installer_name(std::string_view name) {
  if (!name.starts_with(installer_prefix) || !name.ends_with(latest_suffix)) return false;
  if (name.size() <= installer_prefix.size() + latest_suffix.size()) return false;
  name.remove_prefix(installer_prefix.size());
  name.remove_suffix(latest_suffix.size());
  return name.find('-') == std::string_view::npos;
}

/// Seconds with a decimal point, "1767225600.25", as Python writes a float; the point is what makes it one there.
[[nodiscard]] inline std::string seconds_text(Timestamp time) {
  const std::int64_t count = time.time_since_epoch().count();
  const auto magnitude = static_cast<std::uint64_t>(count < 0 ? -count : count);
  std::string fraction = std::to_string(magnitude % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return (count < 0 ? "-" : "") + std::to_string(magnitude / 1'000'000) + "." + fraction;
}

/// What "bot-1767225600.25", "installer-1767225600.25" and "installer-U1-1767225600.25" say after the last prefix;
/// empty where the name is no superseded record's.
[[nodiscard]] inline std::string_view history_stamp(std::string_view name) {
  if (name.starts_with(bot_prefix)) {
    name.remove_prefix(bot_prefix.size());
  } else if (name.starts_with(installer_prefix)) {
    name.remove_prefix(installer_prefix.size());
    if (parse_unix_time(name)) return name;
    const auto dash = name.find('-');
    name = dash == std::string_view::npos ? std::string_view{} : name.substr(dash + 1);
  } else {
    return {};
  }
  return parse_unix_time(name) ? name : std::string_view{};
}

}  // namespace slack::oauth::inline v0::detail
