// Records in a SQLite database that other processes, and the Python SDK, may read and write at the same time.
//
// One connection writes; readers have a pool of others, so that they wait neither for it nor for one another.
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/sql/reader.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sql/writer.hpp"
#include "slack/oauth/sqlite3/detail/changes.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/detail/leases.hpp"
#include "slack/oauth/sqlite3/detail/opening.hpp"
#include "slack/oauth/sqlite3/detail/pool.hpp"
#include "slack/oauth/sqlite3/options.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

template <class InstallationT, class BotT>
class SQLite3Backend {
  using Reader = SqlReader<SQLite3Connection, InstallationT, BotT>;
  using Writer = SqlWriter<SQLite3Connection, InstallationT, BotT>;

 public:
  explicit SQLite3Backend(SQLite3InstallationStoreOptions options)
      : options_(checked(std::move(options))),
        writing_connection_(options_.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options_.busy_timeout),
        readers_(options_.reader_connections,
                 [this] { return std::make_unique<ReadingConnection>(place_, options_); }) {
    place_ = place_of(writing_connection_, options_.database, options_.busy_timeout);
    prepare_sqlite3_tables(writing_connection_, options_.database, options_.synchronous, sql_installation_tables,
                           missing_schema<InstallationT, BotT, SQLite3Connection>);
    writer_.emplace(writing_connection_, options_.client_id, options_.historical_data_enabled);
    leases_ = std::make_shared<SQLite3Leases>(place_, options_.client_id);
  }

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const {
    return read([&](Reader& reader) { return reader.find_bot(key); });
  }

  [[nodiscard]] std::optional<InstallationT> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return read([&](Reader& reader) { return reader.find_installation(key, user_id); });
  }

  void write(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    change([&](Writer& writer) { writer.write(key, installation, bot); });
  }

  bool replace_bot(const WorkspaceKey& key, const BotT* stored, const BotT* bot) {
    return change([&](Writer& writer) { return writer.replace_bot(key, stored, bot); });
  }

  bool replace_installation(const WorkspaceKey& key, const InstallationT* stored, const InstallationT* installation) {
    return change([&](Writer& writer) { return writer.replace_installation(key, stored, installation); });
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    change([&](Writer& writer) { writer.erase(key, what); });
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const { for_each<BotT>(visit); }

  void for_each_installation(const std::function<void(InstallationT)>& visit) const { for_each<InstallationT>(visit); }

  [[nodiscard]] std::shared_ptr<SQLite3Leases> leases() const { return leases_; }

  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const {
    if (!place_.is_in_memory()) return std::make_unique<SQLite3Changes>(place_);
    if (options_.database != ":memory:") return nullptr;  // other stores may share it, in SQLite's shared cache
    return std::make_unique<CountedChanges>(writes_);
  }

  std::size_t purge_history(Timestamp before) {
    constexpr std::int64_t step = 1000;  // others may write between two steps
    SqlPurge purge;
    while (!purge.is_done) {
      change([&](Writer& writer) { writer.purge_some(before, step, purge); });
    }
    return static_cast<std::size_t>(purge.purged);
  }

 private:
  using Clock = std::chrono::steady_clock;

  class ReadingConnection {
   public:
    // Open for writing, since a reader may be the one to recover the log of a process that crashed.
    ReadingConnection(const SQLite3Place& place, const SQLite3InstallationStoreOptions& options)
        : connection_(place, SQLITE_OPEN_READWRITE), reader_(connection_, options.client_id) {
      connection_.execute("pragma query_only = 1");
    }

    /// Asks once in a while whether the file is in its place: asking costs a fourth of a look-up.
    [[nodiscard]] Reader& reader() {
      constexpr std::chrono::seconds pause{1};
      if (const auto now = Clock::now(); now >= next_question_) {
        connection_.require_in_place();
        next_question_ = now + pause;
      }
      return reader_;
    }

   private:
    SQLite3Connection connection_;
    Reader reader_;
    Clock::time_point next_question_{};
  };

  [[nodiscard]] static SQLite3InstallationStoreOptions checked(SQLite3InstallationStoreOptions options) {
    require_sqlite3_options(options.database, options.busy_timeout);
    if (options.client_id.empty()) throw InvalidArgumentError("client_id", "must be the app's client ID");
    if (options.reader_connections == 0) throw InvalidArgumentError("reader_connections", "must be at least 1");
    prepare_database_file(options.database);
    return options;
  }

  /// A database in memory has one connection, for which all take turns. SQLite's shared cache would give others, but
  /// fails a reader that meets a writer, whatever the busy timeout.
  template <class Look>
  auto read(const Look& look) const {
    if (place_.is_in_memory()) {
      const std::lock_guard lock(writing_);
      return look(writer_->reader());
    }
    const auto lease = readers_.lease();
    return look(lease->reader());
  }

  template <class Change>
  auto change(const Change& make) {
    const std::lock_guard lock(writing_);
    const CountedWrite counted(*writes_);
    return make(*writer_);
  }

  /// Counts at its end, when the change can be seen.
  class CountedWrite {
   public:
    explicit CountedWrite(std::atomic<std::uint64_t>& writes) : writes_(writes) {}
    CountedWrite(const CountedWrite&) = delete;
    CountedWrite& operator=(const CountedWrite&) = delete;
    ~CountedWrite() { writes_.fetch_add(1); }

   private:
    std::atomic<std::uint64_t>& writes_;
  };

  template <class Record, class Visitor>
  void for_each(const Visitor& visit) const {
    const std::int64_t end = read([](Reader& reader) { return reader.template last_id<Record>(); });
    SqlBatch<Record> batch;
    do {
      batch = read([&](Reader& reader) { return reader.template records_after<Record>(batch.last_id, end); });
      for (auto& record : batch.records) visit(std::move(record));
    } while (!batch.is_last);
  }

  SQLite3InstallationStoreOptions options_;
  mutable std::mutex writing_;
  SQLite3Connection writing_connection_;
  SQLite3Place place_{};
  mutable std::optional<Writer> writer_;
  std::shared_ptr<std::atomic<std::uint64_t>> writes_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<SQLite3Leases> leases_;
  mutable SQLite3Pool<ReadingConnection> readers_;
};

}  // namespace slack::oauth::inline v0::detail
