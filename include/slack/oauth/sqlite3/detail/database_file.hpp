// Makes a database's file and folders, for their owner only, since they hold tokens; and tells whether the file is in
// its place still.
#pragma once

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// SQLite resolves these itself.
[[nodiscard]] inline bool is_plain_database_path(const std::string& database) {
  return database != ":memory:" && !database.starts_with("file:");
}

/// The path of UTF-8 text, as SQLite reads it, on every system.
[[nodiscard]] inline std::filesystem::path utf8_path(const std::string& text) {
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

inline void make_private_folders(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::exists(folder)) return;
  make_private_folders(folder.parent_path());
  // Another process may make it first; then its permissions are that one's affair.
  if (std::filesystem::create_directory(folder)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  }
}

/// Leaves a file that is there as it is. SQLite gives its journals the permissions of the file.
inline void make_private_file(const std::string& path) {
#if !defined(_WIN32)
  // Made with its final mode: who opened it a moment before a chmod could read it for ever.
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
    // A failure is SQLite's to explain, when it opens the file.
#else
  static_cast<void>(path);
#endif
}

/// Throws StorageError where a folder cannot be made.
inline void prepare_database_file(const std::string& database) {
  if (!is_plain_database_path(database)) return;
  try {
    make_private_folders(utf8_path(database).parent_path());
  } catch (const std::filesystem::filesystem_error& error) {
    throw StorageError({.backend = "sqlite3", .native_code = "SQLITE_CANTOPEN"},
                       "cannot make the folder of the database: " + error.code().message());
  }
  make_private_file(database);
}

/// The file that is at a path. Windows lets nobody move or remove a file that is open, so all are the same there.
struct DatabaseFileId {
  std::uint64_t device = 0;
  std::uint64_t number = 0;

  friend bool operator==(const DatabaseFileId&, const DatabaseFileId&) = default;
};

[[nodiscard]] inline DatabaseFileId database_file_id(const char* path) {
#if !defined(_WIN32)
  struct ::stat found {};
  if (::stat(path, &found) == 0) {
    return {static_cast<std::uint64_t>(found.st_dev), static_cast<std::uint64_t>(found.st_ino)};
  }
#else
  static_cast<void>(path);
#endif
  return {};
}

/// For a file that a URI named: SQLite has just made it, with nothing in it, or it was there.
inline void make_new_file_private(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::file_size(utf8_path(path), ignored) != 0) return;
  std::filesystem::permissions(utf8_path(path),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
}

}  // namespace slack::oauth::inline v0::detail
