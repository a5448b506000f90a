// Processes that rotate tokens in one SQLite file at the same time.
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>

#include "catch.hpp"

#if !defined(_WIN32)

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <string>
#include <vector>

#include "integration/processes.hpp"
#include "integration/rotating_processes.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

using test::due_at;
using test::require;
using test::rotator_over;

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database,
          .client_id = "111.222",
          .synchronous = SQLite3Synchronous::off,
          .busy_timeout = 20s,  // eight processes share what processors there are
          .reader_connections = 1};
}

struct Database {
  test::TemporaryFolder folder{};
  std::string database = folder.file("installations.db");

  [[nodiscard]] test::OpenStore opener() const {
    return [this] { return std::make_shared<SQLite3InstallationStore>(options(database)); };
  }
};

struct Scene : Database, test::RotationScene {
  explicit Scene(int count, slack::oauth::testing::FaultRates faults = {})
      : test::RotationScene(opener(), count, faults) {}
};

/// Takes the bots of every fourth workspace never, and those of the others at the second attempt.
class UnreliableStore : public ForwardingInstallationStore {
 public:
  explicit UnreliableStore(InstallationStore& store) : ForwardingInstallationStore(store) {}

  [[nodiscard]] static bool takes_none(const Bot& bot) { return std::stoi(bot.team_id->substr(1)) % 4 == 0; }

  void save_bot(const Bot& bot) override {
    if (takes_none(bot) || tried_.insert(bot.bot_token).second) {
      throw StorageError({.backend = "test", .native_code = "FULL", .is_retryable = true}, "the disk is full");
    }
    ForwardingInstallationStore::save_bot(bot);
  }

 private:
  std::set<std::string> tried_{};
};

}  // namespace

TEST_CASE("processes that want one token at once cause one refresh, and all get its result", "[flow]") {
  Scene scene(1, {.delay = 1, .delay_for = 50ms});
  test::Processes processes;
  for (int i = 0; i < 8; ++i) {
    processes.start([&, i](test::SocketTransport transport) {
      SQLite3InstallationStore store(options(scene.database));
      auto rotator = rotator_over(transport);
      const auto stale = store.find_installation({.team_id = "T0", .user_id = "U0ADA"}).value();
      if (i % 2 == 0) {
        const Bot bot = rotator.rotate_bot(store, stale.to_bot().value());
        require(store.find_bot({.team_id = "T0"}) == bot, "the bot is not the one that is saved");
        require(!rotator.is_due(bot), "the bot's token is due");
      } else {
        const auto installation = rotator.rotate(store, stale);
        require(store.find_installation({.team_id = "T0", .user_id = "U0ADA"}) == installation,
                "the installation is not the one that is saved");
        require(!rotator.is_due(installation), "a token is due");
      }
    });
  }
  for (const int result : scene.serve(processes)) CHECK(result == 0);
  CHECK(scene.refreshes() == 2);  // the bot's and the user's
  for (const auto& [token, record] : scene.slack.refresh_tokens()) CHECK(record.uses <= 1);
  const SQLite3InstallationStore store(options(scene.database));
  CHECK(scene.slack.is_working(store.find_bot({.team_id = "T0"})->bot_token));
}

TEST_CASE("a process that is killed during a refresh does not block others for longer than its lease", "[flow]") {
  Scene scene(1);
  const TokenRotatorOptions short_lease{.lease_lifetime = 300ms};
  {
    test::Processes processes;
    processes.start([&](test::SocketTransport transport) {
      SQLite3InstallationStore store(options(scene.database));
      struct Deadly {
        HttpResponse send(const HttpRequest& /*request*/) {
          ::raise(SIGKILL);
          return {};
        }
      };
      BasicTokenRotator<Deadly> rotator(BasicSlackClient<Deadly>(Deadly{}), {"111.222", "not-a-real-client-secret"},
                                        {.lease_lifetime = 300ms, .clock = [] { return due_at; }});
      static_cast<void>(transport);
      rotator.rotate_bot(store, store.find_bot({.team_id = "T0"}).value());
    });
    const auto results = scene.serve(processes);
    REQUIRE(WIFSIGNALED(results.at(0)));
  }
  test::Processes processes;
  processes.start([&](test::SocketTransport transport) {
    SQLite3InstallationStore store(options(scene.database));
    auto rotator = rotator_over(transport, short_lease);
    const Bot bot = rotator.rotate_bot(store, store.find_bot({.team_id = "T0"}).value());
    require(store.find_bot({.team_id = "T0"}) == bot, "the bot is not the one that is saved");
  });
  CHECK(scene.serve(processes).at(0) == 0);
  CHECK(scene.refreshes() == 1);
}

TEST_CASE("processes whose saves fail lose no token, and one of them keeps what cannot be saved", "[flow]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  constexpr int workspaces = 80;
  Scene scene(workspaces);
  std::vector<Bot> before;
  {
    const SQLite3InstallationStore store(options(scene.database));
    for (int i = 0; i < workspaces; ++i) {
      before.push_back(store.find_bot({.team_id = "T" + std::to_string(i)}).value());
    }
  }
  const auto given = scene.slack.refresh_tokens().size();
  test::Processes processes;
  for (unsigned number = 0; number < 4; ++number) {
    processes.start([&, number](test::SocketTransport transport) {
      SQLite3InstallationStore working(options(scene.database));
      UnreliableStore store(working);
      std::vector<Bot> unsaved;
      auto rotator =
          rotator_over(transport, {.lease_lifetime = 60s,
                                   .save_attempts = 2,
                                   .save_pause = 1ms,
                                   .on_unsaved = [&](const UnsavedTokenError& error) {
                                     unsaved.push_back(dynamic_cast<const UnsavedRotationError<Bot>&>(error).record());
                                   }});
      std::vector<int> order(workspaces);
      std::iota(order.begin(), order.end(), 0);
      std::shuffle(order.begin(), order.end(), std::mt19937(seed + number));
      std::vector<Bot> stale_of_unsaved;
      for (const int i : order) {
        const Bot& stale = before[static_cast<std::size_t>(i)];
        try {
          const Bot bot = rotator.rotate_bot(store, stale);
          if (unsaved.size() > stale_of_unsaved.size()) {
            require(UnreliableStore::takes_none(stale), "a bot is unsaved that a second attempt would have saved");
            require(bot == unsaved.back(), "the bot is not the one that is kept");
            stale_of_unsaved.push_back(stale);
            continue;
          }
          require(!rotator.is_due(bot) && store.find_bot({.team_id = *bot.team_id}) == bot,
                  "the bot is not the one that is saved");
        } catch (const TokenRotationError& error) {
          require(UnreliableStore::takes_none(stale) && error.code() == "invalid_refresh_token",
                  "a token is not refreshed, although none was unsaved");
        }
      }
      for (const Bot& stale : stale_of_unsaved) rotator.rotate_bot(working, stale);
    });
  }
  for (const int result : scene.serve(processes)) CHECK(result == 0);

  const auto refresh_tokens = scene.slack.refresh_tokens();
  CHECK(refresh_tokens.size() == given + workspaces);
  const SQLite3InstallationStore store(options(scene.database));
  for (const Bot& old : before) {
    const Bot bot = store.find_bot({.team_id = *old.team_id}).value();
    CHECK(bot.bot_token != old.bot_token);
    CHECK(scene.slack.is_working(bot.bot_token));
    CHECK(refresh_tokens.at(bot.bot_refresh_token.value()).uses == 0);
  }
}

TEST_CASE("8 processes keep 1000 workspaces working while one request in ten fails, is delayed or is dropped",
          "[flow]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  Scene scene(1000, test::one_in_ten(seed));
  test::rotate_in_eight_processes(scene, seed);
}

TEST_CASE("jobs of several processes share the work and the requests of a minute, and none asks for a token twice",
          "[flow]") {
  const Database database;
  test::share_a_job(database.opener());
}

#endif
