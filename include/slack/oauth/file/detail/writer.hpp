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
#include <type_traits>
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

  /// `folder` is that of `workspace`, open.
  FileWriter(const ClientFolder& root, Descriptor folder, const std::string& workspace, const Limits& limits,
             const Logger& logger)
      : root_(&root),
        folder_(std::move(folder), root.shown(workspace), limits.lock_timeout, limits.is_durable),
        max_file_bytes_(limits.max_file_bytes),
        logger_(&logger) {
    recover();
  }

  [[nodiscard]] std::optional<std::string> read(std::string_view name) const {
    return folder_.read(name, max_file_bytes_);
  }

  /// All names in the folder, as they were when this was called first.
  [[nodiscard]] const std::vector<std::string>& names() {
    if (!names_) names_ = folder_.names();
    return *names_;
  }

  [[nodiscard]] std::uint64_t next_number(std::uint64_t at_least) { return folder_.lock().next_number(at_least); }

  template <class T>
  [[nodiscard]] T decode(std::string_view text, std::string_view name) const {
    return decode_record<T>(text, max_file_bytes_, [&] { return folder_.shown(name); });
  }

  // A damaged record must not keep a workspace from being written. What these give nothing for is said to the logger.

  [[nodiscard]] std::optional<std::string> read_if_sound(std::string_view name) const {
    return if_sound([&] { return read(name); });
  }

  template <class T>
  [[nodiscard]] std::optional<T> decode_if_sound(std::string_view text, std::string_view name) const {
    return if_sound([&] { return std::optional(decode<T>(text, name)); });
  }

  /// Whether the record in that file is to be erased; false where nobody can tell.
  template <class T>
  [[nodiscard]] bool is_of(std::string_view name, const Erasure& what) const {
    const auto text = read_if_sound(name);
    const auto record = text ? decode_if_sound<T>(*text, name) : std::nullopt;
    return record && what.is_of(*record);
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
    ChangeStamp stamp = root_->make_stamp();
    if (change.is_single()) {
      if (change.changes_bot) put(bot_name, change.bot);
      for (const auto& [name, content] : change.files) put(name, content);
      say_that_it_changed(stamp);
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
    say_that_it_changed(stamp);
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

  /// The write is done, so it does not fail for that.
  void say_that_it_changed(ChangeStamp& stamp) const {
    try {
      stamp.put();
    } catch (const StorageError& error) {
      logger_->warning("others may not hear of a write: " + std::string(error.what()));
    }
  }

  template <class Read>
  [[nodiscard]] std::invoke_result_t<Read> if_sound(const Read& read) const {
    try {
      return read();
    } catch (const InvalidDataError& error) {
      logger_->warning("met a damaged record: " + std::string(error.what()));
      return std::nullopt;
    }
  }

  void recover() {
    std::optional<std::string> text;
    try {
      text = folder_.read(journal_file, max_journal_bytes);
      if (!text) return;
      const FolderChange change = decode_journal(*text, [&] { return folder_.shown(journal_file); });
      if (is_committed(change)) {
        logger_->info("finished a write that was interrupted, in " + detail::quoted(folder_.shown("")));
        ChangeStamp stamp = root_->make_stamp();
        apply(change);
        say_that_it_changed(stamp);
        folder_.sync();
      }
      // Else nobody has seen anything of it.
    } catch (const InvalidDataError& error) {
      if (text && is_later_journal(*text)) throw;
      logger_->warning("removed a damaged journal: " + std::string(error.what()));
    }
    folder_.remove(journal_file);
    folder_.sync();
  }

  [[nodiscard]] bool is_committed(const FolderChange& change) const {
    try {
      const auto bot = read(bot_name);
      return change.is_committed(bot ? std::optional<std::string_view>(*bot) : std::nullopt);
    } catch (const InvalidDataError&) {  // no journal holds what is too long, or no file
      return change.is_committed(std::string_view{});
    }
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

  // The newest one last: see reader.hpp.
  void apply(const FolderChange& change) {
    for (const auto& [name, content] : change.files) {
      if (name != newest_installer_name) put(name, content);
    }
    if (const FileContent* const newest = change.content_of(newest_installer_name)) put(newest_installer_name, *newest);
  }

  const ClientFolder* root_;
  WorkspaceFolder<Steps> folder_;
  std::size_t max_file_bytes_;
  const Logger* logger_;
  std::optional<std::vector<std::string>> names_{};
};

}  // namespace slack::oauth::inline v0::detail
