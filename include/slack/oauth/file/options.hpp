// What a file store of installations may be told.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"

namespace slack::oauth::inline v0 {

/// Where the files are, and what it takes to lose them.
struct FileInstallationStoreOptions {
  /// The folder that holds a folder for each client_id. Made, with all above it, by the first save. Required.
  std::string base_dir{};

  /// The app's client id. Stores of different ids on one folder never see each other. Required.
  std::string client_id{};

  /// Keeps superseded records too, as `bot-<installed_at>` and the like; no method of the store reads them. Off by
  /// default. Turn it on for an audit trail, and call purge_history() from time to time.
  bool historical_data_enabled = false;

  /// The longest file that is read or written, in bytes: 1 MiB by default. Raise it where an app hangs more than that
  /// on one installation.
  std::size_t max_file_bytes = std::size_t{1} << 20U;

  /// Waits until the disk has what was saved. On by default. Off, saves are many times faster, and survive a crash of
  /// the program, but a power failure or a crash of the system may lose or damage what was saved last. Turn it off in
  /// tests, and where the files can be had again.
  bool sync = true;

  /// How long a write waits for other writers of the same workspace before it throws a StorageError that may pass:
  /// 10 seconds by default. Raise it on slow network file systems.
  std::chrono::milliseconds lock_timeout{10'000};

  /// Hears of every save and delete at level debug, and of repairs after a crash; silent by default.
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
