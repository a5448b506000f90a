// Hears what is written to a SQLite database.
//
// Needs SQLite 3.
#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "slack/oauth/detail/recent_time.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/detail/statement.hpp"
#include "slack/oauth/sqlite3/detail/wal_index.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: nothing that was committed before may_have_changed() is called is missed, whoever wrote it: this store,
/// another process, Python, a person with the sqlite3 tool. In WAL mode a call compares 48 bytes of memory that SQLite
/// shares between processes. Otherwise it asks over a connection of its own, and costs about as much as a look-up that
/// finds nothing. Which workspace was written is not known. Whatever else is written to the file counts too: leases,
/// states, another app's tables. Throws StorageError within a second after the file was moved, removed or replaced.
class SQLite3Changes final : public StoreChanges {
 public:
  explicit SQLite3Changes(const SQLite3Place& place)
      : connection_(place, SQLITE_OPEN_READWRITE),
        data_version_(connection_.prepare("pragma data_version")),
        index_(has_log(connection_) ? connection_.get() : nullptr) {
    connection_.require_in_place();
    seen_version_ = version();
    if (index_.is_mapped()) see(index_.read());
  }

  [[nodiscard]] bool may_have_changed() override {
    require_in_place_at_times();
    if (uses_index_.load()) return index_.read() != seen();
    const std::lock_guard lock(mutex_);
    return version() != seen_version_;
  }

  [[nodiscard]] WorkspaceChanges take() override {
    require_in_place_at_times();
    const std::lock_guard lock(mutex_);
    if (!uses_index_.load()) {
      const std::uint64_t now = version();
      return {.anything = std::exchange(seen_version_, now) != now};
    }
    const SQLite3WalIndex::Header now = index_.read();
    const bool has_changed = now != seen();
    see(now);
    return {.anything = has_changed};
  }

 private:
  /// Reads too, since that is when SQLite maps the index.
  [[nodiscard]] static bool has_log(const SQLite3Connection& connection) {
    static_cast<void>(connection.read_text("select count(*) from sqlite_master"));
    return connection.read_text("pragma journal_mode") == "wal";
  }

  /// Over a connection of its own, SQLite counts what others write.
  /// https://www.sqlite.org/pragma.html#pragma_data_version
  [[nodiscard]] std::uint64_t version() {
    const SqlUse use(data_version_);
    return data_version_.step() ? static_cast<std::uint64_t>(data_version_.row().integer(0)) : 0;
  }

  // Each word by itself: whoever reads between two of them takes a header that never was for news.
  [[nodiscard]] SQLite3WalIndex::Header seen() const {
    SQLite3WalIndex::Header header{};
    for (std::size_t i = 0; i < header.size(); ++i) header[i] = seen_[i].load(std::memory_order_acquire);
    return header;
  }
  void see(const SQLite3WalIndex::Header& header) {
    for (std::size_t i = 0; i < header.size(); ++i) seen_[i].store(header[i], std::memory_order_release);
    uses_index_ = SQLite3WalIndex::is_known(header);
  }

  void require_in_place_at_times() {
    constexpr std::chrono::microseconds pause{500'000};
    const auto now = recent_time().time_since_epoch();
    const auto last = last_question_.load(std::memory_order_relaxed);
    if (now >= last && now - last < pause) return;  // and the clock was not set back
    connection_.require_same_file(database_file_id(file_name_.c_str()));
    last_question_ = now;
  }

  std::mutex mutex_{};
  SQLite3Connection connection_;
  const std::string file_name_{connection_.file_name()};  // to be read without the mutex
  SQLite3Statement data_version_;
  SQLite3WalIndex index_;
  std::uint64_t seen_version_ = 0;
  std::array<std::atomic<std::uint64_t>, std::tuple_size_v<SQLite3WalIndex::Header>> seen_{};
  std::atomic<bool> uses_index_{false};
  std::atomic<Timestamp::duration> last_question_{Timestamp::duration::zero()};
};

}  // namespace slack::oauth::inline v0::detail
