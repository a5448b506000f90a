// Remembers in files which events were handled: for an app of several processes on one machine. docs/events.md
//
//     auto events = std::make_shared<slack::oauth::FileEventDeduplicator>(
//         slack::oauth::FileEventDeduplicatorOptions{.base_dir = "events", .client_id = "111.222"});
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/file/detail/event_backend.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct FileEventDeduplicatorOptions {
  /// The folder that holds a folder for each client_id. The first event makes it, with all folders above it. Do not use
  /// that of a store. Required.
  std::string base_dir{};

  /// The app's client id. Apps of different ids on one folder handle an event each. Required.
  std::string client_id{};

  // As EventRules has them.
  std::chrono::seconds claim_lifetime = std::chrono::minutes{2};
  std::chrono::seconds expiration = std::chrono::hours{48};

  /// How long, in milliseconds, a call waits for others that write before it throws a retryable StorageError. It is
  /// less than the three seconds that Slack waits for an answer.
  std::chrono::milliseconds lock_timeout{2000};

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< gets every event at level debug; silent by default
};

/// Keeps a file for each event. No call waits for the disk: a power cut may take the last marks along, and those events
/// are handled again where Slack sends them again.
///
/// Threads: any thread, and any process, may call any method at any time.
/// Errors: StorageError with the system's code.
class FileEventDeduplicator final : public BackendEventDeduplicator<detail::FileEventBackend> {
 public:
  /// Touches no file. Throws an InvalidArgumentError that names the option.
  explicit FileEventDeduplicator(const FileEventDeduplicatorOptions& options)
      : BackendEventDeduplicator({.claim_lifetime = options.claim_lifetime,
                                  .expiration = options.expiration,
                                  .clock = options.clock,
                                  .logger = options.logger},
                                 options.base_dir, options.client_id, options.lock_timeout) {}
};

}  // namespace slack::oauth::inline v0
