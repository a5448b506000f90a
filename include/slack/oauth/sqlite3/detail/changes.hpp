// Hears what is written to a SQLite database.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: nothing that was committed before may_have_changed() is called is missed, whoever wrote it: this store,
/// another process, Python, a person with the sqlite3 tool. Each call costs about as much as a look-up that finds
/// nothing. Which workspace was written is not known. Whatever else is written to the file counts too: leases, states,
/// another app's tables.
class SQLite3Changes final : public StoreChanges {
 public:
  /// `version` gives another number after each write.
  explicit SQLite3Changes(std::function<std::uint64_t()> version) : version_(std::move(version)), seen_(version_()) {}

  [[nodiscard]] bool may_have_changed() override {
    const std::lock_guard lock(mutex_);
    return version_() != seen_;
  }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::lock_guard lock(mutex_);
    const std::uint64_t version = version_();
    return {.anything = std::exchange(seen_, version) != version};
  }

 private:
  std::mutex mutex_;
  std::function<std::uint64_t()> version_;
  std::uint64_t seen_;
};

/// The version of a file, over a connection of its own: SQLite counts what other connections write.
/// https://www.sqlite.org/pragma.html#pragma_data_version
[[nodiscard]] inline std::function<std::uint64_t()> sqlite3_data_version(const SQLite3Place& place) {
  struct Open {
    explicit Open(const SQLite3Place& place)
        : connection(place, SQLITE_OPEN_READWRITE), version(connection.prepare("pragma data_version")) {}

    SQLite3Connection connection;
    SQLite3Statement version;
  };
  return [open = std::make_shared<Open>(place)]() -> std::uint64_t {
    open->connection.require_in_place();
    const SqlUse use(open->version);
    return open->version.step() ? static_cast<std::uint64_t>(open->version.row().integer(0)) : 0;
  };
}

}  // namespace slack::oauth::inline v0::detail
