// OAuth states in a PostgreSQL database, in the table of the Python SDK's SQLAlchemyOAuthStateStore.
//
// Needs libpq.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/dialect.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/schema.hpp"
#include "slack/oauth/postgresql/detail/schema_upgrade.hpp"
#include "slack/oauth/postgresql/detail/statement.hpp"
#include "slack/oauth/sql/connection.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Models StateBackend, by the server's clock: that of the store is one of many.
///
/// Threads: any thread may call any method at any time.
class PostgreSQLStateBackend {
  struct Statements {
    explicit Statements(const PostgreSQLConnection& connection)
        : put(connection.prepare("with put as (select from slack_oauth_states where " + of_state() +
                                 " for update) insert into slack_oauth_states (state, expire_at, payload) select "
                                 "$1::varchar, " +
                                 utc() + " + " + PostgreSQLDialect::interval_of("$2", "microsecond") +
                                 ", $3::varchar where not exists (select from put)")),
          take(connection.prepare("delete from slack_oauth_states where " + of_state() + " and expire_at > " + utc() +
                                  " returning payload")),
          purge(connection.prepare(purge_sql())) {}

    // The column has no time zone. https://www.postgresql.org/docs/current/functions-datetime.html
    static std::string utc(std::string_view time = "clock_timestamp()") {
      return "(" + std::string(time) + " at time zone 'utc')";
    }

    static std::string of_state() { return "state::text = $1::text"; }

    // Once, also where the first answer was lost. Who locks a row waits for the standby as who writes one does.
    PostgreSQLStatement put;
    PostgreSQLStatement take;  // one statement, so that of two at the same moment one finds the row
    PostgreSQLStatement purge;
  };

  template <class Work>
  auto run(PostgreSQLRepeat repeat, const Work& work) {
    return pool_->run(repeat, [&](PostgreSQLSession& session) {
      return work(session.part<Statements>(
          part_, [](const PostgreSQLConnection& connection) { return std::make_shared<Statements>(connection); }));
    });
  }

 public:
  explicit PostgreSQLStateBackend(std::shared_ptr<PostgreSQLPool> pool)
      : pool_(std::move(pool)), part_(pool_->new_part()) {
    pool_->run(PostgreSQLRepeat::always, [this](PostgreSQLSession& session) {
      require_schema(session.connection(), pool_->settings(), pool_->names(), postgresql_state_schema(pool_->names()));
    });
  }

  void put(const NewState& fresh) {
    run(PostgreSQLRepeat::always, [&](Statements& statements) {
      PostgreSQLStatement& put = statements.put;
      put.bind(1, fresh.state);
      put.bind(2, (fresh.expires_at - fresh.issued_at).count());
      if (fresh.payload) {
        put.bind(3, *fresh.payload);
      } else {
        put.bind_null(3);
      }
      put.run();
      put.require_safe();
    });
  }

  /// Where the answer is lost, whether it was taken is not known: that is what it throws then.
  [[nodiscard]] std::optional<TakenState> take(std::string_view state, Timestamp /*now*/) {
    return run(PostgreSQLRepeat::if_not_done, [&](Statements& statements) {
      PostgreSQLStatement& take = statements.take;
      const SqlUse use(take);
      take.bind(1, state);
      std::optional<TakenState> taken;
      if (take.step()) {
        taken.emplace();
        if (take.row().type(0) != SqlType::null) taken->payload.emplace(take.row().text(0));
      }
      take.require_safe();
      return taken;
    });
  }

  void purge(Timestamp /*now*/) {
    run(PostgreSQLRepeat::always, [&](Statements& statements) { statements.purge.run(); });
  }

  /// Some of what has expired. What another process purges at this moment is left to it. By the time of the statement,
  /// since no index is looked into for one that moves on meanwhile. The number bounds the work of one call, and is more
  /// than one call adds.
  [[nodiscard]] static std::string purge_sql() {
    return "delete from slack_oauth_states where id = any(array(select id from slack_oauth_states where expire_at <= " +
           Statements::utc("statement_timestamp()") + " order by expire_at limit 100 for update skip locked))";
  }

 private:
  std::shared_ptr<PostgreSQLPool> pool_;
  std::size_t part_;
};

}  // namespace slack::oauth::inline v0::detail
