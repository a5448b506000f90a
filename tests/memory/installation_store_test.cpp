#include "slack/oauth/memory/installation_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "support/thrown.hpp"

namespace {

using slack::oauth::Bot;
using slack::oauth::Installation;
using slack::oauth::Logger;
using slack::oauth::LogLevel;
using slack::oauth::MemoryInstallationStore;
using slack::oauth::RefreshedToken;

Installation installation_of(std::string user_id, std::string bot_token = "xoxb-not-a-real-token-1") {
  return {.team_id = "T0FURNACE", .bot_token = std::move(bot_token), .user_id = std::move(user_id)};
}

struct TenantInstallation : Installation {
  std::string tenant_id{};
  std::optional<int> seats{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(),
                                       slack::oauth::field("tenant_id", &TenantInstallation::tenant_id),
                                       slack::oauth::field("seats", &TenantInstallation::seats));
  }
};

struct RegionBot : Bot {
  std::string region{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Bot::fields(), slack::oauth::field("region", &RegionBot::region));
  }
};

struct RegionInstallation : Installation {
  std::string region{};

  static constexpr auto fields() {
    return slack::oauth::append_fields(Installation::fields(),
                                       slack::oauth::field("region", &RegionInstallation::region));
  }

  [[nodiscard]] std::optional<RegionBot> to_bot() const {
    auto bot = Installation::to_bot();
    if (!bot) return std::nullopt;
    return RegionBot{*std::move(bot), region};
  }
};

}  // namespace

TEST_CASE("A snapshot gives what find gives") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA"));

  CHECK(*store.bot_snapshot({.team_id = "T0FURNACE"}) == *store.find_bot({.team_id = "T0FURNACE"}));
  CHECK(*store.installation_snapshot({.team_id = "T0FURNACE"}) == *store.find_installation({.team_id = "T0FURNACE"}));
  CHECK(*store.installation_snapshot({.team_id = "T0FURNACE", .user_id = "U0ADA"}) ==
        *store.find_installation({.team_id = "T0FURNACE", .user_id = "U0ADA"}));

  CHECK(store.bot_snapshot({.team_id = "T0OTHER"}) == nullptr);
  CHECK(store.bot_snapshot({}) == nullptr);
  CHECK(store.installation_snapshot({.team_id = "T0FURNACE", .user_id = "U0"}) == nullptr);
  CHECK(store.installation_snapshot({.team_id = "T0FURNACE", .user_id = ""}) == nullptr);
  CHECK(store.installation_snapshot({.user_id = "U0ADA"}) == nullptr);
}

TEST_CASE("A snapshot is not copied") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA"));
  CHECK(store.bot_snapshot({.team_id = "T0FURNACE"}) == store.bot_snapshot({.team_id = "T0FURNACE"}));
  CHECK(store.installation_snapshot({.team_id = "T0FURNACE"}) == store.installation_snapshot({.team_id = "T0FURNACE"}));
}

TEST_CASE("A snapshot of an installation shows the bot that is there now, and is copied once for it") {
  MemoryInstallationStore store;
  store.save(installation_of("U0ADA"));
  const auto before = store.installation_snapshot({.team_id = "T0FURNACE"});

  SECTION("a saved one") {
    store.save_bot({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-2"});
    const auto after = store.installation_snapshot({.team_id = "T0FURNACE"});
    CHECK(after->bot_token == "xoxb-not-a-real-token-2");
    CHECK(after == store.installation_snapshot({.team_id = "T0FURNACE"}));
  }
  SECTION("another user's") {
    store.save(installation_of("U0GRACE", "xoxb-not-a-real-token-3"));
    const auto after = store.installation_snapshot({.team_id = "T0FURNACE", .user_id = "U0ADA"});
    CHECK(after->bot_token == "xoxb-not-a-real-token-3");
  }
  SECTION("none") {
    store.delete_bot({.team_id = "T0FURNACE"});
    CHECK_FALSE(store.installation_snapshot({.team_id = "T0FURNACE"})->bot_token);
  }
  CHECK(before->bot_token == "xoxb-not-a-real-token-1");
}

TEST_CASE("A snapshot outlives its record and its store") {
  auto store = std::make_unique<MemoryInstallationStore>();
  store->save(installation_of("U0ADA"));
  const auto bot = store->bot_snapshot({.team_id = "T0FURNACE"});
  const auto installation = store->installation_snapshot({.team_id = "T0FURNACE"});
  store->delete_all({.team_id = "T0FURNACE"});
  store.reset();
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
  CHECK(installation->user_id == "U0ADA");
}

TEST_CASE("A snapshot stays as it is when tokens are replaced, and the next shows the new pair") {
  MemoryInstallationStore store;
  Installation saved = installation_of("U0ADA");
  saved.bot_refresh_token = "xoxe-1-not-a-real-token-1";
  saved.user_refresh_token = "xoxe-1-not-a-real-token-2";
  store.save(saved);
  const auto before = store.installation_snapshot({.team_id = "T0FURNACE"});
  const RefreshedToken of_bot{.access_token = "xoxb-not-a-real-token-3", .refresh_token = "xoxe-1-not-a-real-token-3"};
  const RefreshedToken of_user{.access_token = "xoxp-not-a-real-token-4", .refresh_token = "xoxe-1-not-a-real-token-4"};
  CHECK(store.replace_tokens(
      {.team_id = "T0FURNACE", .used_refresh_token = "xoxe-1-not-a-real-token-1", .token = of_bot}));
  CHECK(store.replace_tokens({.team_id = "T0FURNACE",
                              .user_id = "U0ADA",
                              .used_refresh_token = "xoxe-1-not-a-real-token-2",
                              .token = of_user}));
  CHECK(*before == saved);
  const auto after = store.installation_snapshot({.team_id = "T0FURNACE"});
  CHECK(after->bot_token == of_bot.access_token);
  CHECK(after->user_token == of_user.access_token);
  CHECK(store.bot_snapshot({.team_id = "T0FURNACE"})->bot_refresh_token == of_bot.refresh_token);
}

TEST_CASE("A replacement in vain leaves a workspace that is not there unknown") {
  MemoryInstallationStore store;
  CHECK_FALSE(store.replace_bot(Bot{.team_id = "T0FURNACE"}, std::nullopt));
  CHECK_FALSE(store.replace_installation(installation_of("U0ADA"), installation_of("U0ADA")));
  store.delete_all({.team_id = "T0FURNACE"});
  int visits = 0;
  store.for_each_installation([&](const Installation&) { ++visits; });
  CHECK(visits == 0);
  CHECK_FALSE(store.changes()->may_have_changed());
}

TEST_CASE("An app's own fields come back from the memory store") {
  slack::oauth::BasicMemoryInstallationStore<TenantInstallation, Bot> store;
  const TenantInstallation saved{installation_of("U0ADA"), "acme", 25};
  store.save(saved);
  CHECK(store.find_installation({.team_id = "T0FURNACE"}) == saved);
  std::vector<TenantInstallation> visited;
  store.for_each_installation([&](const TenantInstallation& installation) { visited.push_back(installation); });
  CHECK(visited == std::vector{saved});
}

TEST_CASE("An app's own Bot comes back from the memory store") {
  slack::oauth::BasicMemoryInstallationStore<RegionInstallation, RegionBot> store;
  store.save({installation_of("U0ADA"), "eu"});
  CHECK(store.find_bot({.team_id = "T0FURNACE"})->region == "eu");
}

TEST_CASE("An app's own Bot has the ids of its installation") {
  struct StrayInstallation : Installation {
    static constexpr auto fields() { return Installation::fields(); }
    [[nodiscard]] std::optional<Bot> to_bot() const { return Bot{.bot_token = bot_token.value_or("")}; }
  };
  slack::oauth::BasicMemoryInstallationStore<StrayInstallation, Bot> store;
  const auto error =
      test::thrown_by<slack::oauth::InvalidArgumentError>([&] { store.save({installation_of("U0ADA")}); });
  CHECK(std::string(error.what()) ==
        "to_bot() gives a bot of another workspace or organisation than the installation's");
  CHECK_FALSE(store.find_installation({.team_id = "T0FURNACE"}));
}

TEST_CASE("A record of many users is found and visited as one of few is") {
  MemoryInstallationStore store;
  for (int i = 0; i < 500; ++i) store.save(installation_of("U" + std::to_string(i)));
  CHECK(store.find_installation({.team_id = "T0FURNACE", .user_id = "U250"})->user_id == "U250");
  std::vector<bool> seen(500, false);
  store.for_each_installation([&](const Installation& installation) {
    const auto number = static_cast<std::size_t>(std::stoul(installation.user_id.substr(1)));
    CHECK_FALSE(seen.at(number));
    seen.at(number) = true;
  });
  CHECK(seen == std::vector<bool>(500, true));
}

TEST_CASE("The memory store tells its logger of writes, without secrets") {
  std::vector<std::string> lines;
  MemoryInstallationStore store({.logger = Logger(LogLevel::debug, [&](LogLevel /*level*/, std::string_view line) {
                                   lines.emplace_back(line);
                                 })});
  store.save(installation_of("U0ADA"));
  store.delete_all({.team_id = "T0FURNACE"});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "saved an installation and its bot team_id=\"T0FURNACE\" user_id=\"U0ADA\"");
  CHECK(lines[1] == "deleted the bot and the installations team_id=\"T0FURNACE\"");
}
