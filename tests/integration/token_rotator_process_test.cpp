// Processes that rotate tokens in one SQLite file at the same time.
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>

#include "catch.hpp"

#if !defined(_WIN32)

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../../examples/standin/slack_standin.hpp"
#include "integration/processes.hpp"
#include "sqlite3/temporary_folder.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp installed_at{std::chrono::seconds{1'767'225'600}};
constexpr Timestamp due_at = installed_at + 11h;

using Rotator = BasicTokenRotator<test::SocketTransport>;

SQLite3InstallationStoreOptions options(const std::string& database) {
  return {.database = database,
          .client_id = "111.222",
          .synchronous = SQLite3Synchronous::off,
          .busy_timeout = 20s,  // eight processes share what processors there are
          .reader_connections = 1};
}

Rotator rotator_over(test::SocketTransport transport, TokenRotatorOptions settings = {}) {
  settings.clock = [] { return due_at; };
  SlackClientOptions client;
  client.sleep = [](std::chrono::milliseconds /*time*/) {};  // no test waits for the rate limit
  return {
      BasicSlackClient<test::SocketTransport>(transport, client), {"111.222", "not-a-real-client-secret"}, settings};
}

/// A file with installations whose tokens are due, and the Slack that gave them.
struct Scene {
  explicit Scene(int workspaces, standin::Faults faults = {}) : slack(settings(faults)) {
    slack.set_faults({});
    SQLite3InstallationStore store(options(database));
    for (int i = 0; i < workspaces; ++i) {
      const standin::Workspace workspace{.team_id = "T" + std::to_string(i), .team_name = "Furnace Works"};
      const auto answer = slack.install(workspace, "chat:write", i % 4 == 0 ? "search:read" : "");
      store.save(installation_from_oauth_response(answer, installed_at));
    }
    now = due_at;
    slack.set_faults(faults);
  }

  std::vector<int> serve(test::Processes& processes) {
    const auto results = processes.serve([&](const HttpRequest& request) { return slack.handle(request); },
                                         [&] { return std::exchange(delay, 0ms).count(); });
    slack.set_faults({});
    return results;
  }

  int refreshes() const { return slack.calls("oauth.v2.access refresh_token"); }

  test::TemporaryFolder folder{};
  std::string database = folder.file("installations.db");
  Timestamp now = installed_at;
  std::chrono::milliseconds delay{0};
  standin::SlackStandin slack;

 private:
  standin::SlackStandinSettings settings(standin::Faults faults) {
    standin::SlackStandinSettings settings;
    settings.clock = [this] { return now; };
    settings.sleep = [this](std::chrono::milliseconds time) { delay = time; };  // the process that asked waits
    settings.faults = faults;
    return settings;
  }
};

void require(bool is_true, const char* what) {
  if (!is_true) throw std::runtime_error(what);
}

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
  constexpr int workspaces = 1000;
  Scene scene(workspaces, {.server_error = 0.01,
                           .api_error = 0.01,
                           .rate_limit = 0.01,
                           .delay = 0.02,
                           .drop_before = 0.02,
                           .drop_after = 0.03,
                           .delay_for = 5ms,
                           .seed = seed});
  test::Processes processes;
  for (unsigned number = 0; number < 8; ++number) {
    processes.start([&, number](test::SocketTransport transport) {
      SQLite3InstallationStore store(options(scene.database));
      auto rotator = rotator_over(
          transport, {.lease_lifetime = 60s, .retry_pause = 0ms, .save_pause = 1ms, .requests_per_minute = 0});
      if (number % 2 == 0) {
        // A scheduled job, again and again until nothing is left that may pass.
        std::set<std::string> used_up;
        bool may_pass = true;
        while (may_pass) {
          may_pass = false;
          rotator.rotate_all(store, 2h, [&](const RotationFailure& failure) {
            require(!failure.is_unsaved, "a token was not saved");
            const std::string whose = failure.team_id + " " + failure.user_id;
            try {
              std::rethrow_exception(failure.error);
            } catch (const Error& error) {
              if (error.code() == "invalid_refresh_token") used_up.insert(whose);
              may_pass |= error.is_retryable() && !used_up.contains(whose);
            }
          });
        }
        return;
      }
      // Events, of any workspace in any order.
      std::mt19937 random(seed + number);
      for (int i = 0; i < workspaces; ++i) {
        const std::string team_id = "T" + std::to_string(random() % workspaces);
        const auto found = store.find_installation({.team_id = team_id}).value();
        try {
          const auto rotated = rotator.rotate(store, found);
          require(!rotator.is_due(rotated), "a token that was given back is due");
        } catch (const TokenRotationError& error) {
          require(!error.has_unsaved_token(), "a token was not saved");
        }
      }
    });
  }
  for (const int result : scene.serve(processes)) CHECK(result == 0);

  const auto refresh_tokens = scene.slack.refresh_tokens();
  int lost = 0;
  for (const auto& [token, record] : refresh_tokens) {
    lost += record.lost_answers > 0 ? 1 : 0;
    CHECK((record.uses <= 1 || record.lost_answers > 0));
  }
  CHECK(lost > 0);  // else the faults were none
  const auto check_kept = [&](const std::string& access_token, const std::optional<std::string>& refresh_token,
                              const auto& expires_at) {
    CHECK(scene.slack.is_working(access_token));
    const auto& record = refresh_tokens.at(refresh_token.value());
    // Only an answer that was lost leaves a pair that cannot be refreshed any more.
    if (record.lost_answers > 0) return;
    CHECK(record.uses == 0);
    CHECK(expires_at == expires_in(12h, due_at));
  };
  const SQLite3InstallationStore store(options(scene.database));
  int bots = 0;
  store.for_each_bot([&](const Bot& bot) {
    ++bots;
    check_kept(bot.bot_token, bot.bot_refresh_token, bot.bot_token_expires_at);
  });
  int users = 0;
  store.for_each_installation([&](const Installation& installation) {
    if (!installation.user_token) return;
    ++users;
    check_kept(*installation.user_token, installation.user_refresh_token, installation.user_token_expires_at);
  });
  CHECK(bots == workspaces);
  CHECK(users == workspaces / 4);
  WARN("seed " << seed << ": " << scene.refreshes() << " refreshes, of which " << lost << " answers were lost");
}

#endif
