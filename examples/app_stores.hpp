// The stores of slack_app: a SQLite file, or a PostgreSQL database where the program is built with libpq.
#pragma once

#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/stores.hpp>
#include <string>
#include <string_view>
#if defined(SLACK_APP_HAS_POSTGRESQL)
#include <slack/oauth/postgresql.hpp>
#endif

namespace examples {

// [stores]
/// `database` is a URL, postgresql://…, or the name of a SQLite file.
inline slack::oauth::Stores open_stores(const std::string& database, const slack::oauth::OAuthSettings& settings) {
  const std::string_view scheme = std::string_view(database).substr(0, database.find("://"));
  if (scheme == "postgresql" || scheme == "postgres") {
#if defined(SLACK_APP_HAS_POSTGRESQL)
    return slack::oauth::postgresql_stores({.connection_string = database,
                                            .client_id = settings.client_id,
                                            .state_expiration = settings.state_expiration,
                                            .deduplicate_events = true,
                                            .logger = settings.logger});
#else
    throw slack::oauth::InvalidArgumentError("DATABASE_URL", "needs a program that is built with libpq");
#endif
  }
  return slack::oauth::sqlite3_stores({.database = database,
                                       .client_id = settings.client_id,
                                       .state_expiration = settings.state_expiration,
                                       .deduplicate_events = true,
                                       .logger = settings.logger});
}
// [stores]

}  // namespace examples
