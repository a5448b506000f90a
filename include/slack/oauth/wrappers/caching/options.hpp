// The options and the statistics of a cache.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "slack/oauth/detail/recent_time.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct CacheOptions {
  /// How long a record is given out before it is looked up again. Over a store whose changes() gives nothing, this is
  /// how long others' writes may go unseen. Lower it where that is too long. More than 10 years is refused, and no
  /// record is given out after 49 days.
  std::chrono::milliseconds expiration = std::chrono::minutes{1};

  /// Shortens each record's time by a random part, at most this much of it (0 to 1): what was looked up at one moment
  /// is not looked up again at one moment.
  double jitter = 0.1;

  /// How long it is remembered that there is no such record. Short, since it hides an installation over a store whose
  /// changes() gives nothing. 0: not at all.
  std::chrono::milliseconds miss_expiration = std::chrono::seconds{5};

  /// How much longer than `expiration` a record may be given out while the storage cannot be reached: from a look-up
  /// that throws a StorageError that is retryable, of a full disk or a database that is busy too, until another one is
  /// answered. One in a second is tried. What others wrote meanwhile is not seen then, even where changes() has said
  /// that something was written; where it names the workspace, it is. 0: never, the error is thrown.
  std::chrono::milliseconds serve_stale_for{0};

  /// How many bots are kept: about 0.8 KB each, with a token of 50 characters and three scopes. Raise it to the number
  /// of workspaces with events in an hour.
  std::size_t max_bots = 100'000;

  /// How many installations are kept, about 1.2 KB each; each user's is one, and so is the newest of a workspace.
  std::size_t max_installations = 100'000;

  std::function<Timestamp()> clock{};  ///< for tests; by default the system's time of day, to some 10 ms
};

/// Since the cache was made. A look-up is one hit or one miss.
struct CacheStatistics {
  std::uint64_t hits = 0;          ///< answered from memory, with those that found a remembered miss
  std::uint64_t misses = 0;        ///< asked the storage, or waited for a thread that did
  std::uint64_t refills = 0;       ///< misses whose record was there, and did not count
  std::uint64_t evictions = 0;     ///< records that made room for others
  std::uint64_t stale_served = 0;  ///< misses that were answered by `serve_stale_for`
  std::uint64_t unheard = 0;       ///< misses because the store's changes() could not tell what others wrote
  std::size_t records = 0;         ///< that are kept now, with remembered misses and what counts no longer
};

namespace detail {

[[nodiscard]] inline Timestamp time_of(const CacheOptions& options) {
  return options.clock ? options.clock() : recent_time();
}

inline void require_cache_options(const CacheOptions& options) {
  static constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 3660};
  const auto require_at_most = [](std::string_view name, std::chrono::milliseconds value) {
    if (value > longest) throw InvalidArgumentError(std::string(name), "must not be more than 10 years");
    if (value.count() < 0) throw InvalidArgumentError(std::string(name), "must not be negative");
  };
  require_at_most("expiration", options.expiration);
  require_at_most("miss_expiration", options.miss_expiration);
  require_at_most("serve_stale_for", options.serve_stale_for);
  if (options.expiration.count() == 0) throw InvalidArgumentError("expiration", "must be positive");
  if (!(options.jitter >= 0 && options.jitter <= 1)) throw InvalidArgumentError("jitter", "must be from 0 to 1");
  if (options.max_bots == 0) throw InvalidArgumentError("max_bots", "must be at least 1");
  if (options.max_installations == 0) throw InvalidArgumentError("max_installations", "must be at least 1");
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
