// From no key to the first one, in a rolling deployment: processes that seal nothing yet, beside those before and after
// them.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;

namespace {

const InstallationQuery whole{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};

EncryptionOptions options(bool only_open) {
  return {.client_id = "111.222", .secret_custom_values = {"plan"}, .only_open = only_open};
}

/// Three versions of an app at one database, in the order in which they are deployed.
struct Versions {
  Stores without = memory_stores();
  Stores opening = encrypted(without, test::one_key(), options(true));
  Stores sealing = encrypted(without, test::one_key(), options(false));
};

Installation numbered(const std::string& number) {
  Installation made = test::full_installation();
  made.bot_token = "xoxe.xoxb-1-not-a-real-token-" + number;
  made.bot_refresh_token = "xoxe-1-not-a-real-token-" + number;
  made.user_token = "xoxe.xoxp-1-not-a-real-token-" + number;
  made.user_refresh_token = "xoxe-1-not-a-real-token-user-" + number;
  made.set_custom_value("plan", {{"gold", number}});
  return made;
}

bool rotate_bot(const Stores& stores, const std::string& from, const std::string& to) {
  return stores.installations->replace_tokens({.enterprise_id = "E0KILN",
                                               .team_id = "T0FURNACE",
                                               .used_refresh_token = numbered(from).bot_refresh_token.value(),
                                               .token = {.token_type = "bot",
                                                         .access_token = numbered(to).bot_token.value(),
                                                         .refresh_token = numbered(to).bot_refresh_token.value()}});
}

std::string bot_token(const Stores& stores) {
  return stores.installations->find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}).value().bot_token;
}

/// What one version writes in every way, the other reads, and changes.
void work_in_turns(const Stores& one, const Stores& other) {
  for (const auto& [writer, reader] : {std::pair(one, other), std::pair(other, one)}) {
    writer.installations->save(numbered("1"));
    CHECK(reader.installations->find_installation(whole) == numbered("1"));
    CHECK(reader.installations->replace_installation(numbered("1"), numbered("2")));
    CHECK(writer.installations->find_installation(whole)->user_token == numbered("2").user_token);
    CHECK(rotate_bot(writer, "1", "2"));
    CHECK(rotate_bot(reader, "2", "3"));
    CHECK_FALSE(rotate_bot(writer, "2", "4"));
    CHECK(bot_token(writer) == numbered("3").bot_token);
    const auto bot = reader.installations->find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    CHECK(writer.installations->replace_bot(bot, numbered("4").to_bot()));
    CHECK(bot_token(reader) == numbered("4").bot_token);
    for (const nlohmann::json& payload : {nlohmann::json("text"), nlohmann::json{{"a", 1}}, nlohmann::json()}) {
      CHECK(reader.states->consume(writer.states->issue(payload)) == payload);
    }
  }
}

}  // namespace

TEST_CASE("processes without a key, those that only open, and those that seal share a database", "[encrypting]") {
  const Versions versions;
  SECTION("the first step") { work_in_turns(versions.without, versions.opening); }
  SECTION("the second step") { work_in_turns(versions.opening, versions.sealing); }
  SECTION("what would go wrong without the first step") {
    versions.sealing.installations->save(numbered("1"));
    CHECK(bot_token(versions.without).starts_with("sealed:v1:"));
  }
}

TEST_CASE("a store that only opens writes plain values, also over sealed ones", "[encrypting]") {
  const Versions versions;
  versions.sealing.installations->save(numbered("1"));
  SECTION("by a save") { versions.opening.installations->save(numbered("2")); }
  SECTION("by replacements") {
    CHECK(versions.opening.installations->replace_installation(numbered("1"), numbered("2")));
    CHECK(versions.opening.installations->replace_bot(numbered("1").to_bot(), numbered("2").to_bot()));
  }
  CHECK(versions.without.installations->find_installation(whole) == numbered("2"));
  CHECK(EncryptingInstallationStore(versions.without.installations, test::one_key()).count_sealed().plain == 2);
}

TEST_CASE("a store that only opens needs no current key, and no key for what is plain", "[encrypting]") {
  KeyRing keys;
  const Stores plain = memory_stores();
  const Stores stores = encrypted(plain, keys, options(true));
  stores.installations->save(numbered("1"));
  CHECK(stores.installations->find_installation(whole) == numbered("1"));
  CHECK(stores.states->consume(stores.states->issue("a")) == "a");
  encrypted(plain, test::one_key(), options(false)).installations->save(numbered("2"));
  CHECK_THROWS_AS(stores.installations->find_installation(whole), InvalidDataError);
  keys.add("2026-11", test::key_bytes('1'));
  CHECK(stores.installations->find_installation(whole) == numbered("2"));
}

TEST_CASE("what only opens seals nothing anew, and refuses nothing plain", "[encrypting]") {
  test::SealedMemory opening(test::one_key(), options(true));
  const auto sealing = test::thrown_by<InvalidArgumentError>([&] { opening.store.reencrypt_all(); });
  CHECK(std::string(sealing.what()).starts_with("only_open is on"));
  const EncryptionOptions both{.refuse_plain = true, .only_open = true};
  const auto refusing = test::thrown_by<InvalidArgumentError>([&] { test::SealedMemory(test::one_key(), both); });
  CHECK(std::string(refusing.what()).starts_with("refuse_plain must be off where only_open is on"));
  CHECK_THROWS_AS(EncryptingOAuthStateStore(std::make_shared<MemoryOAuthStateStore>(), test::one_key(), both),
                  InvalidArgumentError);
}

TEST_CASE("what would read like sealed text is not written as plain text", "[encrypting]") {
  const Versions versions;
  Installation saved = numbered("1");
  std::string field = "bot_token";
  SECTION("a field") { saved.bot_token = "sealed:very well"; }
  SECTION("a custom value") {
    saved.set_custom_value("motto", "sealed:very well");
    field = "custom_values.motto";
  }
  const auto error = test::thrown_by<InvalidArgumentError>([&] { versions.opening.installations->save(saved); });
  CHECK(std::string(error.what()) == field + " reads like sealed text, and only_open is on");
  CHECK(versions.without.installations->find_installation(whole) == std::nullopt);
  CHECK_THROWS_AS(versions.opening.states->issue("sealed:very well"), InvalidArgumentError);
}
