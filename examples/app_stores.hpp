// The stores of slack_app: a SQLite file, or a PostgreSQL database where the program is built with libpq. Their tokens
// are sealed where there is a key.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/stores.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
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
/// Adds the key in a variable, an id and 32 bytes such as 2026-11:<base64>, and returns its id. The id stands with its
/// key, so that nobody gives one key's id to another.
inline std::string add_key(slack::oauth::KeyRing& keys, const std::string& variable) {
  const std::string_view text = std::getenv(variable.c_str());
  const std::size_t id_end = text.find(':');
  if (id_end == std::string_view::npos) {
    throw slack::oauth::InvalidArgumentError(variable, "must be an id and a key, such as 2026-11:<base64>");
  }
  const std::string id(text.substr(0, id_end));
  try {
    keys.add_text(id, text.substr(id_end + 1));
  } catch (const slack::oauth::InvalidArgumentError& error) {
    throw slack::oauth::InvalidArgumentError(variable, std::string("is refused: ") + error.what());
  }
  return id;
}

/// The key in SLACK_APP_KEY, which seals. SLACK_APP_OTHER_KEY only opens: it is the key before, or the next one, while
/// the app changes from one to the other.
inline slack::oauth::KeyRing keys_from_environment() {
  slack::oauth::KeyRing keys;
  keys.set_current(add_key(keys, "SLACK_APP_KEY"));
  if (std::getenv("SLACK_APP_OTHER_KEY") != nullptr) add_key(keys, "SLACK_APP_OTHER_KEY");
  return keys;
}

/// Whether a variable is "1". Empty, "0" or not set, it is off.
inline bool is_on(const char* variable) {
  const char* const value = std::getenv(variable);
  const std::string_view text = value == nullptr ? "" : value;
  if (text == "1") return true;
  if (text.empty() || text == "0") return false;
  throw slack::oauth::InvalidArgumentError(variable, "must be 1 or 0");
}

inline slack::oauth::EncryptionOptions encryption_from_environment(const slack::oauth::OAuthSettings& settings) {
  return {.client_id = settings.client_id,
          .refuse_plain = is_on("SLACK_APP_REFUSE_PLAIN"),
          .only_open = is_on("SLACK_APP_ONLY_OPEN")};
}

/// With their tokens sealed, where there is a key.
inline slack::oauth::Stores sealed(slack::oauth::Stores stores, const slack::oauth::OAuthSettings& settings) {
  if (std::getenv("SLACK_APP_KEY") == nullptr) {
    for (const char* const needs_key : {"SLACK_APP_REFUSE_PLAIN", "SLACK_APP_ONLY_OPEN"}) {
      if (!is_on(needs_key)) continue;
      throw slack::oauth::InvalidArgumentError("SLACK_APP_KEY", "is not set, and " + std::string(needs_key) + " is");
    }
    settings.logger.warning("tokens are stored as plain text, since SLACK_APP_KEY is not set");
    return stores;
  }
  const slack::oauth::KeyRing keys = keys_from_environment();
  const slack::oauth::EncryptionOptions options = encryption_from_environment(settings);
  if (options.only_open) {
    settings.logger.warning("tokens are stored as plain text, since SLACK_APP_ONLY_OPEN is set");
  } else {
    settings.logger.info("tokens are sealed with the key " + keys.current());
  }
  return slack::oauth::encrypted(std::move(stores), keys, options);
}
// [sealed]

// [reencrypt_all]
/// Seals every token anew that the key in SLACK_APP_KEY has not sealed, plain ones from before too, and prints what is
/// sealed with which key then. `stores` are not sealed themselves. The app may run meanwhile.
inline void reencrypt_all(const slack::oauth::Stores& stores, const slack::oauth::OAuthSettings& settings) {
  if (std::getenv("SLACK_APP_KEY") == nullptr) throw slack::oauth::InvalidArgumentError("SLACK_APP_KEY", "is not set");
  slack::oauth::EncryptingInstallationStore store(stores.installations, keys_from_environment(),
                                                  encryption_from_environment(settings));
  const slack::oauth::ReencryptionReport report = store.reencrypt_all();
  std::cout << "records: " << report.seen << ", sealed anew: " << report.sealed << ", failed: " << report.failed
            << ", changed meanwhile: " << report.changed << "\n";
  const slack::oauth::SealedCounts counts = store.count_sealed();
  for (const auto& [key, records] : counts.records_by_key) {
    std::cout << "with the key " << key << ": " << records << "\n";
  }
  std::cout << "plain: " << counts.plain << ", malformed: " << counts.malformed << "\n";
  if (report.failed + report.changed > 0) {
    throw std::runtime_error(
        "could not seal all tokens anew: see the log for those that failed, and run it again for those that changed");
  }
}
// [reencrypt_all]

}  // namespace examples
