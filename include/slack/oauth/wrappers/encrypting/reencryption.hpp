// What EncryptingInstallationStore::reencrypt_all() and count_sealed() report.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace slack::oauth::inline v0 {

/// Of records: bots, and users' installations without what they show of the bot.
struct ReencryptionReport {
  std::size_t seen = 0;
  std::size_t sealed = 0;    ///< anew, with the current key
  std::size_t changed = 0;   ///< by others, again and again while this was at it: left for another run
  std::size_t failed = 0;    ///< do not open, or are plain and refused: are as they were, each a warning in the log
  bool is_complete = false;  ///< every record was seen: nobody stopped it
};

struct ReencryptionOptions {
  /// Hears after each record how far it is. Where it returns false, the work stops. The next run goes on, since it
  /// leaves what is sealed with the current key.
  std::function<bool(const ReencryptionReport&)> on_progress{};
};

/// What is at rest. A record counts under each key that sealed one of its secrets.
struct SealedCounts {
  std::map<std::string, std::size_t> records_by_key{};
  std::size_t plain = 0;      ///< records with a secret that is not sealed
  std::size_t malformed = 0;  ///< records with a sealed text of an unknown form, or of another key under the same id
};

}  // namespace slack::oauth::inline v0
