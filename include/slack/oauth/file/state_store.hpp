// Keeps OAuth states in files, as the Python SDK's FileOAuthStateStore does, so that both can use one folder.
// docs/state.md
//
//     slack::oauth::FileOAuthStateStore states({.base_dir = "states", .client_id = "111.222"});
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "slack/oauth/file/detail/state_backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct FileOAuthStateStoreOptions {
  /// The folder that holds a folder for each client_id. The first state makes it, with all folders above it. Do not use
  /// the installation store's: this store looks through its folder for states that have expired. Required.
  std::string base_dir{};

  /// The app's client id. Stores of different ids on one folder never see each other. Required.
  std::string client_id{};

  /// How long a state can be consumed: the time that a person may take to read Slack's page and agree. The store that
  /// consumes a state measures it, so all that share a folder should have the same.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// Waits until the disk knows that a state was consumed. On by default. When it is off, a state may come back after a
  /// power failure, and somebody may consume it again. The store never waits for a new state: a person whose state is
  /// lost asks for another.
  bool sync = true;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every state at level debug; silent by default
};

/// Keeps a file for each state. Only a text in the form of a state names a file. The store follows no symbolic link.
///
/// Threads: any thread, and any process, may call any method at any time.
/// Errors: StorageError with the system's code, and InvalidDataError for a file that means nothing.
class FileOAuthStateStore final : public BackendOAuthStateStore<detail::FileStateBackend> {
 public:
  /// Touches no file. Throws an InvalidArgumentError that names the option.
  explicit FileOAuthStateStore(const FileOAuthStateStoreOptions& options)
      : BackendOAuthStateStore({.expiration = options.expiration, .clock = options.clock, .logger = options.logger},
                               options.base_dir, options.client_id, options.expiration, options.sync) {}
};

}  // namespace slack::oauth::inline v0
