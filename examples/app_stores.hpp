// The stores of slack_app: a SQLite file, or a PostgreSQL database where the program is built with libpq.
#pragma once

#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/stores.hpp>
#include <string>
#if defined(SLACK_APP_HAS_POSTGRESQL)
#include <slack/oauth/postgresql.hpp>
#endif

namespace examples {

// [stores]
/// In the PostgreSQL database that `url` names as libpq takes it; where it is empty, in the SQLite file.
inline slack::oauth::Stores open_stores(const std::string& url, const std::string& file,
                                        const slack::oauth::OAuthSettings& settings) {
  if (url.empty()) {
    settings.logger.info("the stores are in the SQLite file " + file);
    return slack::oauth::sqlite3_stores({.database = file,
                                         .client_id = settings.client_id,
                                         .state_expiration = settings.state_expiration,
                                         .deduplicate_events = true,
                                         .logger = settings.logger});
  }
#if defined(SLACK_APP_HAS_POSTGRESQL)
  settings.logger.info("the stores are in the PostgreSQL database of DATABASE_URL");
  return slack::oauth::postgresql_stores({.connection_string = url,
                                          .client_id = settings.client_id,
                                          .state_expiration = settings.state_expiration,
                                          .deduplicate_events = true,
                                          .logger = settings.logger});
#else
  throw slack::oauth::InvalidArgumentError("DATABASE_URL", "needs a program that is built with libpq");
#endif
}
// [stores]

}  // namespace examples
