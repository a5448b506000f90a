// Records from before a workspace joined an organisation, and how they are filed anew.
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/flow/detail/rekey.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"

namespace {

using slack::oauth::Authorizer;
using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;
using slack::oauth::StorageError;
using slack::oauth::detail::is_rejected;
using slack::oauth::detail::mark_rejected;
using slack::oauth::detail::rekey_workspace;

Installation old_installation(std::string user_id, std::int64_t installed_at = 100) {
  return {.team_id = "T0FURNACE",
          .team_name = "Furnace Works",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .installed_at = test::at(installed_at)};
}

Installation new_installation(std::string user_id, std::int64_t installed_at) {
  auto installation = old_installation(std::move(user_id), installed_at);
  installation.enterprise_id = "E0KILN";
  return installation;
}

const PayloadIds grace{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"};
const slack::oauth::InstallationQuery new_grace{
    .enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"};
const slack::oauth::InstallationQuery new_ada{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};

bool has_old_records(const slack::oauth::InstallationStore& store) {
  return store.find_bot({.team_id = "T0FURNACE"}) || store.find_installation({.team_id = "T0FURNACE"});
}

}  // namespace

TEST_CASE("A record from before a migration is used, and is filed under the organisation") {
  MemoryInstallationStore store;
  store.save(old_installation("U0ADA", 100));
  store.save(old_installation("U0GRACE", 200));
  store.save(old_installation("U0LINUS", 300));
  Authorizer authorizer(store);

  auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxb-not-a-real-token-1");
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
  CHECK_FALSE(has_old_records(store));
  for (const char* user : {"U0ADA", "U0GRACE", "U0LINUS"}) {
    CAPTURE(user);
    const auto moved = store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = user});
    REQUIRE(moved);
    CHECK(moved->user_token == std::string("xoxp-not-a-real-token-of-") + user);
    CHECK(moved->bot_token == "xoxb-not-a-real-token-1");
    CHECK(moved->enterprise_id == "E0KILN");
    CHECK(moved->team_name == "Furnace Works");
  }
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->user_id == "U0LINUS");
  CHECK(authorizer.authorize(grace)->bot_source == RecordSource::workspace);
}

TEST_CASE("Another user's or workspace's payload moves the same records, and no others") {
  MemoryInstallationStore store;
  store.save(old_installation("U0ADA"));
  auto other = old_installation("U0ADA");
  other.team_id = "T0OTHER";
  store.save(other);
  Authorizer authorizer(store);
  CHECK(authorizer.authorize(grace)->bot_token);
  CHECK(store.find_installation(new_ada));
  CHECK(store.find_installation({.team_id = "T0OTHER", .user_id = "U0ADA"}));
}

TEST_CASE("A user's old record is found beside a bot that was installed since") {
  MemoryInstallationStore store;
  store.save(old_installation("U0GRACE"));
  auto since = new_installation("U0ADA", 300);
  since.bot_token = "xoxb-not-a-real-token-2";
  store.save(since);
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(grace);
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
  CHECK(result->bot_token == "xoxb-not-a-real-token-2");
  CHECK_FALSE(has_old_records(store));
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->bot_token == "xoxb-not-a-real-token-2");
}

TEST_CASE("A user's new record is not overwritten by an old one") {
  MemoryInstallationStore store;
  store.save(old_installation("U0GRACE", 100));
  auto since = new_installation("U0GRACE", 300);
  since.user_token = "xoxp-not-a-real-token-2";
  since.bot_token.reset();
  store.save(since);
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(grace);
  CHECK(result->user_token == "xoxp-not-a-real-token-2");
  CHECK(result->bot_token == "xoxb-not-a-real-token-1");
  CHECK_FALSE(has_old_records(store));
}

TEST_CASE("A token that was refreshed after a crash in the middle of a move is kept") {
  MemoryInstallationStore store;
  auto old = old_installation("U0GRACE");
  old.bot_token_expires_at = test::at_second(1000);
  old.user_token_expires_at = test::at_second(1000);
  store.save(old);
  auto refreshed = new_installation("U0GRACE", 100);
  refreshed.bot_token = "xoxb-not-a-real-token-2";
  refreshed.bot_token_expires_at = test::at_second(2000);
  refreshed.user_token = "xoxp-not-a-real-token-2";
  refreshed.user_token_expires_at = test::at_second(2000);

  SECTION("under the new key") { store.save(refreshed); }
  SECTION("under the old one") {
    auto stale = old;
    stale.enterprise_id = "E0KILN";
    store.save(stale);
    refreshed.enterprise_id.reset();
    store.save(refreshed);
  }
  rekey_workspace(store, "E0KILN", "T0FURNACE", std::nullopt, {});
  const auto moved = store.find_installation(new_grace);
  CHECK(moved->bot_token == "xoxb-not-a-real-token-2");
  CHECK(moved->user_token == "xoxp-not-a-real-token-2");
  CHECK_FALSE(has_old_records(store));
}

TEST_CASE("What Slack refused after a crash in the middle of a move is not asked about again") {
  MemoryInstallationStore store;
  auto old = old_installation("U0GRACE");
  old.bot_refresh_token = "xoxe-1-not-a-real-token-1";
  old.user_refresh_token = "xoxe-1-not-a-real-token-2";
  auto copy = old;
  copy.enterprise_id = "E0KILN";
  copy.custom_values.set("theme", "dark");
  mark_rejected(old.custom_values, *old.bot_refresh_token, "invalid_refresh_token", test::at(200));
  mark_rejected(old.custom_values, *old.user_token, "token_revoked", test::at(200));
  mark_rejected(copy.custom_values, *old.user_refresh_token, "invalid_refresh_token", test::at(200));
  store.save(old);
  store.save(copy);
  rekey_workspace(store, "E0KILN", "T0FURNACE", std::nullopt, {});
  const auto bot = store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
  const auto user = store.find_installation(new_grace);
  CHECK(is_rejected(bot->custom_values, *old.bot_refresh_token));
  CHECK(is_rejected(user->custom_values, *old.user_token));
  CHECK(is_rejected(user->custom_values, *old.user_refresh_token));
  CHECK(user->get_custom_value("theme") == "dark");
  CHECK_FALSE(has_old_records(store));
}

TEST_CASE("What Slack refused keeps no record under the old key of a store that does not compare") {
  class PlainStore : public slack::oauth::ForwardingInstallationStore {
    using Base = slack::oauth::ForwardingInstallationStore;

   public:
    using Base::Base;
    bool replace_bot(const std::optional<Bot>&, const std::optional<Bot>&) override {
      throw slack::oauth::NotImplementedError("PlainStore::replace_bot");
    }
    bool replace_installation(const std::optional<Installation>&, const std::optional<Installation>&) override {
      throw slack::oauth::NotImplementedError("PlainStore::replace_installation");
    }
  };
  MemoryInstallationStore memory;
  PlainStore store(memory);
  auto old = old_installation("U0GRACE");
  auto copy = old;
  copy.enterprise_id = "E0KILN";
  mark_rejected(old.custom_values, *old.bot_token, "token_revoked", test::at(200));
  store.save(old);
  store.save(copy);
  rekey_workspace(store, "E0KILN", "T0FURNACE", std::nullopt, {});
  CHECK_FALSE(has_old_records(store));
}

TEST_CASE("A move may stop anywhere, and is completed by the next") {
  for (int last_call = 1;; ++last_call) {
    CAPTURE(last_call);
    MemoryInstallationStore memory;
    memory.save(old_installation("U0GRACE", 100));
    memory.save(old_installation("U0ADA", 200));
    test::WatchedStore store(memory);
    int left = last_call;
    store.before = [&left](std::string_view) {
      if (left-- == 0) test::fail();
    };
    bool has_failed = false;
    try {
      rekey_workspace(store, "E0KILN", "T0FURNACE", std::nullopt, {});
    } catch (const StorageError&) {
      has_failed = true;
    }
    store.before = [](std::string_view) {};
    Authorizer authorizer(store);
    CHECK(authorizer.authorize(grace)->bot_token == "xoxb-not-a-real-token-1");
    CHECK(authorizer.authorize(grace)->user_token == "xoxp-not-a-real-token-of-U0GRACE");
    rekey_workspace(store, "E0KILN", "T0FURNACE", std::nullopt, {});
    CHECK(memory.find_installation(new_grace));
    CHECK(memory.find_installation(new_ada));
    CHECK_FALSE(has_old_records(memory));
    if (!has_failed) break;
  }
}

TEST_CASE("Where records cannot be moved they stay, and their tokens are used where they are") {
  MemoryInstallationStore memory;
  memory.save(old_installation("U0GRACE"));
  test::WatchedStore store(memory);
  store.before = [](std::string_view method) {
    if (method == "replace_bot" || method == "replace_installation") test::fail();
  };
  Authorizer authorizer(store);
  for (int i = 0; i < 2; ++i) {
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxb-not-a-real-token-1");
    CHECK(result->bot_source == RecordSource::before_migration);
    CHECK(has_old_records(memory));
  }
  store.before = [](std::string_view) {};
  CHECK(authorizer.authorize(grace)->bot_source == RecordSource::workspace);
  CHECK_FALSE(has_old_records(memory));
}

TEST_CASE("A holder of the turn that died does not hold up an event whose tokens work") {
  MemoryInstallationStore store;
  store.save(old_installation("U0GRACE"));
  const auto lease = store.try_lease({.team_id = "T0FURNACE"}, std::chrono::hours{1});
  Authorizer authorizer(store, {.refresh_lease_timeout = std::chrono::milliseconds{20}});
  const auto result = authorizer.authorize(grace);
  CHECK(result->bot_token == "xoxb-not-a-real-token-1");
  CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
}

TEST_CASE("What is left under the old key is looked for once, not on every event") {
  MemoryInstallationStore memory;
  memory.save(new_installation("U0GRACE", 300));
  test::WatchedStore store(memory);
  Authorizer authorizer(store);
  CHECK(authorizer.authorize(grace)->user_token);
  store.forget_calls();
  CHECK(authorizer.authorize(grace)->user_token);
  CHECK(store.look_ups() == 1);
}

TEST_CASE("Records without a user are moved with the others") {
  MemoryInstallationStore store;
  store.save(old_installation("", 300));
  store.save(old_installation("U0GRACE", 100));
  store.save(old_installation("U0ADA", 200));
  Authorizer authorizer(store);
  CHECK(authorizer.authorize(grace)->user_token);
  CHECK(store.find_installation(new_grace));
  CHECK(store.find_installation(new_ada));
  CHECK_FALSE(has_old_records(store));
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->user_id.empty());
}

TEST_CASE("Nothing is filed under an enterprise that may be another one than the team's") {
  MemoryInstallationStore store;
  store.save(old_installation("U0ADA"));
  Authorizer authorizer(store);
  const auto result = authorizer.authorize(test::read_json("payloads/view_submission.slack_connect.json"));
  CHECK(result->bot_token == "xoxb-not-a-real-token-1");
  CHECK(result->bot_source == RecordSource::before_migration);
  CHECK(has_old_records(store));
  CHECK_FALSE(store.find_bot({.enterprise_id = "E0ANVIL", .team_id = "T0FURNACE"}));
}

TEST_CASE("Stores that implement little move what they show") {
  SECTION("bots alone") {
    test::BotOnlyStore store;
    store.save(old_installation("U0GRACE"));
    Authorizer authorizer(store);
    CHECK(authorizer.authorize(grace)->bot_source == RecordSource::workspace);
    CHECK(store.bots.size() == 1);
    CHECK(store.bots.contains({"E0KILN", "T0FURNACE"}));
  }
  SECTION("installations that cannot be deleted") {
    test::InstallationOnlyStore store;
    store.save(old_installation("U0GRACE", 100));
    store.save(old_installation("U0ADA", 200));
    Authorizer authorizer(store);
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxb-not-a-real-token-1");
    CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
    CHECK(result->user_source == RecordSource::workspace);
    CHECK(store.installations.at({"E0KILN", "T0FURNACE"}).contains("U0GRACE"));
  }
}
