// Revocation events over stores that implement little.
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/revoke/revocation.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"
#include "support/test_data.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::handle_revocation;
using slack::oauth::Installation;
using slack::oauth::InstallationRef;
using slack::oauth::InstallationStore;
using slack::oauth::NotImplementedError;
using slack::oauth::RevocationOutcome;
using slack::oauth::Timestamp;
using slack::oauth::WorkspaceRef;
using Result = RevocationOutcome::Result;

nlohmann::json payload_of(const std::string& name) { return test::read_json("payloads/event." + name + ".json"); }

Installation installation_of(std::string user_id, Timestamp installed_at) {
  return {.enterprise_id = "E0KILN",
          .team_id = "T0FURNACE",
          .bot_token = "xoxb-not-a-real-token-1",
          .bot_user_id = "U0BOTUSER",
          .user_id = std::move(user_id),
          .installed_at = installed_at};
}

const Timestamp before = test::at(1767225000);
const Timestamp after = test::at(1767226000);

/// Can delete, and cannot say what there is.
class BlindStore : public InstallationStore {
 public:
  void save(const Installation& /*installation*/) override {}
  void delete_bot(const WorkspaceRef& /*ref*/) override { ++bot_deletions; }
  void delete_installation(const InstallationRef& /*ref*/) override { ++installation_deletions; }

  int bot_deletions = 0;
  int installation_deletions = 0;
};

/// Finds bots, and keeps users' records that it cannot find.
class HalfBlindStore : public test::BotOnlyStore {
 public:
  void save(const Installation& installation) override {
    BotOnlyStore::save(installation);
    ++users;
  }
  void delete_all(const WorkspaceRef& ref) override {
    BotOnlyStore::delete_all(ref);
    users = 0;
  }

  int users = 0;
};

/// Finds installations and deletes them, and has no bots apart.
class DeletingInstallationStore : public test::InstallationOnlyStore {
 public:
  void delete_installation(const InstallationRef& ref) override {
    if (!ref.user_id) {
      installations.erase(test::key_of(ref));
    } else if (const auto found = installations.find(test::key_of(ref)); found != installations.end()) {
      found->second.erase(std::string(*ref.user_id));
      if (found->second.empty()) installations.erase(found);
    }
  }
};

/// As stores were before deletes had `installed_until`, and before they could compare: it ignores the one and lacks the
/// other.
class OldStore : public test::WatchedStore {
 public:
  using WatchedStore::WatchedStore;
  void delete_bot(const WorkspaceRef& ref) override { WatchedStore::delete_bot(forgetful(ref)); }
  void delete_installation(const InstallationRef& ref) override {
    WatchedStore::delete_installation({ref.enterprise_id, ref.team_id, ref.user_id});
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    WatchedStore::delete_installations(forgetful(ref), user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override { WatchedStore::delete_all(forgetful(ref)); }
  bool replace_tokens(const slack::oauth::TokenReplacement& /*replacement*/) override {
    throw NotImplementedError("InstallationStore::replace_tokens");
  }
  bool replace_bot(const std::optional<slack::oauth::Bot>& /*stored*/,
                   const std::optional<slack::oauth::Bot>& /*bot*/) override {
    throw NotImplementedError("InstallationStore::replace_bot");
  }
  [[nodiscard]] std::unique_ptr<slack::oauth::WorkspaceLease> wait_lease(const WorkspaceRef& ref,
                                                                         std::chrono::milliseconds lifetime,
                                                                         std::chrono::milliseconds timeout) override {
    longest_lifetime = std::max(longest_lifetime, lifetime);
    return WatchedStore::wait_lease(ref, lifetime, timeout);
  }

  std::chrono::milliseconds longest_lifetime{0};

 private:
  static WorkspaceRef forgetful(const WorkspaceRef& ref) { return {ref.enterprise_id, ref.team_id}; }
};

struct OldFixture {
  slack::oauth::MemoryInstallationStore memory{};
  OldStore store{memory};
  const WorkspaceRef ref{.enterprise_id = "E0KILN", .team_id = "T0FURNACE"};

  [[nodiscard]] bool has_bot() const { return memory.find_bot({ref.enterprise_id, ref.team_id}).has_value(); }
  [[nodiscard]] bool has_user(std::string_view user_id) const {
    return memory.find_installation({ref.enterprise_id, ref.team_id, user_id}).has_value();
  }
};

/// No class of this library's, and without delete_all().
struct PlainStore {
  void save(const Installation& installation) { saved = installation; }
  std::optional<slack::oauth::Bot> find_bot(const slack::oauth::BotQuery& query) const {
    return saved && query.enterprise_id == "E0KILN" ? saved->to_bot() : std::nullopt;
  }
  void delete_bot(const WorkspaceRef& ref) {
    if (ref.enterprise_id == "E0KILN") saved.reset();
  }
  std::optional<Installation> saved{};
};

}  // namespace

TEST_CASE("A bot-only store loses its bot, unless that is newer than the event") {
  for (const char* event : {"app_uninstalled", "tokens_revoked.bot", "app_uninstalled_team"}) {
    CAPTURE(event);
    test::BotOnlyStore store;
    store.save(installation_of("U0ADA", before));
    CHECK(handle_revocation(store, payload_of(event)).result == Result::deleted);
    CHECK(store.bots.empty());
    CHECK(handle_revocation(store, payload_of(event)).result == Result::nothing);
    store.save(installation_of("U0ADA", after));
    CHECK(handle_revocation(store, payload_of(event)).result == Result::outdated);
    InstallationStore& interface = store;
    CHECK(handle_revocation(interface, payload_of(event)).result == Result::outdated);
    CHECK(store.bots.size() == 1);
  }
}

TEST_CASE("What a store keeps and cannot find goes too") {
  HalfBlindStore store;
  auto user_only = installation_of("U0ADA", before);
  user_only.bot_token.reset();
  store.save(user_only);
  CHECK(handle_revocation(store, payload_of("app_uninstalled")).result == Result::nothing);
  CHECK(store.users == 0);
}

TEST_CASE("A bot-only store has no user's token to lose") {
  test::BotOnlyStore store;
  store.save(installation_of("U0ADA", before));
  CHECK(handle_revocation(store, payload_of("tokens_revoked")).result == Result::nothing);
  CHECK(store.bots.size() == 1);
}

TEST_CASE("A bot-only store files its bot anew after a migration") {
  test::BotOnlyStore store;
  auto old = installation_of("U0ADA", after);
  old.enterprise_id.reset();
  store.save(old);
  CHECK(handle_revocation(store, payload_of("grid_migration_finished")) ==
        RevocationOutcome{.result = Result::moved, .bot = true});
  CHECK(store.bots.size() == 1);
  CHECK(store.bots.contains({"E0KILN", "T0FURNACE"}));
}

TEST_CASE("A store that cannot say what there is deletes whatever its age") {
  BlindStore store;
  InstallationStore& interface = store;
  CHECK(handle_revocation(interface, payload_of("app_uninstalled")).result == Result::deleted);
  CHECK(store.bot_deletions == 2);  // under the key of today, and under the one from before a migration
  CHECK(store.installation_deletions == 2);
  CHECK(handle_revocation(store, payload_of("tokens_revoked")).installations);
  CHECK(store.installation_deletions == 4);
  CHECK(handle_revocation(store, payload_of("tokens_revoked.bot")).bot);
  CHECK(store.bot_deletions == 4);
}

TEST_CASE("A store of installations alone loses them, unless the newest is newer than the event") {
  DeletingInstallationStore store;
  store.save(installation_of("U0ADA", before));
  store.save(installation_of("U0GRACE", before));
  CHECK(handle_revocation(store, payload_of("tokens_revoked")).installations);
  CHECK(store.installations.at({"E0KILN", "T0FURNACE"}).size() == 1);
  InstallationStore& interface = store;
  CHECK(handle_revocation(interface, payload_of("app_uninstalled")).result == Result::deleted);
  CHECK(store.installations.empty());
  store.save(installation_of("U0ADA", after));
  CHECK(handle_revocation(store, payload_of("app_uninstalled")).result == Result::outdated);
  CHECK_FALSE(store.installations.empty());
}

TEST_CASE("A store that cannot delete what it has is an error that names what it lacks") {
  test::InstallationOnlyStore store;
  store.save(installation_of("U0ADA", before));
  const auto lacking = [&](const char* event) {
    return std::string(
        test::thrown_by<NotImplementedError>([&] { handle_revocation(store, payload_of(event)); }).subject());
  };
  CHECK(handle_revocation(store, payload_of("app_uninstalled_team.other_app")).result == Result::ignored);
  CHECK(lacking("tokens_revoked") == "InstallationStore::delete_installation");
  CHECK(lacking("tokens_revoked.bot") == "InstallationStore::delete_bot");
  CHECK(lacking("app_uninstalled") == "InstallationStore::delete_all");
  InstallationStore& interface = store;
  CHECK_THROWS_AS(handle_revocation(interface, payload_of("app_uninstalled")), NotImplementedError);
  CHECK(store.installations.size() == 1);
}

TEST_CASE_METHOD(OldFixture, "A store that ignores installed_until keeps what a look-up says is newer") {
  memory.save(installation_of("U0ADA", before));
  auto newer = installation_of("U0GRACE", after);
  SECTION("of the bot and the users") {
    memory.save(newer);
    CHECK(handle_revocation(store, payload_of("app_uninstalled")) ==
          RevocationOutcome{.result = Result::deleted, .installations = true, .kept_newer = true});
    CHECK(has_bot());
    CHECK(has_user("U0GRACE"));
    CHECK_FALSE(has_user("U0ADA"));
    CHECK(handle_revocation(store, payload_of("tokens_revoked.bot")).result == Result::outdated);
    CHECK(has_bot());
  }
  SECTION("of a user alone") {
    newer.bot_token.reset();
    memory.save(newer);
    CHECK(handle_revocation(store, payload_of("app_uninstalled")).bot);
    CHECK_FALSE(has_bot());
    CHECK(has_user("U0GRACE"));
    CHECK_FALSE(has_user("U0ADA"));
  }
  SECTION("of users that an event names") {
    memory.save(newer);
    auto payload = payload_of("tokens_revoked");
    payload["event"]["tokens"]["oauth"] = {"U0ADA", "U0GRACE"};
    CHECK(handle_revocation(store, payload).kept_newer);
    CHECK(has_user("U0GRACE"));
    CHECK_FALSE(has_user("U0ADA"));
  }
  SECTION("nothing") {
    CHECK(handle_revocation(store, payload_of("app_uninstalled")).result == Result::deleted);
    CHECK(store.calls("delete_all") == 1);
    CHECK_FALSE(has_user("U0ADA"));
  }
}

TEST_CASE_METHOD(OldFixture, "Over a store that cannot compare, the workspace's turn is taken, and given back") {
  memory.save(installation_of("U0ADA", before));
  bool was_free = true;
  store.before = [&](std::string_view method) {
    if (method == "delete_all") was_free = memory.try_lease(ref, std::chrono::seconds{1}) != nullptr;
  };
  handle_revocation(store, payload_of("app_uninstalled"), {.lease_lifetime = std::chrono::seconds{7}});
  CHECK_FALSE(was_free);
  CHECK(store.longest_lifetime == std::chrono::seconds{7});
  CHECK(memory.try_lease(ref, std::chrono::seconds{1}));
}

TEST_CASE_METHOD(OldFixture,
                 "A turn that does not come in time is an error after which the event may be handled again") {
  CHECK(slack::oauth::RevocationOptions{}.lease_timeout < std::chrono::seconds{3});  // Slack waits for three
  memory.save(installation_of("U0ADA", before));
  const slack::oauth::RevocationOptions options{.lease_timeout = std::chrono::milliseconds{5}};
  auto lease = memory.try_lease(ref, std::chrono::hours{1});
  REQUIRE(lease);
  const auto error = test::thrown_by<slack::oauth::TokenRotationError>(
      [&] { handle_revocation(store, payload_of("app_uninstalled"), options); });
  CHECK(error.code() == "lease_timeout");
  CHECK(error.is_retryable());
  CHECK(has_bot());
  lease.reset();
  CHECK(handle_revocation(store, payload_of("app_uninstalled"), options).result == Result::deleted);
}

TEST_CASE("Any class that deletes is enough") {
  PlainStore store;
  store.save(installation_of("U0ADA", before));
  CHECK(handle_revocation(store, payload_of("app_uninstalled")).bot);
  CHECK_FALSE(store.saved);
}
