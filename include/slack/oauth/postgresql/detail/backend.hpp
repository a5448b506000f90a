// Records in a PostgreSQL database that other machines, and the Python SDK, read and write at the same time.
//
// Needs libpq and nlohmann/json.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/heard_changes.hpp"
#include "slack/oauth/postgresql/detail/leases.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/postgresql/detail/polled_changes.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/quick_save.hpp"
#include "slack/oauth/postgresql/detail/replica.hpp"
#include "slack/oauth/postgresql/detail/schema.hpp"
#include "slack/oauth/postgresql/detail/schema_upgrade.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/postgresql/detail/versions.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/sql/reader.hpp"
#include "slack/oauth/sql/writer.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Models InstallationBackend.
template <class InstallationT, class BotT>
class PostgreSQLBackend {
  using Reader = SqlReader<PostgreSQLConnection, InstallationT, BotT>;
  using Writer = SqlWriter<PostgreSQLConnection, InstallationT, BotT>;
  using QuickSave = PostgreSQLQuickSave<InstallationT, BotT>;
  using Replica = PostgreSQLReplica<InstallationT, BotT>;

 public:
  /// `logger` hears of a replica that fails, and of a listener that cannot be made.
  PostgreSQLBackend(std::shared_ptr<PostgreSQLPool> pool, std::string client_id, bool keeps_history,
                    const Logger& logger = {})
      : pool_(std::move(pool)),
        client_id_(std::move(client_id)),
        keeps_history_(keeps_history),
        part_(pool_->new_part()),
        poll_part_(pool_->new_part()),
        quick_part_(pool_->new_part()),
        logger_(logger),
        leases_(std::make_shared<PostgreSQLLeases>(pool_, client_id_, logger)) {
    if (client_id_.empty()) throw InvalidArgumentError("client_id", "must be the app's client ID");
    // As wide as Python makes the column.
    constexpr std::ptrdiff_t longest_client_id = 32;
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    if (std::count_if(client_id_.begin(), client_id_.end(), begins_character) > longest_client_id) {
      throw InvalidArgumentError("client_id", "must have 32 characters at most");
    }
    pool_->run(PostgreSQLRepeat::always, [&](PostgreSQLSession& session) {
      require_schema(
          session.connection(), pool_->settings(), pool_->names(),
          postgresql_installation_schema<InstallationT, BotT>(pool_->names(), pool_->settings().tables.triggers));
    });
    if (!pool_->settings().replica_connection_string.empty()) {
      replica_ = std::make_unique<Replica>(pool_->settings(), client_id_, logger);
    }
  }

  // For the app, which can bear an answer that was right a moment ago: from the replica, where there is one. But who
  // has the turn of a workspace decides by what it finds, and sees what the holder before it has written.

  [[nodiscard]] std::optional<BotT> look_up_bot(const WorkspaceKey& key) const {
    return look_up(key, [&](Reader& reader) { return reader.find_bot(key); });
  }

  [[nodiscard]] std::optional<InstallationT> look_up_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return look_up(key, [&](Reader& reader) { return reader.find_installation(key, user_id); });
  }

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const {
    return read([&](Reader& reader) { return reader.find_bot(key); });
  }

  [[nodiscard]] std::optional<InstallationT> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return read([&](Reader& reader) { return reader.find_installation(key, user_id); });
  }

  void write(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    const bool may_be_quick = !keeps_history_ && installation != nullptr && bot != nullptr;
    PostgreSQLWrite write{.number = new_write_number()};
    if (may_be_quick) write.version = versions_.of(key);
    pool_->run(PostgreSQLRepeat::by_number, [&](PostgreSQLSession& session) {
      session.connection().set_write(write);
      if (may_be_quick && quick_save_of(session).save(key, *installation, *bot, write.number)) return;
      writer_of(session).write(key, installation, bot);
    });
    if (write.seen != 0) versions_.note(key, write.seen);
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

  [[nodiscard]] std::shared_ptr<PostgreSQLLeases> leases() const { return leases_; }

  /// None with a replica: who is told of a change would look it up there, where it may not have come yet.
  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const {
    if (replica_ != nullptr) return nullptr;
    if (pool_->settings().can_listen()) return std::make_unique<PostgreSQLHeardChanges>(pool_, client_id_, logger_);
    return std::make_unique<PostgreSQLPolledChanges>(pool_, client_id_, poll_part_);
  }

  std::size_t purge_history(Timestamp before) {
    constexpr std::int64_t step = 1000;  // a transaction of a bounded length
    SqlPurge purge;
    while (!purge.is_done) {
      change([&](Writer& writer) { writer.purge_some(before, step, purge); });
    }
    if (purge.purged > 0 && pool_->settings().changes.notices) tell_of_anything();
    return static_cast<std::size_t>(purge.purged);
  }

 private:
  [[nodiscard]] Writer& writer_of(PostgreSQLSession& session) const {
    return session.part<Writer>(part_, [this](PostgreSQLConnection& connection) {
      return std::make_shared<Writer>(connection, client_id_, keeps_history_);
    });
  }

  [[nodiscard]] QuickSave& quick_save_of(PostgreSQLSession& session) const {
    return session.part<QuickSave>(quick_part_, [this](PostgreSQLConnection& connection) {
      return std::make_shared<QuickSave>(connection, client_id_);
    });
  }

  template <class Look>
  auto read(const Look& look) const {
    return pool_->run(PostgreSQLRepeat::always,
                      [&](PostgreSQLSession& session) { return look(writer_of(session).reader()); });
  }

  template <class Look>
  auto look_up(const WorkspaceKey& key, const Look& look) const {
    const auto deadline = PostgreSQLClock::now() + pool_->settings().timeout;
    if (replica_ != nullptr && !leases_->turns().contains(key)) {
      if (auto found = replica_->look_up(look, deadline)) return found;
    }
    return pool_->run_until(deadline, PostgreSQLRepeat::always,
                            [&](PostgreSQLSession& session) { return look(writer_of(session).reader()); });
  }

  template <class Change>
  auto change(const Change& make) {
    PostgreSQLWrite write{.number = new_write_number()};
    return pool_->run(PostgreSQLRepeat::by_number, [&](PostgreSQLSession& session) {
      session.connection().set_write(write);
      return make(writer_of(session));
    });
  }

  void tell_of_anything() {
    pool_->run(PostgreSQLRepeat::always, [this](PostgreSQLSession& session) {
      PostgreSQLStatement tell = session.connection().prepare(
          "select pg_catalog.pg_notify(" + channel_sql(pool_->names(), "$1::varchar") + ", $2::varchar)");
      tell.bind(1, std::string_view(client_id_));
      tell.bind(2, notice_of_anything);
      tell.run();
    });
  }

  [[nodiscard]] static std::int64_t new_write_number() {
    try {
      const std::string bytes = random_bytes(sizeof(std::int64_t));
      std::int64_t number = 0;
      std::memcpy(&number, bytes.data(), sizeof(number));
      return number;
    } catch (const std::system_error& error) {
      throw StorageError({.backend = "system", .native_code = std::to_string(error.code().value())}, error.what());
    }
  }

  template <class Record, class Visitor>
  void for_each(const Visitor& visit) const {
    const std::int64_t end = read([](Reader& reader) { return reader.template last_id<Record>(); });
    SqlBatch<Record> batch;
    do {
      batch = read([&](Reader& reader) { return reader.template records_after<Record>(batch.last_id, end); });
      for (auto& record : batch.records) visit(std::move(record));
    } while (!batch.is_last);
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  bool keeps_history_;
  std::size_t part_;
  std::size_t poll_part_;
  std::size_t quick_part_;
  PostgreSQLVersions versions_{};
  Logger logger_;
  std::shared_ptr<PostgreSQLLeases> leases_;
  std::unique_ptr<Replica> replica_{};
};

}  // namespace slack::oauth::inline v0::detail
