// Leases of workspaces, in a table of the database, so that they hold among all machines that use it, by its clock.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/lease_waiters.hpp"
#include "slack/oauth/postgresql/detail/notices.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/result.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/postgresql/detail/turns.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

/// Models LeaseBackend. A lease whose rest is longer than what it was taken for was written by a clock that was ahead,
/// on a server that has failed since, and has ended.
///
/// Threads: any thread may call any method at any time.
class PostgreSQLLeases {
  struct Statements {
    Statements(const PostgreSQLConnection& connection, const std::string& client_id, const std::string& give_back_sql)
        : take(connection.prepare(
              "insert into slack_oauth_leases as it (client_id, enterprise_id, team_id, holder, "
              "expires_at, lifetime) values ($1, $2, $3, $4, clock_timestamp() + " +
              lasting() + ", $5) on conflict (client_id, enterprise_id, team_id) do update set " +
              "holder = excluded.holder, expires_at = clock_timestamp() + " + lasting() +
              ", lifetime = excluded.lifetime where it.holder::text = excluded.holder::text or not (" + holds() +
              ") returning 1")),
          hold(connection.prepare("select 1 from slack_oauth_leases it where " + of_holder() + " and " + holds())),
          renew(connection.prepare("update slack_oauth_leases as it set expires_at = clock_timestamp() + " + lasting() +
                                   ", lifetime = $5 where " + of_holder() + " and " + holds() + " returning 1")),
          give_back(connection.prepare(give_back_sql)),
          look(connection.prepare("select " + notice_sql("$1::varchar", "$2::varchar", "$3::varchar") +
                                  ", (select pg_catalog.ceil(extract(epoch from it.expires_at - clock_timestamp()) * "
                                  "1000::numeric)::bigint from slack_oauth_leases it where " +
                                  PostgreSQLConnection::of_row_sql() + " and " + holds() + ")")) {
      for (PostgreSQLStatement* statement : {&take, &hold, &renew, &give_back, &look}) {
        statement->bind(1, std::string_view(client_id));
      }
    }

    static std::string lasting() { return PostgreSQLDialect::interval_of("$5", "millisecond"); }
    static std::string of_holder() { return PostgreSQLConnection::of_row_sql() + " and holder::text = $4::text"; }
    static std::string holds() {
      return "it.expires_at > clock_timestamp() and it.expires_at <= clock_timestamp() + " +
             PostgreSQLDialect::interval_of("it.lifetime", "millisecond");
    }

    PostgreSQLStatement take;
    PostgreSQLStatement hold;
    PostgreSQLStatement renew;
    PostgreSQLStatement give_back;
    PostgreSQLStatement look;
  };

  /// Whether the statement found a row.
  template <class Bind>
  bool run(PostgreSQLStatement Statements::*which, const WorkspaceKey& key, const Bind& bind) {
    return run(which, key, bind, [](const PostgreSQLStatement& /*statement*/, bool is_found) { return is_found; });
  }

  /// What `read(statement, is_found)` makes of it.
  template <class Bind, class Read>
  auto run(PostgreSQLStatement Statements::*which, const WorkspaceKey& key, const Bind& bind, const Read& read) {
    return run_until(PostgreSQLClock::now() + pool_->settings().timeout, which, key, bind, read);
  }

  template <class Bind, class Read>
  auto run_until(PostgreSQLDeadline deadline, PostgreSQLStatement Statements::*which, const WorkspaceKey& key,
                 const Bind& bind, const Read& read) {
    return pool_->run_until(deadline, PostgreSQLRepeat::always, [&](PostgreSQLSession& session) {
      auto& statements = session.part<Statements>(part_, [this](const PostgreSQLConnection& connection) {
        return std::make_shared<Statements>(connection, client_id_, give_back_sql());
      });
      PostgreSQLStatement& statement = statements.*which;
      const SqlUse use(statement);
      statement.bind(2, key.enterprise_id);
      statement.bind(3, key.team_id);
      bind(statement);
      const bool is_found = statement.step();
      // One that was given back ends by itself, whatever the standby knows.
      if (which == &Statements::take || which == &Statements::renew) statement.require_safe();
      return read(statement, is_found);
    });
  }

 public:
  PostgreSQLLeases(std::shared_ptr<PostgreSQLPool> pool, std::string client_id, const Logger& logger)
      : pool_(std::move(pool)),
        client_id_(std::move(client_id)),
        part_(pool_->new_part()),
        waiters_(pool_, client_id_, channel_sql(pool_->names(), "$1::varchar", NoticesOf::leases), logger) {}

  // A holder has a name that no other has, so each of these does the same once more where its answer was lost.

  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    bool is_taken = false;
    try {
      is_taken = run(&Statements::take, key, [&](PostgreSQLStatement& statement) {
        statement.bind(4, holder);
        statement.bind(5, lifetime.count());
      });
    } catch (...) {
      give_back_lost(key, holder);
      throw;
    }
    if (is_taken) turns_.add(key);
    return is_taken;
  }

  [[nodiscard]] bool is_held(const WorkspaceKey& key, std::string_view holder) {
    return run(&Statements::hold, key, [&](PostgreSQLStatement& statement) { statement.bind(4, holder); });
  }

  bool renew(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) {
    return run(&Statements::renew, key, [&](PostgreSQLStatement& statement) {
      statement.bind(4, holder);
      statement.bind(5, lifetime.count());
    });
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) {
    turns_.remove(key);
    run(&Statements::give_back, key, [&](PostgreSQLStatement& statement) { statement.bind(4, holder); });
  }

  /// What was taken here and not given back, though it may have ended.
  [[nodiscard]] const PostgreSQLTurns& turns() const { return turns_; }

  /// Whether it may be waited for. Else it has to be asked for again and again.
  [[nodiscard]] bool can_wait() const { return pool_->settings().can_listen(); }

  /// A thread that waits has none of the pool's connections.
  void wait(const WorkspaceKey& key, std::chrono::milliseconds timeout) {
    waiters_.wait(timeout, [&] {
      return run(
          &Statements::look, key, [](PostgreSQLStatement& /*statement*/) {},
          [](const PostgreSQLStatement& statement, bool /*is_found*/) -> std::optional<HeldPostgreSQLLease> {
            const PostgreSQLRow row = statement.row();
            if (row.type(1) == SqlType::null) return std::nullopt;
            return HeldPostgreSQLLease{.notice = std::string(row.text(0)),
                                       .rest = std::chrono::milliseconds{row.integer(1)}};
          });
    });
  }

  [[nodiscard]] static LeaseScope scope() { return LeaseScope::processes; }

 private:
  /// What take() could not find out that it has taken. Where this fails too, it ends by itself.
  void give_back_lost(const WorkspaceKey& key, std::string_view holder) noexcept {
    constexpr std::chrono::milliseconds longest = std::chrono::seconds{1};
    try {
      run_until(
          PostgreSQLClock::now() + std::min(pool_->settings().timeout, longest), &Statements::give_back, key,
          [&](PostgreSQLStatement& statement) { statement.bind(4, holder); },
          [](const PostgreSQLStatement& /*statement*/, bool is_found) { return is_found; });
    } catch (...) {  // NOLINT(bugprone-empty-catch): the caller hears of the first failure
    }
  }

  [[nodiscard]] std::string give_back_sql() const {
    std::string erase = "delete from slack_oauth_leases as it where " + Statements::of_holder() + " returning 1";
    if (!pool_->settings().changes.notices) return erase;
    return "with given_back as (" + erase + ") select pg_catalog.pg_notify(" +
           channel_sql(pool_->names(), "$1::varchar", NoticesOf::leases) + ", " +
           notice_sql("$1::varchar", "$2::varchar", "$3::varchar") + ") from given_back";
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  std::size_t part_;
  PostgreSQLTurns turns_{};
  PostgreSQLLeaseWaiters waiters_;
};

}  // namespace slack::oauth::inline v0::detail
