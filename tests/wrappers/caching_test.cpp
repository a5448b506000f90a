// What a cache keeps, for how long, and what it does where the storage fails.
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/fwd.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::thrown_by;

namespace {

/// What anybody has written is in `news` until it is taken.
struct ToldChanges final : StoreChanges {
  struct State {
    WorkspaceChanges news;
    bool fails = false;
  };

  explicit ToldChanges(std::shared_ptr<State> told) : state(std::move(told)) {}
  void fail_where_it_does() const {
    if (state->fails) throw StorageError({.backend = "test", .native_code = "7"}, "nobody can tell");
  }
  bool may_have_changed() override {
    fail_where_it_does();
    return state->news.anything || !state->news.workspaces.empty();
  }
  WorkspaceChanges take() override {
    fail_where_it_does();
    return std::exchange(state->news, {});
  }

  std::shared_ptr<State> state;
};

/// A store in memory that counts its look-ups, and fails where it is told to.
struct CountingStore : ForwardingInstallationStore {
  CountingStore() : ForwardingInstallationStore(std::make_shared<MemoryInstallationStore>()) {}

  void count() const {
    ++look_ups;
    if (during_look_up) std::exchange(during_look_up, nullptr)();
    if (failure) throw StorageError(*failure, "does not answer");
  }
  const Logger& logger() const override { return own_logger; }
  std::optional<Bot> find_bot(const BotQuery& query) const override {
    auto found = ForwardingInstallationStore::find_bot(query);
    count();
    return found;
  }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    auto found = ForwardingInstallationStore::find_installation(query);
    count();
    return found;
  }
  void save(const Installation& installation) override {
    ForwardingInstallationStore::save(installation);
    if (failure) throw StorageError(*failure, "does not answer");
  }
  std::unique_ptr<StoreChanges> changes() const override {
    return told == nullptr ? nullptr : std::make_unique<ToldChanges>(told);
  }

  mutable std::size_t look_ups = 0;
  mutable std::function<void()> during_look_up;  ///< once, after the look-up has read
  std::optional<StorageError::Cause> failure;
  std::shared_ptr<ToldChanges::State> told;
  std::vector<std::string> lines;
  Logger own_logger{LogLevel::warning, [this](LogLevel, std::string_view line) { lines.emplace_back(line); }};
};

const StorageError::Cause unreachable{.backend = "test", .native_code = "1", .is_retryable = true};

struct Clock {
  Timestamp time{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

  [[nodiscard]] CacheOptions options() {
    CacheOptions options;
    options.jitter = 0;
    options.clock = [this] { return time; };
    return options;
  }
};

Installation installation_of(std::string team_id, std::string token = "xoxb-not-a-real-token-1",
                             std::string user_id = "U1") {
  return {.team_id = std::move(team_id),
          .bot_token = std::move(token),
          .bot_refresh_token = "xoxe-not-a-real-token-1",
          .user_id = std::move(user_id),
          .user_token = "xoxp-not-a-real-token-1"};
}

std::string token_in(const std::optional<Bot>& bot) { return bot ? bot->bot_token : "none"; }

}  // namespace

TEST_CASE("a record is looked up once, and its look-ups are counted") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  const CachingInstallationStore cache(store, clock.options());
  for (int i = 0; i < 3; ++i) CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  CHECK(store.look_ups == 1);
  for (int i = 0; i < 3; ++i) CHECK(cache.find_installation({.team_id = "T1"})->user_id == "U1");
  CHECK(store.look_ups == 2);
  for (int i = 0; i < 3; ++i) CHECK(cache.find_installation({.team_id = "T1", .user_id = "U1"})->user_id == "U1");
  CHECK(store.look_ups == 3);
  const CacheStatistics statistics = cache.statistics();
  CHECK(statistics.hits == 6);
  CHECK(statistics.misses == 3);
  CHECK(statistics.refills == 0);
  CHECK(statistics.records == 3);
}

TEST_CASE("snapshots share one record, and outlive the cache") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  std::shared_ptr<const Bot> bot;
  std::shared_ptr<const Installation> installation;
  {
    CachingInstallationStore cache(store, clock.options());
    bot = cache.bot_snapshot({.team_id = "T1"});
    CHECK(cache.bot_snapshot({.team_id = "T1"}) == bot);
    installation = cache.installation_snapshot({.team_id = "T1", .user_id = "U1"});
    CHECK(cache.installation_snapshot({.team_id = "T1", .user_id = "U1"}) == installation);
    cache.save(installation_of("T1", "xoxb-not-a-real-token-2"));
    CHECK(cache.bot_snapshot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-2");
    CHECK(cache.bot_snapshot({.team_id = "T2"}) == nullptr);
    CHECK(cache.bot_snapshot({}) == nullptr);
    CHECK(cache.installation_snapshot({.team_id = "T1", .user_id = ""}) == nullptr);
  }
  CHECK(bot->bot_token == "xoxb-not-a-real-token-1");
  CHECK(installation->bot_token == "xoxb-not-a-real-token-1");
}

TEST_CASE("each write takes away all that is kept of its workspace, and nothing of others") {
  const RefreshedToken token{
      .token_type = "bot", .access_token = "xoxb-not-a-real-token-2", .refresh_token = "xoxe-not-a-real-token-2"};
  const std::vector<std::pair<std::string, std::function<void(InstallationStore&)>>> writes{
      {"save", [](auto& store) { store.save(installation_of("T1")); }},
      {"save_bot", [](auto& store) { store.save_bot(*installation_of("T1").to_bot()); }},
      {"delete_bot", [](auto& store) { store.delete_bot({.team_id = "T1"}); }},
      {"delete_installation", [](auto& store) { store.delete_installation({.team_id = "T1", .user_id = "U1"}); }},
      {"delete_installations",
       [](auto& store) {
         const std::string_view users[] = {"U1"};
         store.delete_installations({.team_id = "T1"}, users);
       }},
      {"delete_all", [](auto& store) { store.delete_all({.team_id = "T1"}); }},
      {"replace_tokens",
       [&token](auto& store) {
         CHECK(
             store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-not-a-real-token-1", .token = token}));
       }},
      {"replace_bot",
       [](auto& store) { CHECK(store.replace_bot(installation_of("T1").to_bot(), std::nullopt) == false); }},
      {"replace_installation",
       [](auto& store) {
         CHECK(store.replace_installation(std::nullopt, installation_of("T1", "xoxb-not-a-real-token-1", "U9")));
       }},
      {"try_lease", [](auto& store) { CHECK(store.try_lease({.team_id = "T1"}, 1s) != nullptr); }},
      {"wait_lease", [](auto& store) { CHECK(store.wait_lease({.team_id = "T1"}, 1s, 1s) != nullptr); }}};
  for (const auto& [what, write] : writes) {
    INFO(what);
    Clock clock;
    CountingStore store;
    store.save(installation_of("T1"));
    store.save(installation_of("T2"));
    CachingInstallationStore cache(store, clock.options());
    const auto look_up_all = [&] {
      const std::size_t before = store.look_ups;
      static_cast<void>(cache.find_bot({.team_id = "T1"}));
      static_cast<void>(cache.find_installation({.team_id = "T1"}));
      static_cast<void>(cache.find_installation({.team_id = "T1", .user_id = "U1"}));
      static_cast<void>(cache.find_installation({.team_id = "T1", .user_id = "U-nobody"}));
      return store.look_ups - before;
    };
    CHECK(look_up_all() == 4);
    CHECK(look_up_all() == 0);
    static_cast<void>(cache.find_bot({.team_id = "T2"}));
    write(cache);
    CHECK(look_up_all() == 4);
    const std::size_t before = store.look_ups;
    static_cast<void>(cache.find_bot({.team_id = "T2"}));
    CHECK(store.look_ups == before);
    CHECK(cache.statistics().refills == 4);
  }
}

TEST_CASE("a turn that another has leaves the cache as it is") {
  Clock clock;
  CountingStore store;
  CachingInstallationStore cache(store, clock.options());
  const auto turn = store.try_lease({.team_id = "T1"}, 1min);
  static_cast<void>(cache.find_bot({.team_id = "T1"}));
  CHECK(cache.try_lease({.team_id = "T1"}, 1min) == nullptr);
  static_cast<void>(cache.find_bot({.team_id = "T1"}));
  CHECK(store.look_ups == 1);
}

TEST_CASE("a workspace that is to be forgotten is looked up again, and no other") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  CachingInstallationStore cache(store, clock.options());
  const auto token = [&] { return token_in(cache.find_bot({.enterprise_id = "", .team_id = "T1"})); };
  CHECK(token() == "xoxb-not-a-real-token-1");
  CHECK(token_in(cache.find_bot({.team_id = "T2"})) == "none");
  store.save(installation_of("T1", "xoxb-not-a-real-token-2"));
  cache.forget({});  // nobody
  cache.forget({.team_id = "T3"});
  CHECK(token() == "xoxb-not-a-real-token-1");
  cache.forget({.team_id = "T1"});
  CHECK(token() == "xoxb-not-a-real-token-2");
  CHECK(token_in(cache.find_bot({.team_id = "T2"})) == "none");
  CHECK(store.look_ups == 3);

  store.during_look_up = [&] {
    store.save(installation_of("T1", "xoxb-not-a-real-token-3"));
    cache.forget({.team_id = "T1"});
  };
  cache.forget({.team_id = "T1"});
  CHECK(token() == "xoxb-not-a-real-token-2");
  CHECK(token() == "xoxb-not-a-real-token-3");
}

TEST_CASE("a write that throws may have been carried out") {
  Clock clock;
  CountingStore store;
  CachingInstallationStore cache(store, clock.options());
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "none");
  store.failure = unreachable;
  CHECK_THROWS_AS(cache.save(installation_of("T1")), StorageError);
  store.failure.reset();
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
}

TEST_CASE("a look-up that was under way while somebody wrote is not kept") {
  Clock clock;
  CountingStore store;
  store.told = std::make_shared<ToldChanges::State>();
  store.save(installation_of("T1"));
  CachingInstallationStore cache(store, clock.options());
  SECTION("through the cache") {
    store.during_look_up = [&] { cache.save(installation_of("T1", "xoxb-not-a-real-token-2")); };
  }
  SECTION("past it, as the store reports") {
    store.during_look_up = [&] {
      store.save(installation_of("T1", "xoxb-not-a-real-token-2"));
      store.told->news.workspaces.push_back({.team_id = "T1"});
    };
  }
  SECTION("past it, and the store knows no more than that") {
    store.during_look_up = [&] {
      store.save(installation_of("T1", "xoxb-not-a-real-token-2"));
      store.told->news.anything = true;
    };
  }
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
  CHECK(store.look_ups == 2);
}

TEST_CASE("a look-up of the same record inside of a look-up waits for nobody") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  const CachingInstallationStore cache(store, clock.options());
  std::string inside;
  store.during_look_up = [&] { inside = token_in(cache.find_bot({.team_id = "T1"})); };
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  CHECK(inside == "xoxb-not-a-real-token-1");
  CHECK(store.look_ups == 2);
  static_cast<void>(cache.find_bot({.team_id = "T1"}));
  CHECK(store.look_ups == 2);
}

TEST_CASE("what others wrote takes away what the store names, or all") {
  Clock clock;
  CountingStore store;
  store.told = std::make_shared<ToldChanges::State>();
  const CachingInstallationStore cache(store, clock.options());
  const auto look_up_both = [&] {
    const std::size_t before = store.look_ups;
    static_cast<void>(cache.find_bot({.enterprise_id = "E1", .team_id = "T1"}));
    static_cast<void>(cache.find_bot({.enterprise_id = "E1", .team_id = "T2", .is_enterprise_install = true}));
    return store.look_ups - before;
  };
  CHECK(look_up_both() == 2);
  CHECK(look_up_both() == 0);
  store.told->news.workspaces.push_back({.enterprise_id = "E1", .team_id = "T1"});
  CHECK(look_up_both() == 1);
  store.told->news.workspaces.push_back({.enterprise_id = "E1"});
  CHECK(look_up_both() == 1);
  store.told->news.anything = true;
  CHECK(look_up_both() == 2);
  CHECK(look_up_both() == 0);
}

TEST_CASE("while nobody can tell what others wrote, the storage is asked") {
  Clock clock;
  CountingStore store;
  store.told = std::make_shared<ToldChanges::State>();
  store.save(installation_of("T1"));
  const CachingInstallationStore cache(store, clock.options());
  static_cast<void>(cache.find_bot({.team_id = "T1"}));
  store.told->fails = true;
  store.save(installation_of("T1", "xoxb-not-a-real-token-2"));
  for (int i = 0; i < 3; ++i) CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
  CHECK(store.look_ups == 4);
  CHECK(cache.statistics().unheard == 3);
  const std::string warning =
      "the cache answers nothing, since the store cannot tell what others wrote (test: nobody can tell (7))";
  CHECK(store.lines == std::vector{warning});
  clock.time += 1s;
  static_cast<void>(cache.find_bot({.team_id = "T1"}));
  CHECK(store.lines == std::vector{warning, warning});
  store.told->fails = false;
  store.told->news.anything = true;
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
}

TEST_CASE("absent and empty ids are the same, and an organisation has no team") {
  Clock clock;
  CountingStore store;
  CachingInstallationStore cache(store, clock.options());
  Installation everywhere = installation_of("T1", "xoxb-not-a-real-token-7");
  everywhere.enterprise_id = "E1";
  everywhere.is_enterprise_install = true;
  cache.save(everywhere);
  const auto token = [&](const BotQuery& query) { return token_in(cache.find_bot(query)); };
  CHECK(token({.enterprise_id = "E1"}) == "xoxb-not-a-real-token-7");
  CHECK(token({.enterprise_id = "E1", .team_id = ""}) == "xoxb-not-a-real-token-7");
  CHECK(token({.enterprise_id = "E1", .team_id = "T2", .is_enterprise_install = true}) == "xoxb-not-a-real-token-7");
  CHECK(store.look_ups == 1);
  CHECK(token({.enterprise_id = "E1", .team_id = "T1"}) == "none");
  CHECK(token({.enterprise_id = "", .team_id = "E1"}) == "none");
  CHECK(token({.team_id = "E1"}) == "none");
  CHECK(store.look_ups == 3);
  cache.delete_all({.enterprise_id = "E1", .team_id = "T1"});
  CHECK(token({.enterprise_id = "E1"}) == "xoxb-not-a-real-token-7");
  CHECK(store.look_ups == 3);
  cache.delete_all({});  // nobody's
  CHECK(token({.enterprise_id = "E1"}) == "xoxb-not-a-real-token-7");
  CHECK(store.look_ups == 3);
  cache.delete_all({.enterprise_id = "E1", .team_id = ""});
  CHECK(token({.enterprise_id = "E1"}) == "none");
}

TEST_CASE("a record that does not say the key it is found under is kept under that key") {
  /// Keeps no ids in its records, as an app's own table may.
  struct BareStore final : CountingStore {
    std::optional<Bot> find_bot(const BotQuery& query) const override {
      auto found = CountingStore::find_bot(query);
      if (found) found->team_id.reset();
      return found;
    }
    std::optional<Installation> find_installation(const InstallationQuery& query) const override {
      auto found = CountingStore::find_installation(query);
      if (found) found->user_id = "U0SOMEBODY";
      return found;
    }
  };
  const auto store = std::make_shared<BareStore>();
  CachingInstallationStore cache(store);
  cache.save(installation_of("T1", "xoxb-not-a-real-token-1"));
  cache.save(installation_of("T2", "xoxb-not-a-real-token-2"));
  for (int i = 0; i < 2; ++i) {
    CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
    CHECK(token_in(cache.find_bot({.team_id = "T2"})) == "xoxb-not-a-real-token-2");
    CHECK(cache.find_installation({.team_id = "T1", .user_id = "U1"})->user_id == "U0SOMEBODY");
    CHECK_FALSE(cache.find_installation({.team_id = "T1", .user_id = "U2"}));
  }
  CHECK(store->look_ups == 4);
}

TEST_CASE("a record is looked up again when it expires") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  CacheOptions options = clock.options();
  options.expiration = 10s;
  const CachingInstallationStore cache(store, options);
  const auto token = [&] { return token_in(cache.find_bot({.team_id = "T1"})); };
  CHECK(token() == "xoxb-not-a-real-token-1");
  store.save(installation_of("T1", "xoxb-not-a-real-token-2"));
  clock.time += 9'999ms;
  CHECK(token() == "xoxb-not-a-real-token-1");
  clock.time += 1ms;
  CHECK(token() == "xoxb-not-a-real-token-2");
  CHECK(cache.statistics().refills == 1);

  store.save(installation_of("T1", "xoxb-not-a-real-token-3"));
  clock.time -= 1ms;  // set back, nobody knows by how much
  CHECK(token() == "xoxb-not-a-real-token-3");
}

TEST_CASE("records that are looked up together do not expire together") {
  Clock clock;
  CountingStore store;
  CacheOptions options = clock.options();
  options.expiration = 100s;
  options.miss_expiration = 100s;
  options.jitter = 0.5;
  const CachingInstallationStore cache(store, options);
  const auto look_up_all = [&] {
    const std::size_t before = store.look_ups;
    for (int i = 0; i < 100; ++i) static_cast<void>(cache.find_bot({.team_id = "T" + std::to_string(i)}));
    return store.look_ups - before;
  };
  CHECK(look_up_all() == 100);
  clock.time += 50s - 1ms;
  CHECK(look_up_all() == 0);
  clock.time += 25s;
  const std::size_t some = look_up_all();
  CHECK(some > 10);
  CHECK(some < 90);
}

TEST_CASE("that there is no record is remembered for a short time") {
  Clock clock;
  CountingStore store;
  CacheOptions options = clock.options();
  options.miss_expiration = 2s;
  SECTION("which is an option") {
    const CachingInstallationStore cache(store, options);
    static_cast<void>(cache.find_bot({.team_id = "T1"}));
    store.save(installation_of("T1"));
    clock.time += 1'999ms;
    CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "none");
    clock.time += 1ms;
    CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  }
  SECTION("or not at all") {
    options.miss_expiration = 0s;
    const CachingInstallationStore cache(store, options);
    static_cast<void>(cache.find_bot({.team_id = "T1"}));
    store.save(installation_of("T1"));
    CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  }
}

TEST_CASE("a record is not given out past the end of its tokens") {
  Clock clock;
  CountingStore store;
  Installation installation = installation_of("T1");
  installation.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(clock.time) + 20s;
  installation.user_token_expires_at = std::chrono::floor<std::chrono::seconds>(clock.time) + 10s;
  store.save(installation);
  CacheOptions options = clock.options();
  options.serve_stale_for = 1h;
  const CachingInstallationStore cache(store, options);
  const auto look_ups_of = [&](const auto& look_up) {
    const std::size_t before = store.look_ups;
    look_up();
    return store.look_ups - before;
  };
  const auto find_bot = [&] { static_cast<void>(cache.find_bot({.team_id = "T1"})); };
  const auto find_user = [&] { static_cast<void>(cache.find_installation({.team_id = "T1", .user_id = "U1"})); };
  clock.time += 500ms;
  CHECK(look_ups_of(find_bot) == 1);
  CHECK(look_ups_of(find_user) == 1);
  clock.time += 9'499ms;
  CHECK(look_ups_of(find_user) == 0);
  clock.time += 1ms;
  CHECK(look_ups_of(find_user) == 1);
  CHECK(look_ups_of(find_user) == 1);  // it has ended in the storage too
  CHECK(look_ups_of(find_bot) == 0);
  clock.time += 10s;
  CHECK(look_ups_of(find_bot) == 1);

  // Nor while the storage cannot be reached: it would be of no use.
  store.failure = unreachable;
  CHECK_THROWS_AS(find_bot(), StorageError);

  installation.bot_token_expires_at = std::chrono::sys_seconds::min();
  installation.user_token_expires_at = std::chrono::sys_seconds::max();
  store.failure.reset();
  store.save(installation);
  CHECK(look_ups_of(find_bot) == 1);
  CHECK(look_ups_of(find_user) == 1);
}

TEST_CASE("a failure is not kept") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  const CachingInstallationStore cache(store, clock.options());
  store.failure = unreachable;
  CHECK(thrown_by<StorageError>([&] { static_cast<void>(cache.find_bot({.team_id = "T1"})); }).code() == "1");
  CHECK_THROWS_AS(cache.bot_snapshot({.team_id = "T1"}), StorageError);
  store.failure.reset();
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  CHECK(store.lines.empty());
}

TEST_CASE("while the storage cannot be reached, a record is given out for a bounded time longer, with a warning") {
  Clock clock;
  CountingStore store;
  store.told = std::make_shared<ToldChanges::State>();
  store.save(installation_of("T1"));
  CacheOptions options = clock.options();
  options.expiration = 10s;
  options.serve_stale_for = 1min;
  CachingInstallationStore cache(store, options);
  const auto token = [&] { return token_in(cache.find_bot({.team_id = "T1"})); };
  CHECK(token() == "xoxb-not-a-real-token-1");
  CHECK(token_in(cache.find_bot({.team_id = "T2"})) == "none");
  store.failure = unreachable;
  clock.time += 10s;
  CHECK(token() == "xoxb-not-a-real-token-1");
  CHECK(token() == "xoxb-not-a-real-token-1");
  REQUIRE(store.lines.size() == 1);
  CHECK(store.lines.front() ==
        "gave out a record that may be stale, since the storage cannot be reached (test: does not answer (1)): "
        "team_id=\"T1\"");
  CHECK(cache.statistics().stale_served == 2);

  // Where the connection is lost, all may have changed: nobody knows.
  store.told->news.anything = true;
  clock.time += 1s;
  CHECK(token() == "xoxb-not-a-real-token-1");
  CHECK(store.lines.size() == 2);
  store.told->fails = true;
  CHECK(token() == "xoxb-not-a-real-token-1");
  store.told->fails = false;

  // That there is none is never said of a storage that does not answer.
  CHECK_THROWS_AS(cache.find_bot({.team_id = "T2"}), StorageError);

  SECTION("and no longer") {
    clock.time += 59s - 1ms;
    CHECK(token() == "xoxb-not-a-real-token-1");
    clock.time += 1ms;
    CHECK_THROWS_AS(token(), StorageError);
  }
  SECTION("and not where the cache knows that it was written") {
    CHECK_THROWS_AS(cache.save(installation_of("T1")), StorageError);
    CHECK_THROWS_AS(token(), StorageError);
  }
  SECTION("and not where others are known to have written it") {
    store.told->news.workspaces.push_back({.team_id = "T1"});
    CHECK_THROWS_AS(token(), StorageError);
  }
  SECTION("and not for a failure that no retry helps") {
    store.failure->is_retryable = false;
    clock.time += 1s;
    CHECK_THROWS_AS(token(), StorageError);
  }
  SECTION("and one look-up in a second waits until the storage gives up") {
    const std::size_t look_ups = store.look_ups;
    for (int i = 0; i < 10; ++i) CHECK(token() == "xoxb-not-a-real-token-1");
    CHECK(store.look_ups == look_ups);
    clock.time += 1s;
    std::string meanwhile;
    store.during_look_up = [&] { std::thread([&] { meanwhile = token(); }).join(); };
    CHECK(token() == "xoxb-not-a-real-token-1");
    CHECK(meanwhile == "xoxb-not-a-real-token-1");
    CHECK(store.look_ups == look_ups + 1);

    store.failure.reset();
    clock.time += 1s;
    CHECK(token() == "xoxb-not-a-real-token-1");
    CHECK(token() == "xoxb-not-a-real-token-1");
    CHECK(store.look_ups == look_ups + 2);
    CHECK(cache.statistics().hits == 1);
  }
}

TEST_CASE("what is not used makes room for others") {
  Clock clock;
  CountingStore store;
  for (int i = 0; i < 10; ++i) store.save(installation_of("T" + std::to_string(i)));
  CacheOptions options = clock.options();
  options.max_bots = 4;
  CachingInstallationStore cache(store, options);
  const auto look_up = [&](int i) {
    const std::size_t before = store.look_ups;
    CHECK(cache.find_bot({.team_id = "T" + std::to_string(i)})->team_id == "T" + std::to_string(i));
    return store.look_ups - before;
  };
  for (int i = 0; i < 4; ++i) look_up(i);
  CHECK(look_up(1) == 0);
  for (int i = 4; i < 10; ++i) {
    look_up(i);
    CHECK(look_up(1) == 0);  // in use
  }
  CHECK(cache.statistics().evictions == 6);
  CHECK(cache.statistics().records == 4);
  CHECK(look_up(0) == 1);

  // What counts no longer goes first, however much it was used.
  for (int i = 0; i < 3; ++i) look_up(1);
  cache.delete_bot({.team_id = "T1"});
  const auto look_ups_of_rest = [&] {
    std::size_t count = 0;
    for (const int i : {0, 8, 9}) count += look_up(i);
    return count;
  };
  static_cast<void>(look_ups_of_rest());
  look_up(2);
  CHECK(look_ups_of_rest() == 0);
}

TEST_CASE("a write is not forgotten where what it made old has no place any more") {
  Clock clock;
  CountingStore store;
  store.save(installation_of("T1"));
  CacheOptions options = clock.options();
  options.max_bots = 1;
  CachingInstallationStore cache(store, options);
  store.during_look_up = [&] {
    cache.save(installation_of("T1", "xoxb-not-a-real-token-2"));
    static_cast<void>(cache.find_bot({.team_id = "T1"}));
    static_cast<void>(cache.find_bot({.team_id = "T2"}));  // takes the place
  };
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-1");
  CHECK(token_in(cache.find_bot({.team_id = "T1"})) == "xoxb-not-a-real-token-2");
}

TEST_CASE("what the store lacks, a cache lacks") {
  struct SaveOnly : InstallationStore {
    void save(const Installation&) override {}
  };
  const CachingInstallationStore cache(std::make_shared<SaveOnly>());
  CHECK(thrown_by<NotImplementedError>([&] { static_cast<void>(cache.find_bot({.team_id = "T1"})); }).subject() ==
        "InstallationStore::find_bot");
  CHECK_THROWS_AS(cache.find_installation({.team_id = "T1"}), NotImplementedError);
}

TEST_CASE("an option that cannot be is named") {
  const auto refused = [](const std::function<void(CacheOptions&)>& change) {
    CacheOptions options;
    change(options);
    return std::string(
        thrown_by<InvalidArgumentError>([&] { static_cast<void>(cached(memory_stores(), options)); }).subject());
  };
  CHECK(refused([](auto& options) { options.expiration = 0ms; }) == "expiration");
  CHECK(refused([](auto& options) { options.expiration = -1ms; }) == "expiration");
  CHECK(refused([](auto& options) { options.expiration = std::chrono::milliseconds::max(); }) == "expiration");
  CHECK(refused([](auto& options) { options.miss_expiration = -1ms; }) == "miss_expiration");
  CHECK(refused([](auto& options) { options.serve_stale_for = -1ms; }) == "serve_stale_for");
  CHECK(refused([](auto& options) { options.jitter = 1.5; }) == "jitter");
  CHECK(refused([](auto& options) { options.jitter = std::numeric_limits<double>::quiet_NaN(); }) == "jitter");
  CHECK(refused([](auto& options) { options.max_bots = 0; }) == "max_bots");
  CHECK(refused([](auto& options) { options.max_installations = 0; }) == "max_installations");
  CHECK(thrown_by<InvalidArgumentError>([] { static_cast<void>(cached(Stores{})); }).subject() == "store");
}

TEST_CASE("cached() keeps the states and events that it was given") {
  const Stores stores = memory_stores({.deduplicate_events = true});
  const Stores wrapped = cached(stores);
  CHECK(wrapped.states == stores.states);
  CHECK(wrapped.events == stores.events);
  wrapped.installations->save(installation_of("T1"));
  CHECK(stores.installations->find_bot({.team_id = "T1"}).has_value());
}
