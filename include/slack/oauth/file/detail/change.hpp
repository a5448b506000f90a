// What one write changes in a workspace's folder, and the journal that makes it one step.
//
// A write of more than one file first puts all it will do into ".journal". From the moment it is committed, readers
// take what the journal says for what the files say, so it makes no difference when the files follow, or who makes them
// follow: the writer itself, or after a crash the next one.
//
// It is committed by one rename or removal: that of "bot-latest" where the bot changes, so that reading the bot is
// reading that one file; and that of the journal itself where it does not.
//
// Needs nlohmann/json.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/detail/json_values.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/records/names.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view journal_file = ".journal";

/// The text of a file, or absent where there is to be no such file.
using FileContent = std::optional<std::string>;

struct FolderChange {
  bool changes_bot = false;                    ///< then `bot` differs from what "bot-latest" holds
  FileContent bot = std::nullopt;              ///< "bot-latest"
  std::map<std::string, FileContent> files{};  ///< the others, by name

  [[nodiscard]] bool is_empty() const { return !changes_bot && files.empty(); }

  /// Whether it is one step without a journal.
  [[nodiscard]] bool is_single() const { return files.size() + (changes_bot ? 1 : 0) == 1; }

  /// What the change makes of an installer's file; nullptr where it leaves it as it is.
  [[nodiscard]] const FileContent* content_of(std::string_view name) const {
    const auto found = files.find(std::string(name));
    return found == files.end() ? nullptr : &found->second;
  }

  /// Whether this change, found as a journal, is committed. `current_bot` is what "bot-latest" holds.
  [[nodiscard]] bool is_committed(const std::optional<std::string_view>& current_bot) const {
    if (!changes_bot) return true;
    return bot.has_value() == current_bot.has_value() && (!bot || *bot == *current_bot);
  }
};

inline constexpr int journal_version = 2;

[[nodiscard]] inline nlohmann::json content_json(const FileContent& content) {
  return content ? nlohmann::json(*content) : nlohmann::json();
}

[[nodiscard]] inline std::string encode_journal(const FolderChange& change) {
  nlohmann::json json = {{"version", journal_version}, {"files", nlohmann::json::object()}};
  if (change.changes_bot) json["bot"] = content_json(change.bot);
  for (const auto& [name, content] : change.files) json["files"][name] = content_json(content);
  return json.dump();
}

/// Whether a later version of this library wrote the journal, so that it is not damaged, but not for this one to judge.
[[nodiscard]] inline bool is_later_journal(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return false;
  const auto version = json.find("version");
  return version != json.end() && version->is_number_integer() && *version > journal_version;
}

/// Throws InvalidDataError about the file, which `shown()` names.
template <class Shown>
[[nodiscard]] FolderChange decode_journal(std::string_view text, const Shown& shown) {
  try {
    const auto json = parse_json(text, "the journal", {.max_bytes = text.size()});
    if (!json.is_object() || json.value("version", 0) != journal_version) {
      throw_invalid("version", "is not one that is known here");
    }
    FolderChange change;
    if (const auto bot = json.find("bot"); bot != json.end()) {
      change.changes_bot = true;
      change.bot = decode_value<FileContent>(*bot, "bot");
    }
    for (const auto& [name, content] : json.at("files").items()) {
      // It says which files to replace, so it may name nothing outside of its folder.
      if (name.find('/') != std::string::npos || name.find('\\') != std::string::npos || !is_record_name(name)) {
        throw_invalid("files", "names a file that is no record");
      }
      change.files[name] = decode_value<FileContent>(content, "files");
    }
    return change;
  } catch (const InvalidDataError& error) {
    throw InvalidDataError(shown(), std::string("cannot be read: ") + error.what());
  } catch (const nlohmann::json::exception&) {  // its text may quote a record
    throw InvalidDataError(shown(), "cannot be read: a field is missing or of the wrong type");
  }
}

}  // namespace slack::oauth::inline v0::detail
