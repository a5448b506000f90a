// Revocation events where what is stored cannot be read: sealed under a key that nobody has, or damaged.
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/file.hpp>
#include <slack/oauth/flow/revoke/revocation.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <string>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "sqlite3/raw_database.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;
using Result = RevocationOutcome::Result;

namespace {

constexpr std::int64_t event_second = 1767225600;  // of the payloads in tests/data

const Timestamp before = test::at(event_second - 100);
const Timestamp after = test::at(event_second + 100);

const BotQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};

const RevocationOutcome bot_deleted{.result = Result::deleted, .bot = true};
const RevocationOutcome all_deleted{.result = Result::deleted, .bot = true, .installations = true};
const RevocationOutcome kept{.result = Result::outdated, .kept_newer = true};
const RevocationOutcome nothing{.result = Result::nothing};

nlohmann::json payload_of(const std::string& name) { return test::read_json("payloads/event." + name + ".json"); }

Bot bot_of(Timestamp installed_at) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .installed_at = installed_at};
}

Installation installation_of(Timestamp installed_at) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .user_id = "U0ADA",
          .user_token = "xoxp-not-a-real-token-1",
          .installed_at = installed_at};
}

/// A sealing store whose records were sealed under another key.
struct OtherKey {
  std::shared_ptr<MemoryInstallationStore> inner = std::make_shared<MemoryInstallationStore>();
  EncryptingInstallationStore sealed_before{inner, test::one_key("2026-10", '0'), {.client_id = "111.222"}};
  EncryptingInstallationStore store{inner, test::one_key(), {.client_id = "111.222"}};
};

}  // namespace

TEST_CASE("A bot whose key is gone does not survive a removal", "[encrypting]") {
  for (const char* event : {"app_uninstalled", "tokens_revoked.bot", "app_uninstalled_team"}) {
    CAPTURE(event);
    OtherKey scene;
    scene.sealed_before.save_bot(bot_of(before));
    CHECK_THROWS_AS(scene.store.find_bot(query), InvalidDataError);
    CHECK(handle_revocation(scene.store, payload_of(event)) == bot_deleted);
    CHECK_FALSE(scene.inner->find_bot(query));
    CHECK(handle_revocation(scene.store, payload_of(event)) == nothing);

    scene.sealed_before.save_bot(bot_of(after));
    CHECK(handle_revocation(scene.store, payload_of(event)) == kept);
    CHECK(scene.inner->find_bot(query));
  }
}

TEST_CASE("Installations whose key is gone do not survive a removal either", "[encrypting]") {
  OtherKey scene;
  Installation installation = installation_of(before);
  SECTION("with their bot") {
    scene.sealed_before.save(installation);
    CHECK(handle_revocation(scene.store, payload_of("app_uninstalled")) == all_deleted);
    CHECK_FALSE(scene.inner->find_bot(query));
  }
  SECTION("without a bot") {
    installation.bot_token.reset();
    scene.sealed_before.save(installation);
    CHECK(handle_revocation(scene.store, payload_of("app_uninstalled")) ==
          RevocationOutcome{.result = Result::deleted, .installations = true});
  }
  SECTION("beside a newer bot") {
    scene.sealed_before.save(installation);
    scene.store.save_bot(bot_of(after));
    CHECK(handle_revocation(scene.store, payload_of("app_uninstalled")) ==
          RevocationOutcome{.result = Result::deleted, .installations = true, .kept_newer = true});
    CHECK(scene.store.find_bot(query));
  }
  CHECK_FALSE(scene.inner->find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}));
  CHECK(handle_revocation(scene.store, payload_of("tokens_revoked")) == nothing);
}

TEST_CASE("Another bot's removal leaves one that cannot be read, where an installation shows whose it is") {
  struct Unreadable : ForwardingInstallationStore {
    using ForwardingInstallationStore::ForwardingInstallationStore;
    std::optional<Bot> find_bot(const BotQuery& asked) const override {
      if (wrapped().find_bot(asked)) throw InvalidDataError("bot_token", "is damaged");
      return std::nullopt;
    }
  };
  MemoryInstallationStore inner;
  Unreadable store(inner);
  Installation installation = installation_of(before);
  installation.bot_user_id = "U0OTHER";
  inner.save(installation);
  CHECK(handle_revocation(store, payload_of("tokens_revoked.bot")) == nothing);
  CHECK(inner.find_bot(query));
}

TEST_CASE("A bot whose row is damaged does not survive a removal", "[sqlite3]") {
  for (const char* event : {"app_uninstalled", "tokens_revoked.bot"}) {
    CAPTURE(event);
    const test::TempFolder folder;
    SQLite3InstallationStore store({.database = folder / "app.db", .client_id = "111.222"});
    const test::RawDatabase raw(folder / "app.db");
    const auto save_damaged = [&](Timestamp installed_at) {
      store.save_bot(bot_of(installed_at));
      raw.execute("update slack_bots set bot_token_expires_at = 'some day'");
      CHECK_THROWS_AS(store.find_bot(query), InvalidDataError);
    };
    save_damaged(before);
    CHECK(handle_revocation(store, payload_of(event)) == bot_deleted);
    CHECK(raw.value("select count(*) from slack_bots") == "0");
    save_damaged(after);
    CHECK(handle_revocation(store, payload_of(event)) == kept);
    CHECK(raw.value("select count(*) from slack_bots") == "1");
  }
}

TEST_CASE("A record that cannot even be compared stays, and the outcome says so", "[file]") {
  const test::TempFolder folder;
  FileInstallationStore store({.base_dir = folder / "installations", .client_id = "111.222"});
  store.save_bot(bot_of(before));
  test::write_file(folder / "installations/111.222/E0KILN-T0FURNACE/bot-latest", "");
  CHECK_THROWS_AS(store.find_bot(query), InvalidDataError);
  for (const char* event : {"app_uninstalled", "tokens_revoked.bot"}) {
    CHECK(handle_revocation(store, payload_of(event)) == kept);
    CHECK_THROWS_AS(store.find_bot(query), InvalidDataError);
  }

  const Installation installation = installation_of(before);
  const InstallationQuery of_user{
      .enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = std::string_view(installation.user_id)};
  store.save(installation);
  test::write_file(folder / ("installations/111.222/E0KILN-T0FURNACE/installer-" + installation.user_id + "-latest"),
                   "");
  CHECK(handle_revocation(store, payload_of("tokens_revoked")) == kept);
  CHECK_THROWS_AS(store.find_installation(of_user), InvalidDataError);
}
