// The options of a file store of installations.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0 {

/// Where the files are, and how safely they are written.
struct FileInstallationStoreOptions {
  /// The folder that holds a folder for each client_id. The first save makes it, with all folders above it. Required.
  std::string base_dir{};

  /// The app's client id. Stores of different ids on one folder never see each other. Required.
  std::string client_id{};

  /// Keeps superseded records too, as `bot-<installed_at>` and the like; no method of the store reads them. Off by
  /// default. Turn it on for an audit trail, and call purge_history() from time to time.
  bool historical_data_enabled = false;

  /// The longest file that the store reads or writes, in bytes: 1 MiB by default. Raise it where an app adds more
  /// custom values than that to one installation.
  std::size_t max_file_bytes = std::size_t{1} << 20U;

  /// Waits until the disk has what was saved. On by default. When it is off, saves are many times faster and survive a
  /// crash of the program, but a power failure or a crash of the system may lose or damage the last saves. Turn it off
  /// in tests, and where you can make the files again.
  bool sync = true;

  /// How long a write waits for other writers of the same workspace before it throws a retryable StorageError: 10
  /// seconds by default. Raise it on slow network file systems.
  std::chrono::milliseconds lock_timeout{10'000};

  /// Lets changes() look at the folder's stamp in memory that the system shares between processes (mmap), instead of
  /// two system calls. For many look-ups over a cache; then nobody may truncate `.changed` while the app runs, as `cp`
  /// does with a file it copies over: the system would end the process (SIGBUS). Off by default; without effect on
  /// Windows.
  bool map_changes = false;

  /// Gets a line for every save and delete at level debug, and for repairs after a crash. Silent by default.
  Logger logger{};
};

namespace detail {

inline void require_folder_options(const std::string& base_dir, const std::string& client_id) {
  if (base_dir.empty()) throw InvalidArgumentError("base_dir", "is empty; it says where the files are kept");
  if (base_dir.find('\0') != std::string::npos) throw InvalidArgumentError("base_dir", "holds a zero byte");
  if (client_id.empty()) throw InvalidArgumentError("client_id", "is empty; it is the app's own id");
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
