// Changes the files of one workspace: all of a change or nothing, whatever happens in between (see change.hpp).
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/change.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/file/detail/reader.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/records/record_codec.hpp"

namespace slack::oauth::inline v0::detail {

/// Holds the workspace's lock as long as it lives. What a crash left half done is finished or undone first.
template <class InstallationT, class BotT, class Steps>
class FileWriter {
 public:
  struct Limits {
    std::size_t max_file_bytes;
    std::chrono::milliseconds lock_timeout;
    bool is_durable;
  };

  FileWriter(Descriptor folder, const std::string& shown, const Limits& limits, const Logger& logger)
      : folder_(std::move(folder), shown, limits.lock_timeout, limits.is_durable),
        max_file_bytes_(limits.max_file_bytes),
        logger_(&logger) {
    recover();
  }

  [[nodiscard]] std::optional<std::string> read(std::string_view name) const {
    return folder_.read(name, max_file_bytes_);
  }
  [[nodiscard]] std::vector<std::string> names() const { return folder_.names(); }
  [[nodiscard]] std::uint64_t next_number(std::uint64_t at_least) { return folder_.lock().next_number(at_least); }

  template <class T>
  [[nodiscard]] T decode(std::string_view text, std::string_view name) const {
    return decode_record<T>(text, max_file_bytes_, [&] { return folder_.shown(name); });
  }

  template <class T>
  [[nodiscard]] std::string encode(const T& value, std::uint64_t order = 0) const {
    std::string text = encode_record(value, order);
    if (text.size() > max_file_bytes_) {
      throw InvalidArgumentError("max_file_bytes", "is " + std::to_string(max_file_bytes_) + ", and the record has " +
                                                       std::to_string(text.size()) + " bytes");
    }
    return text;
  }

  /// All of it, or nothing and an exception.
  void commit(const FolderChange& change) {
    if (change.is_empty()) return;
    if (change.is_single()) {
      if (change.changes_bot) put(bot_name, change.bot);
      for (const auto& [name, content] : change.files) put(name, content);
      folder_.sync();
      return;
    }
    std::string journal = encode_journal(change);
    if (journal.size() > max_journal_bytes) throw_file_error(EFBIG, "write", folder_.shown(journal_file));
    folder_.replace(journal_file, journal);
    try {
      folder_.sync();
      if (change.changes_bot) put(bot_name, change.bot);
    } catch (...) {
      // Where even this fails, the bot is as it was, which says that the journal is not committed.
      forget_journal();
      throw;
    }
    finish(change);
  }

  /// Removes files that no reader asks for, such as superseded records.
  void remove(std::string_view name) { folder_.remove(name); }
  void sync() { folder_.sync(); }

 private:
  void put(std::string_view name, const FileContent& content) {
    if (content) {
      folder_.replace(name, *content);
    } else {
      folder_.remove(name);
    }
  }

  void recover() {
    const auto text = folder_.read(journal_file, max_journal_bytes);
    if (!text) return;
    const FolderChange change = decode_journal(*text, [&] { return folder_.shown(journal_file); });
    const auto bot = folder_.read(bot_name, max_file_bytes_);
    if (change.is_committed(bot ? std::optional<std::string_view>(*bot) : std::nullopt)) {
      logger_->info("finished a write that was interrupted, in " + detail::quoted(folder_.shown("")));
      apply(change);
    }
    // Else nobody has seen anything of it.
    folder_.remove(journal_file);
    folder_.sync();
  }

  // Files that do not follow at once fail nobody: readers have the journal, and the next writer finishes. That what was
  // committed stays is another matter, so a last sync that fails is the caller's to know.
  void finish(const FolderChange& change) {
    bool is_finished = false;
    try {
      apply(change);
      is_finished = true;
    } catch (const Error& error) {
      logger_->warning(std::string("a write is left to be finished by the next one: ") + error.what());
    }
    folder_.sync();
    if (is_finished) forget_journal();
  }

  void forget_journal() noexcept {
    try {
      folder_.remove(journal_file);
    } catch (const std::exception&) {
      // Then it stays, and says what the files say too.
    }
  }

  void apply(const FolderChange& change) {
    if (!change.erased_prefixes.empty()) {
      for (const std::string& name : folder_.names()) {
        if (name != bot_name && change.erases(name) && !change.files.contains(name)) folder_.remove(name);
      }
    }
    for (const auto& [name, content] : change.files) put(name, content);
    if (change.refreshes_installers) refresh_installers();
  }

  // The Python SDK takes the bot's token from the installer's file, so each of them must hold the one that is valid.
  void refresh_installers() {
    const auto bot_text = read(bot_name);
    std::optional<BotT> bot;
    if (bot_text) bot = decode<BotT>(*bot_text, bot_name);
    for (const std::string& name : folder_.names()) {
      const bool is_superseded = name.starts_with(installer_prefix) && !history_stamp(name).empty();
      if (!is_installer_name(name) && name != newest_installer_name && (bot || !is_superseded)) continue;
      if (name.starts_with(installer_prefix)) refresh_installer(name, bot);
    }
  }

  void refresh_installer(const std::string& name, const std::optional<BotT>& bot) {
    std::string fresh;
    try {
      const auto text = read(name);
      if (!text) return;
      auto installation = decode<InstallationT>(*text, name);
      compose_installation(installation, bot);
      fresh = encode(installation, order_number(*text));
      if (fresh == *text) return;
    } catch (const InvalidDataError& error) {  // not ours to repair, and no reason to block the workspace
      logger_->warning(error.what());
      return;
    }
    folder_.replace(name, fresh);
  }

  WorkspaceFolder<Steps> folder_;
  std::size_t max_file_bytes_;
  const Logger* logger_;
};

}  // namespace slack::oauth::inline v0::detail
