// Finds out what is written to a PostgreSQL database by asking for it, where there are no notices to hear.
//
// Needs libpq.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/store_changes.hpp"

namespace slack::oauth::inline v0::detail {

/// Promises: a write is found within `changes.poll_interval` after it has returned, where its transaction took no
/// longer than `changes.longest_write`. may_have_changed() asks the server, by one look-up over the store's
/// connections, at most once in that interval, and else answers from what it knows; where the server did not answer,
/// with that error. Where the store's calls have lost their server, anything may have changed: another may lack what
/// was written last. What others than this library write is found where there are triggers.
class PostgreSQLPolledChanges final : public StoreChanges {
 public:
  /// `part` is a part of the pool's sessions. Throws PostgreSQLError.
  PostgreSQLPolledChanges(std::shared_ptr<PostgreSQLPool> pool, std::string client_id, std::size_t part)
      : pool_(std::move(pool)), client_id_(std::move(client_id)), part_(part) {
    poll();
  }

  [[nodiscard]] bool may_have_changed() override {
    const std::lock_guard lock(mutex_);
    poll_if_due();
    return !is_quiet();
  }

  [[nodiscard]] WorkspaceChanges take() override {
    const std::lock_guard lock(mutex_);
    poll_if_due();
    return std::exchange(changes_, {});
  }

 private:
  enum Source : std::int64_t { ours, others, time };

  struct RowKey {
    std::int64_t source = ours;
    std::string enterprise_id{};
    std::string team_id{};

    friend auto operator<=>(const RowKey&, const RowKey&) = default;
  };

  /// What a row is now. Servers that part from one another count on from the same version.
  struct Version {
    std::int64_t number = 0;
    std::int64_t changed_at = 0;  ///< in microseconds since 1970

    friend bool operator==(const Version&, const Version&) = default;
  };

  struct Look {
    std::map<RowKey, Version> versions{};
    std::int64_t time = 0;  ///< the server's, in microseconds since 1970
  };

  [[nodiscard]] bool is_quiet() const { return !changes_.anything && changes_.workspaces.empty(); }

  /// Those who ask while one polls wait for it, and hear of its failure too: else each would wait for its own.
  void poll_if_due() {
    if (!is_quiet()) return;
    if (PostgreSQLClock::now() >= next_poll_) {
      failure_.reset();
      try {
        poll();
      } catch (const PostgreSQLError& error) {
        failure_.emplace(error);
      }
      // From the end of a poll on, since one that failed may have taken longer than that.
      if (failure_) next_poll_ = PostgreSQLClock::now() + pool_->settings().changes.poll_interval;
    }
    if (failure_) throw PostgreSQLError(*failure_);
  }

  // A row has the time at which its writer began, and shows when that commits, which is before or after others that
  // began before or after it. So each look goes back behind the time of the last one, by as long as a writer may take,
  // and a row is news where it has another version than at the last look.
  void poll() {
    const auto start = PostgreSQLClock::now();
    const std::uint64_t generation = pool_->generation();
    Look look = look_again();
    if (seen_) {
      // Another server, restored or promoted, may lack what was seen, and may have another time.
      if (pool_->generation() != generation_ || look.time < seen_->time) changes_.anything = true;
      for (const auto& [key, version] : look.versions) {
        const auto known = seen_->versions.find(key);
        if (known != seen_->versions.end() && known->second == version) continue;
        changes_.workspaces.push_back({key.enterprise_id, key.team_id});
      }
    }
    seen_ = std::move(look);
    generation_ = generation;
    next_poll_ = start + pool_->settings().changes.poll_interval;
  }

  [[nodiscard]] Look look_again() const {
    return pool_->run(PostgreSQLRepeat::always, [this](PostgreSQLSession& session) {
      auto& statement = session.part<PostgreSQLStatement>(part_, [](const PostgreSQLConnection& connection) {
        const auto rows_of = [](std::string_view source, std::string_view table) {
          return "select " + std::string(source) +
                 "::bigint, enterprise_id, team_id, version, (extract(epoch from changed_at) * "
                 "1000000::numeric)::bigint from " +
                 std::string(table) +
                 " where client_id = $1::varchar and changed_at >= coalesce(timestamptz 'epoch' + $2::bigint * "
                 "interval '1 microsecond', now()) - $3::bigint * interval '1 millisecond' union all ";
        };
        return std::make_shared<PostgreSQLStatement>(
            connection.prepare(rows_of("0", "slack_oauth_workspaces") + rows_of("1", "slack_oauth_others") +
                               "select 2::bigint, '', '', 0::bigint, (extract(epoch from now()) * 1000000)::bigint"));
      });
      const SqlUse use(statement);
      statement.bind(1, std::string_view(client_id_));
      if (seen_) {
        statement.bind(2, seen_->time);
      } else {
        statement.bind_null(2);
      }
      statement.bind(3, pool_->settings().changes.longest_write.count());
      Look look;
      while (statement.step()) {
        const auto row = statement.row();
        if (row.integer(0) == Source::time) {
          look.time = row.integer(4);
        } else {
          look.versions[{row.integer(0), std::string(row.text(1)), std::string(row.text(2))}] = {row.integer(3),
                                                                                                 row.integer(4)};
        }
      }
      return look;
    });
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  std::size_t part_;
  std::mutex mutex_{};
  std::optional<Look> seen_{};                ///< none before the first
  std::uint64_t generation_ = 0;              ///< the pool's, before the last look
  std::optional<PostgreSQLError> failure_{};  ///< of the last poll
  PostgreSQLDeadline next_poll_{};
  WorkspaceChanges changes_{};
};

}  // namespace slack::oauth::inline v0::detail
