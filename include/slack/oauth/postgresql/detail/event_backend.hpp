// Events in a PostgreSQL database, by the server's clock.
//
// Needs libpq.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/schema.hpp"
#include "slack/oauth/postgresql/detail/schema_upgrade.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Models EventBackend, by the server's clock: that of the app is one of many. A claim whose rest is longer than its
/// lifetime was written by a clock that was ahead, on a server that has failed since, and has ended.
///
/// Threads: any thread may call any method at any time.
class PostgreSQLEventBackend {
  struct Statements {
    Statements(const PostgreSQLConnection& connection, const std::string& client_id)
        // Where another has it, the last part says whether it was done when the statement began. What has become done
        // since is still in progress; a mark that had expired counts for nothing, since another has claimed it anew.
        : claim(connection.prepare(
              "with claimed as (insert into slack_oauth_events as it (client_id, event_id, holder, expires_at, "
              "lifetime) values ($1, $2, $3, clock_timestamp() + " +
              lasting() + ", $4) on conflict (client_id, event_id) do update set holder = excluded.holder, " +
              "expires_at = clock_timestamp() + " + lasting() +
              ", lifetime = excluded.lifetime where it.holder::text = excluded.holder::text or it.expires_at <= "
              "clock_timestamp() or (it.holder is not null and it.expires_at > clock_timestamp() + " +
              PostgreSQLDialect::interval_of("it.lifetime", "millisecond") +
              ") returning 1) select exists (select 1 from claimed)::int, exists (select 1 from "
              "slack_oauth_events it where it.client_id::text = $1::text and it.event_id::text = $2::text and "
              "it.holder is "
              "null and it.expires_at > clock_timestamp())::int")),
          mark(connection.prepare("insert into slack_oauth_events (client_id, event_id, holder, expires_at, lifetime) "
                                  "values ($1, $2, null, "
                                  "clock_timestamp() + " +
                                  lasting("$3") +
                                  ", $3) on conflict (client_id, event_id) do update set holder = null, expires_at = " +
                                  "excluded.expires_at, lifetime = excluded.lifetime")),
          release(
              connection.prepare("delete from slack_oauth_events where client_id::text = $1::text and event_id::text = "
                                 "$2::text and holder::text = $3::text")),
          purge(connection.prepare(purge_sql())) {
      for (PostgreSQLStatement* statement : {&claim, &mark, &release}) {
        statement->bind(1, std::string_view(client_id));
      }
    }

    static std::string lasting(const std::string& parameter = "$4") {
      return PostgreSQLDialect::interval_of(parameter, "millisecond");
    }

    PostgreSQLStatement claim;  // one statement, so that of two at the same moment one puts the row
    PostgreSQLStatement mark;
    PostgreSQLStatement release;
    PostgreSQLStatement purge;
  };

  // A holder has a name that no other has, so each of these does the same once more where its answer was lost.
  template <class Work>
  auto run(std::chrono::milliseconds timeout, const Work& work) {
    const auto deadline = PostgreSQLClock::now() + std::min(timeout, pool_->settings().timeout);
    return pool_->run_until(deadline, PostgreSQLRepeat::always, [&](PostgreSQLSession& session) {
      return work(session.part<Statements>(part_, [this](const PostgreSQLConnection& connection) {
        return std::make_shared<Statements>(connection, client_id_);
      }));
    });
  }

 public:
  /// `claim_timeout` is for a claim alone, since Slack waits for it, and where the pool's is not less.
  PostgreSQLEventBackend(std::shared_ptr<PostgreSQLPool> pool, std::string client_id,
                         std::chrono::milliseconds claim_timeout)
      : pool_(std::move(pool)),
        client_id_(checked(std::move(client_id))),
        claim_timeout_(claim_timeout),
        part_(pool_->new_part()) {
    if (claim_timeout_.count() <= 0) throw InvalidArgumentError("timeout", "must be positive");
    pool_->run(PostgreSQLRepeat::always, [this](PostgreSQLSession& session) {
      require_schema(session.connection(), pool_->settings(), pool_->names(), postgresql_event_schema(pool_->names()));
    });
  }

  [[nodiscard]] EventState claim(const NewEventClaim& claim) {
    return run(claim_timeout_, [&](Statements& statements) {
      PostgreSQLStatement& statement = statements.claim;
      const SqlUse use(statement);
      statement.bind(2, claim.event_id);
      statement.bind(3, claim.holder);
      statement.bind(4, milliseconds(claim.expires_at - claim.claimed_at));
      if (!statement.step()) throw InvalidDataError("slack_oauth_events", "gave no answer");
      const auto row = statement.row();
      if (row.integer(0) != 0) return EventState::claimed;
      return row.integer(1) != 0 ? EventState::done : EventState::in_progress;
    });
  }

  void mark_done(const HandledEvent& event) {
    run(pool_->settings().timeout, [&](Statements& statements) {
      statements.mark.bind(2, event.event_id);
      statements.mark.bind(3, milliseconds(event.expires_at - event.handled_at));
      statements.mark.run();
    });
  }

  void release(std::string_view event_id, std::string_view holder) {
    run(pool_->settings().timeout, [&](Statements& statements) {
      statements.release.bind(2, event_id);
      statements.release.bind(3, holder);
      statements.release.run();
    });
  }

  void purge(Timestamp /*now*/) {
    run(claim_timeout_, [](Statements& statements) { statements.purge.run(); });
  }

  /// Some of what has expired. What another process purges or claims at this moment is left to it. By the time of the
  /// statement, since no index is looked into for one that moves on meanwhile. The number bounds the work of one call,
  /// and is more than the claims between two of them add; as a parameter it would tell the planner nothing.
  [[nodiscard]] static std::string purge_sql() {
    return "delete from slack_oauth_events where (client_id::text, event_id::text) in (select client_id::text, "
           "event_id::text from slack_oauth_events where expires_at <= statement_timestamp() order by expires_at limit "
           "100 for update skip locked)";
  }

 private:
  [[nodiscard]] static std::string checked(std::string client_id) {
    if (client_id.empty()) throw InvalidArgumentError("client_id", "is empty; it is the app's own id");
    return client_id;
  }

  [[nodiscard]] static std::int64_t milliseconds(Timestamp::duration time) {
    return std::chrono::floor<std::chrono::milliseconds>(time).count();
  }

  std::shared_ptr<PostgreSQLPool> pool_;
  std::string client_id_;
  std::chrono::milliseconds claim_timeout_;
  std::size_t part_;
};

}  // namespace slack::oauth::inline v0::detail
