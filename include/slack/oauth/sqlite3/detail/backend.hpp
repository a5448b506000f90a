// Records in a SQLite database that other processes, and the Python SDK, may read and write at the same time.
//
// One connection writes; readers have a pool of others, so that they wait neither for it nor for one another.
//
// Needs SQLite 3 and nlohmann/json.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/sql/reader.hpp"
#include "slack/oauth/sql/schema.hpp"
#include "slack/oauth/sql/writer.hpp"
#include "slack/oauth/sqlite3/detail/connection.hpp"
#include "slack/oauth/sqlite3/detail/database_file.hpp"
#include "slack/oauth/sqlite3/detail/opening.hpp"
#include "slack/oauth/sqlite3/detail/pool.hpp"
#include "slack/oauth/sqlite3/options.hpp"

namespace slack::oauth::inline v0::detail {

template <class InstallationT, class BotT>
class SQLite3Backend {
  using Reader = SqlReader<SQLite3Connection, InstallationT, BotT>;
  using Writer = SqlWriter<SQLite3Connection, InstallationT, BotT>;
  using Stored = StoredInstallation<InstallationT, BotT>;

 public:
  explicit SQLite3Backend(SQLite3InstallationStoreOptions options)
      : options_(checked(std::move(options))),
        writing_connection_(options_.database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options_.busy_timeout),
        readers_(options_.reader_connections, [this] { return std::make_unique<ReadingConnection>(options_); }) {
    const std::string file_name(writing_connection_.file_name());
    if (is_plain_database_path(options_.database) && !file_name.empty()) {
      options_.database = file_name;  // readers are opened later, when the working folder may be another
    }
    prepare_sqlite3_tables(writing_connection_, options_.database, options_.synchronous, sql_installation_tables,
                           missing_schema<InstallationT, BotT, SQLite3Connection>);
    writer_.emplace(writing_connection_, options_.client_id, options_.historical_data_enabled);
    if (writing_connection_.is_in_memory()) {
      only_reader_.emplace(writing_connection_, options_.client_id);
    }
  }

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const {
    return read([&](Reader& reader) { return reader.find_bot(key); });
  }

  [[nodiscard]] std::optional<InstallationT> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return read([&](Reader& reader) { return reader.find_installation(key, user_id); });
  }

  void write(const WorkspaceKey& key, const InstallationT* new_installation, const BotT* new_bot) {
    std::optional<InstallationT> installation;
    if (new_installation != nullptr) installation = *new_installation;
    std::optional<BotT> bot;
    if (new_bot != nullptr) bot = *new_bot;
    if (installation) compose_installation(*installation, bot);
    const std::lock_guard lock(writing_);
    writer_->write(key, installation, bot);
  }

  bool replace_bot(const WorkspaceKey&, const BotT*, const BotT*) { throw NotImplementedError("replace_bot"); }
  bool replace_installation(const WorkspaceKey&, const InstallationT*, const InstallationT*) {
    throw NotImplementedError("replace_installation");
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    const std::lock_guard lock(writing_);
    writer_->erase(key, what);
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const {
    for_each("slack_bots", &Reader::bots_after, visit);
  }

  void for_each_installation(const std::function<void(InstallationT)>& visit) const {
    for_each("slack_installations", &Reader::installations_after, [&visit](Stored stored) {
      compose_installation(stored.installation, std::move(stored.bot));
      visit(std::move(stored.installation));
    });
  }

  std::size_t purge_history(Timestamp before) {
    constexpr std::int64_t step = 1000;  // others may write between two steps
    std::int64_t purged = 0;
    std::int64_t purged_now = 0;
    do {
      const std::lock_guard lock(writing_);
      purged_now = writer_->purge_some(before, step);
      purged += purged_now;
    } while (purged_now >= step);
    return static_cast<std::size_t>(purged);
  }

 private:
  struct ReadingConnection {
    // Open for writing, since a reader may be the one to recover the log of a process that crashed.
    explicit ReadingConnection(const SQLite3InstallationStoreOptions& options)
        : connection(options.database, SQLITE_OPEN_READWRITE, options.busy_timeout),
          reader(connection, options.client_id) {
      connection.execute("pragma query_only = 1");
    }

    SQLite3Connection connection;
    Reader reader;
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
    if (only_reader_) {
      const std::lock_guard lock(writing_);
      return look(*only_reader_);
    }
    const auto lease = readers_.lease();
    return look(lease->reader);
  }

  template <class Record, class Visitor>
  void for_each(std::string_view table, SqlBatch<Record> (Reader::*records_after)(std::int64_t, std::int64_t),
                const Visitor& visit) const {
    const std::int64_t end = read([&](Reader& reader) { return reader.last_id(table); });
    SqlBatch<Record> batch;
    do {
      batch = read([&](Reader& reader) { return (reader.*records_after)(batch.last_id, end); });
      for (auto& record : batch.records) visit(std::move(record));
    } while (!batch.is_last);
  }

  SQLite3InstallationStoreOptions options_;
  mutable std::mutex writing_;
  SQLite3Connection writing_connection_;
  std::optional<Writer> writer_;
  mutable std::optional<Reader> only_reader_;
  mutable SQLite3Pool<ReadingConnection> readers_;
};

}  // namespace slack::oauth::inline v0::detail
