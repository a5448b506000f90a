#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/installation_store.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/ids.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using test::shown;
using test::thrown_by;

namespace {

struct SaveOnlyStore : InstallationStore {
  void save(const Installation& installation) override { saved.push_back(installation); }
  std::vector<Installation> saved;
};

struct BotOnlyAppStore : InstallationStore {
  void save(const Installation& installation) override { bot = installation.to_bot(); }
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    return bot && bot->team_id == query.team_id ? bot : std::nullopt;
  }
  void delete_bot(const WorkspaceRef& /*ref*/) override { bot.reset(); }
  void delete_all(const WorkspaceRef& ref) override { delete_bot(ref); }
  std::optional<Bot> bot;
};

struct InstallationOnlyAppStore : InstallationStore {
  void save(const Installation& installation) override { saved = installation; }
  std::optional<Installation> find_installation(const InstallationQuery& /*query*/) const override { return saved; }
  std::optional<Installation> saved;
};

// A bot-only store that forgot delete_all: the default would call delete_installation, which is not there.
struct ForgetfulStore : InstallationStore {
  void save(const Installation& /*installation*/) override {}
  std::optional<Bot> find_bot(const BotQuery& /*query*/) const override { return std::nullopt; }
  void delete_bot(const WorkspaceRef& /*ref*/) override {}
};

struct RecordingStore : InstallationStore {
  void save(const Installation& /*installation*/) override {}
  void delete_bot(const WorkspaceRef& ref) override {
    calls.push_back("delete_bot " + shown(ref.enterprise_id) + " " + shown(ref.team_id) +
                    (ref.installed_until ? " until" : ""));
    if (fails) throw StorageError({.backend = "test", .native_code = "1"}, "failed");
  }
  void delete_installation(const InstallationRef& ref) override {
    calls.push_back("delete_installation " + shown(ref.enterprise_id) + " " + shown(ref.team_id) + " " +
                    shown(ref.user_id) + (ref.installed_until ? " until" : ""));
  }
  std::vector<std::string> calls;
  bool fails = false;
};

struct TenantInstallation : Installation {
  std::string tenant_id;
};
struct TenantBot : Bot {
  std::string tenant_id;
};

// Not derived from the interface, and with value types of its own.
struct UnrelatedStore {
  using installation_type = TenantInstallation;
  using bot_type = TenantBot;
  void save(const TenantInstallation& /*installation*/) {}
  void save_bot(const TenantBot& /*bot*/) {}
  std::optional<TenantBot> find_bot(const BotQuery& /*query*/) const { return std::nullopt; }
  std::optional<TenantInstallation> find_installation(const InstallationQuery& /*query*/) const { return std::nullopt; }
  void delete_bot(const WorkspaceRef& /*ref*/) {}
  void delete_installation(const InstallationRef& /*ref*/) {}
  void delete_all(const WorkspaceRef& /*ref*/) {}
  void for_each_bot(const std::function<void(const TenantBot&)>& /*visit*/) const {}
  void for_each_installation(const std::function<void(const TenantInstallation&)>& /*visit*/) const {}
  bool replace_tokens(const TokenReplacement& /*replacement*/) { return false; }
  bool replace_bot(const std::optional<TenantBot>& /*stored*/, const std::optional<TenantBot>& /*bot*/) {
    return false;
  }
  bool replace_installation(const std::optional<TenantInstallation>& /*stored*/,
                            const std::optional<TenantInstallation>& /*installation*/) {
    return false;
  }
};

// Looks like a store, but a bot is not found on a const one, and what is found is no bot.
struct UnsuitableStore {
  void save(const Bot& /*bot*/) {}
  std::optional<Bot> find_bot(const BotQuery& /*query*/) { return std::nullopt; }
  std::optional<Bot> find_installation(const InstallationQuery& /*query*/) const { return std::nullopt; }
  void delete_bot(const std::string& /*team_id*/) {}
};

struct TenantStore : BasicInstallationStore<TenantInstallation, TenantBot> {
  void save(const TenantInstallation& installation) override { saved = installation; }
  std::optional<TenantInstallation> find_installation(const InstallationQuery& /*query*/) const override {
    return saved;
  }
  std::optional<TenantInstallation> saved;
};

template <class Action>
std::string missing_method(Action&& action) {
  return std::string(thrown_by<NotImplementedError>(std::forward<Action>(action)).subject());
}

}  // namespace

TEST_CASE("a method that is not overridden says which it is", "[installation_store]") {
  SaveOnlyStore derived;
  InstallationStore& store = derived;
  CHECK(missing_method([&] { store.save_bot({}); }) == "InstallationStore::save_bot");
  CHECK(missing_method([&] { (void)store.find_bot({}); }) == "InstallationStore::find_bot");
  CHECK(missing_method([&] { (void)store.find_installation({}); }) == "InstallationStore::find_installation");
  CHECK(missing_method([&] { store.delete_bot({}); }) == "InstallationStore::delete_bot");
  CHECK(missing_method([&] { store.delete_installation({}); }) == "InstallationStore::delete_installation");
  CHECK(missing_method([&] { store.for_each_bot({}); }) == "InstallationStore::for_each_bot");
  CHECK(missing_method([&] { store.for_each_installation({}); }) == "InstallationStore::for_each_installation");
  CHECK(missing_method([&] { store.delete_all({}); }) == "InstallationStore::delete_bot");
  CHECK(missing_method([&] { (void)store.replace_tokens({.token = {}}); }) == "InstallationStore::replace_tokens");
  CHECK(missing_method([&] { (void)store.replace_bot({}, {}); }) == "InstallationStore::replace_bot");
  CHECK(missing_method([&] { (void)store.replace_installation({}, {}); }) == "InstallationStore::replace_installation");
}

TEST_CASE("a store that overrides no try_lease has no turns to give, and hears no changes", "[installation_store]") {
  using namespace std::chrono_literals;
  SaveOnlyStore derived;
  InstallationStore& store = derived;
  CHECK(missing_method([&] { (void)store.try_lease({.team_id = "T1"}, 1h); }) == "InstallationStore::try_lease");
  CHECK(missing_method([&] { (void)store.wait_lease({.team_id = "T1"}, 1h, 1h); }) == "InstallationStore::try_lease");
  CHECK(store.changes() == nullptr);
}

TEST_CASE("by default wait_lease asks try_lease until it gives one, or the time is up", "[installation_store]") {
  using namespace std::chrono_literals;
  struct Lease : WorkspaceLease {
    bool is_held() const override { return true; }
    bool renew(std::chrono::milliseconds /*lifetime*/) override { return true; }
  };
  struct LeasingStore : SaveOnlyStore {
    std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime) override {
      CHECK(ref.team_id == "T1");
      CHECK(lifetime == 1h);
      return ++calls < free_after ? nullptr : std::make_unique<Lease>();
    }
    int calls = 0;
    int free_after = 3;
  };
  LeasingStore store;
  CHECK(store.wait_lease({.team_id = "T1"}, 1h, 1h) != nullptr);
  CHECK(store.calls == 3);
  store.calls = 0;
  store.free_after = 1'000'000'000;
  CHECK(store.wait_lease({.team_id = "T1"}, 1h, 0ms) == nullptr);
  CHECK(store.calls == 1);
  CHECK(store.wait_lease({.team_id = "T1"}, 1h, 20ms) == nullptr);
  CHECK(store.calls > 2);
}

TEST_CASE("a store logs nothing by default", "[installation_store]") {
  const SaveOnlyStore store;
  CHECK(store.logger().level() == LogLevel::off);
  CHECK(&store.logger() == &store.logger());
}

TEST_CASE("by default everything is deleted by deleting the bot, then the installations", "[installation_store]") {
  RecordingStore store;
  SECTION("of a workspace") {
    store.delete_all({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"});
    CHECK(store.calls ==
          std::vector<std::string>{"delete_bot E0KILN T0FURNACE", "delete_installation E0KILN T0FURNACE -"});
  }
  SECTION("of an organisation") {
    store.delete_all({.enterprise_id = "E0KILN"});
    CHECK(store.calls == std::vector<std::string>{"delete_bot E0KILN -", "delete_installation E0KILN - -"});
  }
  SECTION("until a moment") {
    store.delete_all({.team_id = "T0FURNACE", .installed_until = Timestamp{std::chrono::seconds{1}}});
    CHECK(store.calls ==
          std::vector<std::string>{"delete_bot - T0FURNACE until", "delete_installation - T0FURNACE - until"});
  }
  SECTION("and no further than a failure") {
    store.fails = true;
    CHECK_THROWS_AS(store.delete_all({.team_id = "T0FURNACE"}), StorageError);
    CHECK(store.calls == std::vector<std::string>{"delete_bot - T0FURNACE"});
  }
}

TEST_CASE("by default the installations of several users are deleted one by one", "[installation_store]") {
  RecordingStore store;
  const std::string_view user_ids[] = {"U0ADA", "U0GRACE"};
  store.delete_installations({.team_id = "T0FURNACE", .installed_until = Timestamp{std::chrono::seconds{1}}}, user_ids);
  CHECK(store.calls == std::vector<std::string>{"delete_installation - T0FURNACE U0ADA until",
                                                "delete_installation - T0FURNACE U0GRACE until"});
}

TEST_CASE("a bot-only app overrides four methods", "[installation_store]") {
  BotOnlyAppStore derived;
  InstallationStore& store = derived;
  store.save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});

  const auto bot = store.find_bot({.team_id = "T0FURNACE"});
  REQUIRE(bot.has_value());
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
  CHECK(store.find_bot({.team_id = "T0OTHER"}) == std::nullopt);
  store.delete_all({.team_id = "T0FURNACE"});
  CHECK(store.find_bot({.team_id = "T0FURNACE"}) == std::nullopt);
}

TEST_CASE("an app that needs users' tokens overrides two methods, and callers fall back", "[installation_store]") {
  InstallationOnlyAppStore derived;
  InstallationStore& store = derived;
  store.save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});

  std::optional<Bot> bot;
  try {
    bot = store.find_bot({.team_id = "T0FURNACE"});
  } catch (const NotImplementedError&) {
    if (const auto installation = store.find_installation({.team_id = "T0FURNACE"})) bot = installation->to_bot();
  }
  REQUIRE(bot.has_value());
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
}

TEST_CASE("a store keeps an app's own value types", "[installation_store]") {
  TenantStore store;
  BasicInstallationStore<TenantInstallation, TenantBot>& interface = store;
  interface.save({Installation{.user_id = "U0ADA"}, "acme"});
  CHECK(interface.find_installation({})->tenant_id == "acme");
  CHECK(missing_method([&] { (void)interface.find_bot({}); }) == "InstallationStore::find_bot");
}

TEST_CASE("the concepts tell what a derived store overrides", "[installation_store]") {
  STATIC_REQUIRE(CanSave<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanSaveBot<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanFindBot<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanFindInstallation<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanDeleteBot<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanDeleteInstallation<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanDeleteAll<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanVisit<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanReplaceTokens<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanReplace<SaveOnlyStore>);
  STATIC_REQUIRE_FALSE(CanLease<SaveOnlyStore>);

  STATIC_REQUIRE(BotOnlyStore<BotOnlyAppStore>);
  STATIC_REQUIRE_FALSE(InstallationOnlyStore<BotOnlyAppStore>);
  STATIC_REQUIRE_FALSE(FullStore<BotOnlyAppStore>);

  STATIC_REQUIRE(InstallationOnlyStore<InstallationOnlyAppStore>);
  STATIC_REQUIRE_FALSE(BotOnlyStore<InstallationOnlyAppStore>);

  STATIC_REQUIRE_FALSE(CanDeleteAll<ForgetfulStore>);
  STATIC_REQUIRE_FALSE(BotOnlyStore<ForgetfulStore>);
  STATIC_REQUIRE(CanDeleteAll<RecordingStore>);
  STATIC_REQUIRE(InstallationOnlyStore<TenantStore>);
}

TEST_CASE("the interface itself promises everything", "[installation_store]") {
  STATIC_REQUIRE(FullStore<InstallationStore>);
  STATIC_REQUIRE(CanLease<InstallationStore>);
  STATIC_REQUIRE(FullStore<BasicInstallationStore<TenantInstallation, TenantBot>>);
}

TEST_CASE("the concepts take classes that are not derived", "[installation_store]") {
  STATIC_REQUIRE(FullStore<UnrelatedStore>);
  STATIC_REQUIRE_FALSE(CanLease<UnrelatedStore>);
  STATIC_REQUIRE_FALSE(CanSave<UnsuitableStore>);
  STATIC_REQUIRE_FALSE(CanFindBot<UnsuitableStore>);
  STATIC_REQUIRE_FALSE(CanFindInstallation<UnsuitableStore>);
  STATIC_REQUIRE_FALSE(CanDeleteBot<UnsuitableStore>);
  STATIC_REQUIRE_FALSE(CanDeleteAll<UnsuitableStore>);
  STATIC_REQUIRE_FALSE(CanSave<std::string>);
}

TEST_CASE("the ids of a query are absent by default", "[installation_store]") {
  CHECK(BotQuery{}.enterprise_id == std::nullopt);
  CHECK(BotQuery{}.team_id == std::nullopt);
  CHECK_FALSE(BotQuery{}.is_enterprise_install);
  CHECK(InstallationQuery{}.user_id == std::nullopt);
  CHECK_FALSE(InstallationQuery{}.is_enterprise_install);
  CHECK(WorkspaceRef{}.team_id == std::nullopt);
  CHECK(InstallationRef{}.user_id == std::nullopt);
}
