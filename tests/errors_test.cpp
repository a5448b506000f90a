#include <slack/oauth/errors.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;

namespace {

// Callers keep to the base: what they read there has to be what the class was told.
template <class ErrorT>
void check_facts(const ErrorT& thrown, const std::string& text, const std::string& subject, const std::string& backend,
                 const std::string& code, bool is_retryable) {
  STATIC_REQUIRE(std::is_base_of_v<std::runtime_error, Error>);
  try {
    throw thrown;
  } catch (const Error& error) {
    CHECK(error.what() == text);
    CHECK(error.subject() == subject);
    CHECK(error.backend() == backend);
    CHECK(error.code() == code);
    CHECK(error.is_retryable() == is_retryable);
  }
}

}  // namespace

TEST_CASE("an error about one thing names it", "[errors]") {
  check_facts(InvalidArgumentError("team_id", "is missing"), "team_id is missing", "team_id", "", "", false);
  check_facts(InvalidDataError("team.id", "must be a string"), "team.id must be a string", "team.id", "", "", false);
  check_facts(NotImplementedError("InstallationStore::find_bot"),
              "InstallationStore::find_bot is not implemented by this store; override it in your class",
              "InstallationStore::find_bot", "", "", false);
}

TEST_CASE("a storage error says the backend, its code and whether a retry can help", "[errors]") {
  check_facts(StorageError({.backend = "sqlite3", .native_code = "SQLITE_BUSY", .is_retryable = true}, "is locked"),
              "sqlite3: is locked (SQLITE_BUSY)", "", "sqlite3", "SQLITE_BUSY", true);
  check_facts(StorageError({.backend = "file", .native_code = "ENOSPC"}, "the disk is full"),
              "file: the disk is full (ENOSPC)", "", "file", "ENOSPC", false);
  check_facts(StorageError({.backend = "redis", .native_code = ""}, "went away"), "redis: went away", "", "redis", "",
              false);
}

TEST_CASE("an error of Slack's carries its code", "[errors]") {
  check_facts(SlackApiError("invalid_code"), "Slack answered: invalid_code", "", "", "invalid_code", false);
  check_facts(SlackApiError("internal_error"), "Slack answered: internal_error", "", "", "internal_error", true);
  check_facts(SlackApiError("team_added_to_org"), "Slack answered: team_added_to_org", "", "", "team_added_to_org",
              true);

  const SlackApiError plain("invalid_code");
  CHECK(plain.needed().empty());
  CHECK(plain.provided().empty());

  const SlackApiError missing("missing_scope", {.needed = "chat:write", .provided = "commands"});
  CHECK(missing.code() == "missing_scope");
  CHECK(missing.needed() == "chat:write");
  CHECK(missing.provided() == "commands");
}

TEST_CASE("a failed rotation carries Slack's code where there is one", "[errors]") {
  check_facts(TokenRotationError("the token was not refreshed"), "the token was not refreshed", "", "", "", false);
  check_facts(TokenRotationError("the token was not refreshed", "invalid_refresh_token"),
              "the token was not refreshed (invalid_refresh_token)", "", "", "invalid_refresh_token", false);
  check_facts(TokenRotationError("the token was not refreshed", "ratelimited", true),
              "the token was not refreshed (ratelimited)", "", "", "ratelimited", true);
}

TEST_CASE("the kinds of errors do not catch one another", "[errors]") {
  STATIC_REQUIRE_FALSE(std::is_base_of_v<InvalidArgumentError, InvalidDataError>);
  STATIC_REQUIRE_FALSE(std::is_base_of_v<InvalidDataError, InvalidArgumentError>);
  STATIC_REQUIRE_FALSE(std::is_base_of_v<StorageError, SlackApiError>);
  STATIC_REQUIRE_FALSE(std::is_base_of_v<StorageError, NotImplementedError>);
  CHECK(test::thrown_by<Error>([] { throw InvalidDataError("file", "is cut short"); }).what() ==
        std::string("file is cut short"));
}
