// An authorizer over stores that implement little, known at compile time or found out at run time.
#include <concepts>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "catch.hpp"
#include "flow/stores.hpp"
#include "slack/oauth/flow/authorize/authorizer.hpp"
#include "slack/oauth/memory.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::AnyHttpTransport;
using slack::oauth::Authorizer;
using slack::oauth::BasicAuthorizer;
using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::NotImplementedError;
using slack::oauth::PayloadIds;
using slack::oauth::RecordSource;

Installation installation_of(std::string user_id, std::string bot_token, std::int64_t installed_at = 100) {
  return {.team_id = "T0FURNACE",
          .bot_token = std::move(bot_token),
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-of-" + user_id,
          .installed_at = test::at(installed_at)};
}

const PayloadIds grace{.team_id = "T0FURNACE", .user_id = "U0GRACE"};
const PayloadIds ada{.team_id = "T0FURNACE", .user_id = "U0ADA"};

/// No class of this library's.
struct PlainStore {
  void save(const Installation& installation) { saved = installation; }
  std::optional<Bot> find_bot(const slack::oauth::BotQuery& /*query*/) const {
    return saved ? saved->to_bot() : std::nullopt;
  }
  std::optional<Installation> saved{};
};

struct DeafStore {
  void save(const Installation& /*installation*/) {}
};

struct TenantInstallation : Installation {
  std::string tenant_id{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(),
                                       slack::oauth::field("tenant_id", &TenantInstallation::tenant_id));
  }
};

template <class Store>
concept CanAuthorize = slack::oauth::CanFindBot<Store> || slack::oauth::CanFindInstallation<Store>;

static_assert(CanAuthorize<test::BotOnlyStore>);
static_assert(!slack::oauth::CanFindInstallation<test::BotOnlyStore>);
static_assert(CanAuthorize<test::InstallationOnlyStore>);
static_assert(!slack::oauth::CanFindBot<test::InstallationOnlyStore>);
static_assert(CanAuthorize<PlainStore>);
static_assert(!CanAuthorize<DeafStore>);
static_assert(!std::copyable<Authorizer>);
static_assert(std::constructible_from<Authorizer, slack::oauth::InstallationStore&>);

}  // namespace

TEST_CASE("A bot-only store authorizes bots") {
  test::BotOnlyStore store;
  store.save(installation_of("U0GRACE", "xoxb-not-a-real-token-1"));

  SECTION("as the interface") {
    Authorizer authorizer(store);
    for (int i = 0; i < 2; ++i) {
      const auto result = authorizer.authorize(grace);
      CHECK(result->bot_token == "xoxb-not-a-real-token-1");
      CHECK_FALSE(result->user_token);
      CHECK_FALSE(authorizer.authorize(PayloadIds{.team_id = "T0OTHER"}));
    }
  }
  SECTION("as itself") {
    BasicAuthorizer<test::BotOnlyStore, AnyHttpTransport> authorizer(store);
    CHECK(authorizer.authorize(grace)->bot_token == "xoxb-not-a-real-token-1");
  }
}

TEST_CASE("A store with find_installation alone authorizes its newest bot and this user's token") {
  test::InstallationOnlyStore store;
  store.save(installation_of("U0GRACE", "xoxb-not-a-real-token-1", 100));
  store.save(installation_of("U0ADA", "xoxb-not-a-real-token-2", 200));

  const auto check = [&](auto& authorizer) {
    for (int i = 0; i < 2; ++i) {
      auto result = authorizer.authorize(grace);
      CHECK(result->bot_token == "xoxb-not-a-real-token-2");
      CHECK(result->user_token == "xoxp-not-a-real-token-of-U0GRACE");
      result = authorizer.authorize(PayloadIds{.team_id = "T0FURNACE", .user_id = "U0LINUS"});
      CHECK(result->bot_token == "xoxb-not-a-real-token-2");
      CHECK_FALSE(result->user_token);
      CHECK_FALSE(authorizer.authorize(PayloadIds{.team_id = "T0OTHER"}));
    }
  };
  SECTION("as the interface") {
    Authorizer authorizer(store);
    check(authorizer);
  }
  SECTION("as itself") {
    BasicAuthorizer<test::InstallationOnlyStore, AnyHttpTransport> authorizer(store);
    check(authorizer);
  }
  SECTION("for bots alone") {
    Authorizer authorizer(store, {.bot_only = true});
    const auto result = authorizer.authorize(grace);
    CHECK(result->bot_token == "xoxb-not-a-real-token-2");
    CHECK_FALSE(result->user_token);
  }
  SECTION("where the newest has no bot") {
    auto without = installation_of("U0LINUS", "", 300);
    without.bot_token.reset();
    store.save(without);
    Authorizer authorizer(store);
    CHECK(authorizer.authorize(grace)->bot_token == "xoxb-not-a-real-token-1");
  }
}

TEST_CASE("Any class with find_bot is a store") {
  PlainStore store;
  BasicAuthorizer<PlainStore, AnyHttpTransport> authorizer(store);
  CHECK_FALSE(authorizer.authorize(grace));
  store.save(installation_of("U0GRACE", "xoxb-not-a-real-token-1"));
  CHECK(authorizer.authorize(grace)->bot_token == "xoxb-not-a-real-token-1");
}

TEST_CASE("An app's own value types are authorized") {
  slack::oauth::BasicMemoryInstallationStore<TenantInstallation, Bot> store;
  store.save({installation_of("U0GRACE", "xoxb-not-a-real-token-1"), "acme"});
  BasicAuthorizer<slack::oauth::BasicMemoryInstallationStore<TenantInstallation, Bot>, AnyHttpTransport> authorizer(
      store);
  CHECK(authorizer.authorize(grace)->user_token == "xoxp-not-a-real-token-of-U0GRACE");
  CHECK(authorizer.authorize({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"})->bot_token);
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0GRACE"})->tenant_id ==
        "acme");
}

TEST_CASE("A store that can find nothing is an error that names what it lacks") {
  class DeafInterface : public slack::oauth::InstallationStore {
    void save(const Installation& /*installation*/) override {}
  } store;
  Authorizer authorizer(store);
  for (int i = 0; i < 2; ++i) {
    CHECK(test::thrown_by<NotImplementedError>([&] { authorizer.authorize(ada); }).subject() ==
          "InstallationStore::find_installation");
  }
}

TEST_CASE("A store's own NotImplementedError is found out once") {
  test::BotOnlyStore bots;
  bots.save(installation_of("U0GRACE", "xoxb-not-a-real-token-1"));
  test::WatchedStore store(bots);
  Authorizer authorizer(store);
  for (int i = 0; i < 3; ++i) CHECK(authorizer.authorize(grace));
  CHECK(store.calls("find_installation") == 1);
}
