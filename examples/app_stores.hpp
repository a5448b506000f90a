// The stores of slack_app: a SQLite file, or a PostgreSQL database where the program is built with libpq. Their tokens
// are sealed where there is a key.
#pragma once

#include <cstdlib>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/stores.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <utility>
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

// [sealed]
/// With their tokens sealed under the key in SLACK_APP_KEY, where there is one. SLACK_APP_OTHER_KEY only opens: it is
/// the key before, or the next one, while the app changes from one to the other.
inline slack::oauth::Stores sealed(slack::oauth::Stores stores, const slack::oauth::OAuthSettings& settings) {
  if (std::getenv("SLACK_APP_KEY") == nullptr) {
    settings.logger.warning("tokens are stored as plain text, since SLACK_APP_KEY is not set");
    return stores;
  }
  const auto id_in = [](const char* variable, const char* otherwise) {
    const char* const id = std::getenv(variable);
    return std::string(id == nullptr ? otherwise : id);
  };
  slack::oauth::KeyRing keys;
  keys.add_from_environment(id_in("SLACK_APP_KEY_ID", "1"), "SLACK_APP_KEY");
  keys.set_current(id_in("SLACK_APP_KEY_ID", "1"));
  if (std::getenv("SLACK_APP_OTHER_KEY") != nullptr) {
    keys.add_from_environment(id_in("SLACK_APP_OTHER_KEY_ID", "2"), "SLACK_APP_OTHER_KEY");
  }
  settings.logger.info("tokens are sealed with the key " + keys.current());
  return slack::oauth::encrypted(std::move(stores), keys, {.client_id = settings.client_id});
}
// [sealed]

}  // namespace examples
