// A read replica, which is asked before the primary. What it finds may be older than what the primary has.
//
// Needs libpq and nlohmann/json.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/postgresql/detail/connection.hpp"
#include "slack/oauth/postgresql/detail/error.hpp"
#include "slack/oauth/postgresql/detail/hosts.hpp"
#include "slack/oauth/postgresql/detail/pool.hpp"
#include "slack/oauth/postgresql/detail/settings.hpp"
#include "slack/oauth/postgresql/detail/socket.hpp"
#include "slack/oauth/sql/reader.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any may call any member at any time.
template <class InstallationT, class BotT>
class PostgreSQLReplica {
 public:
  using Reader = SqlReader<PostgreSQLConnection, InstallationT, BotT>;

  /// Connects when it is first asked. `settings` are those of the primary.
  PostgreSQLReplica(PostgreSQLSettings settings, std::string client_id, Logger logger)
      : pool_(of_replica(std::move(settings))), client_id_(std::move(client_id)), logger_(std::move(logger)) {}

  /// What `look(reader)` finds; absent too where the replica does not answer. Throws InvalidArgumentError alone. One
  /// that cannot be reached is left alone for a while, so that not every look-up waits for it.
  template <class Look>
  [[nodiscard]] std::invoke_result_t<const Look&, Reader&> look_up(const Look& look, PostgreSQLDeadline deadline) {
    const PostgreSQLDeadline now = PostgreSQLClock::now();
    if (now < rests_until_.load()) return std::nullopt;
    // The primary has to be asked in the time that is left then.
    const auto share = (deadline - now) / 4;
    try {
      return pool_.run_until(now + share, PostgreSQLRepeat::never, [&](PostgreSQLSession& session) {
        return look(session.part<Reader>(0, [this](const PostgreSQLConnection& connection) {
          return std::make_shared<Reader>(connection, client_id_);
        }));
      });
    } catch (const PostgreSQLError& error) {
      if (error.damage().is_connection_lost) leave_alone(error.what());
    } catch (const InvalidDataError&) {  // NOLINT(bugprone-empty-catch): the primary may know better
    } catch (const InvalidArgumentError&) {
      throw;
    } catch (...) {
      // What the app's function says may hold what is secret.
      leave_alone("the function `password` failed");
    }
    return std::nullopt;
  }

 private:
  static constexpr std::chrono::seconds rest{5};

  void leave_alone(const std::string& reason) {
    rests_until_ = PostgreSQLClock::now() + rest;
    logger_.warning("the replica is not asked for a while: " + reason);
  }

  [[nodiscard]] static PostgreSQLSettings of_replica(PostgreSQLSettings settings) {
    static_cast<void>(PostgreSQLHosts(settings.replica_connection_string, "replica_connection_string"));
    settings.connection_string = std::move(settings.replica_connection_string);
    return settings;
  }

  PostgreSQLPool pool_;
  std::string client_id_;
  Logger logger_;
  std::atomic<PostgreSQLDeadline> rests_until_{};
};

}  // namespace slack::oauth::inline v0::detail
