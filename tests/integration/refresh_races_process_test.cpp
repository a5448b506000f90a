// The same as refresh_races_concurrency_test.cpp among processes: one refreshes, is stopped in the middle of it for
// longer than its lease, or killed, and another changes the workspace meanwhile.
#if !defined(_WIN32)

#include <signal.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <slack/oauth/file.hpp>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/flow/detail/rekey.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "file/temp_folder.hpp"
#include "integration/race_rounds.hpp"
#include "sqlite3/temporary_folder.hpp"
#include "support/sanitizers.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;

namespace {

/// What the processes share besides the storage: how far the one that refreshes has come, and what Slack was asked.
struct Shared {
  std::atomic<int> round{-1};     // which workspace is refreshed
  std::atomic<int> requests{0};   // how many of this round have reached Slack
  std::atomic<int> finished{-1};  // the last round that has ended
};

struct Unmap {
  void operator()(Shared* shared) const { ::munmap(shared, sizeof(Shared)); }
};

std::unique_ptr<Shared, Unmap> make_shared_memory() {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
  return std::unique_ptr<Shared, Unmap>(new (memory) Shared());
}

/// Longer than a process takes from its turn to its request, unless it is stopped.
constexpr std::chrono::milliseconds lease_lifetime{test::is_sanitized ? 50 : 5};

void wait_until(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the other process stands still");
    std::this_thread::yield();
  }
}

/// The pair after the one whose refresh token is given: "…-T5-0" gives "…-T5-1".
std::string next_of(const std::string& refresh_token) {
  const auto dash = refresh_token.rfind('-');
  return refresh_token.substr(0, dash + 1) + std::to_string(std::stoi(refresh_token.substr(dash + 1)) + 1);
}

Bot bot_of(const std::string& team_id, const std::string& number, std::chrono::seconds lifetime,
           Timestamp installed_at) {
  return {.app_id = "A0SMELTER",
          .team_id = team_id,
          .bot_token = "xoxe.xoxb-1-not-a-real-" + team_id + "-" + number,
          .bot_user_id = "U0BOT",
          .bot_refresh_token = "xoxe-1-not-a-real-" + team_id + "-" + number,
          .bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(now()) + lifetime,
          .installed_at = installed_at};
}

Installation installation_of(const Bot& bot) {
  Installation installation{.app_id = bot.app_id, .team_id = bot.team_id, .user_id = "U0ADA"};
  installation.installed_at = bot.installed_at;
  compose_installation(installation, std::optional(bot));
  return installation;
}

std::string team_of(int round) { return "T" + std::to_string(round); }

TokenRotator rotator_for(Shared& shared) {
  SlackClient client([&shared](const HttpRequest& request) {
    const auto parameters = parse_parameters(request.body).value();
    const std::string next = next_of(std::string(find_parameter(parameters, "refresh_token").value()));
    ++shared.requests;
    // Long enough for the other process to stop this one here.
    const auto until = std::chrono::steady_clock::now() + 100us;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    const std::string number = next.substr(std::string("xoxe-1-not-a-real-").size());
    const nlohmann::json answer = {{"ok", true},
                                   {"access_token", "xoxe.xoxb-1-not-a-real-" + number},
                                   {"refresh_token", next},
                                   {"expires_in", 43'200},
                                   {"token_type", "bot"},
                                   {"scope", "chat:write"}};
    return HttpResponse{.status = 200, .headers = {}, .body = answer.dump()};
  });
  return {std::move(client), {"111.222", "not-a-real-secret"}, {.lease_lifetime = lease_lifetime, .save_pause = 1ms}};
}

/// A process that refreshes one workspace after the other.
class Refresher {
 public:
  using Open = std::function<Stores()>;

  Refresher(const Open& open, Shared& shared, int rounds) {
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ != 0) return;
    int result = 0;
    try {
      const Stores stores = open();
      auto rotator = rotator_for(shared);
      for (int round = 0; round < rounds; ++round) {
        while (shared.round.load() < round) std::this_thread::yield();
        refresh(*stores.installations, rotator, round);
        shared.finished = round;
      }
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
      result = 1;
    }
    ::_exit(result);
  }
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;
  ~Refresher() {
    if (pid_ > 0) kill();
  }

  void stop() const {
    ::kill(pid_, SIGSTOP);
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
  }
  void go_on() const { ::kill(pid_, SIGCONT); }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  static void refresh(InstallationStore& store, TokenRotator& rotator, int round) {
    const auto bot = store.find_bot({.team_id = team_of(round)});
    if (!bot) return;
    try {
      static_cast<void>(rotator.rotate_bot(store, *bot));
    } catch (const TokenRotationError&) {  // NOLINT(bugprone-empty-catch): the rival got between
    }
  }

  ::pid_t pid_ = -1;
};

enum class Rival { installs, uninstalls, event, migrates };

/// Stops the refresher in the middle of a round, for longer than its lease, and lets the rival act.
void race_with_stopped_holder(const Refresher::Open& open, Rival rival, std::uint64_t seed, int rounds) {
  const auto memory = make_shared_memory();
  Shared& shared = *memory;
  Refresher refresher(open, shared, rounds);
  // After the fork: SQLite's connections must not be carried across one. https://sqlite.org/howtocorrupt.html
  const Stores stores = open();
  InstallationStore& store = *stores.installations;
  std::mt19937_64 random(seed);
  int met = 0;
  for (int round = 0; round < rounds; ++round) {
    INFO("rival " << static_cast<int>(rival) << ", round " << round << ", seed " << seed);
    const std::string team_id = team_of(round);
    const Timestamp installed_at = now();
    const Bot old = bot_of(team_id, "0", 10min, installed_at);
    const Bot fresh = bot_of(team_id, "100", 12h, installed_at + 5s);
    store.save(installation_of(old));
    shared.requests = 0;
    shared.round = round;
    // A refresher whose lease has run out before it asked Slack does not ask.
    wait_until([&] { return shared.requests.load() > 0 || shared.finished.load() == round; });
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::microseconds{std::uniform_int_distribution<int>(0, 250)(random)};
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    refresher.stop();
    if (shared.finished.load() < round) ++met;
    std::this_thread::sleep_for(lease_lifetime + 1ms);
    const auto act = [&] {
      if (rival == Rival::installs) store.save(installation_of(fresh));
      if (rival == Rival::uninstalls) store.delete_all({.team_id = team_id});
      if (rival == Rival::event) store.delete_all({.team_id = team_id, .installed_until = installed_at + 1s});
      if (rival == Rival::migrates) detail::Rekeying<InstallationStore>(store, "E0KILN", team_id).run(std::nullopt);
    };
    try {
      act();
      refresher.go_on();
    } catch (const StorageError& error) {  // it was stopped while it had the storage's lock
      REQUIRE(error.is_retryable());
      refresher.go_on();
      wait_until([&] { return shared.finished.load() == round; });
      act();
    }
    wait_until([&] { return shared.finished.load() == round; });

    const auto stored = store.find_bot({.team_id = team_id});
    if (rival == Rival::installs) {
      REQUIRE(stored);
      CHECK(stored->bot_token == fresh.bot_token);
    } else {
      CHECK_FALSE(stored);
    }
    if (rival == Rival::migrates) {
      const auto moved = store.find_bot({.enterprise_id = "E0KILN", .team_id = team_id});
      REQUIRE(moved);
      const bool refreshed = shared.requests.load() > 0;
      CHECK(moved->bot_refresh_token == (refreshed ? next_of(*old.bot_refresh_token) : *old.bot_refresh_token));
      store.delete_all({.enterprise_id = "E0KILN", .team_id = team_id});
    } else {
      CHECK(shared.requests <= 1);
      store.delete_all({.team_id = team_id});
    }
  }
  CHECK(refresher.wait() == 0);
  CHECK(met > 0);  // or the rival came too late to meet anybody
  std::cout << "rival " << static_cast<int>(rival) << " met a refresh " << met << " times of " << rounds << "\n";
}

/// A process that files records anew, or deletes, is killed anywhere; the next event leaves what must be there.
void kill_in_the_middle(const Refresher::Open& open,
                        const std::function<void(InstallationStore&, const std::string&)>& work,
                        const std::function<void(InstallationStore&, const std::string&)>& check, std::uint64_t seed,
                        int rounds) {
  std::mt19937_64 random(seed);
  int killed = 0;
  for (int round = 0; round < rounds; ++round) {
    INFO("killed in round " << round << ", seed " << seed);
    const std::string team_id = team_of(round);
    open().installations->save(installation_of(bot_of(team_id, "0", 12h, now())));
    const auto memory = make_shared_memory();
    Shared& shared = *memory;
    const ::pid_t pid = ::fork();
    if (pid == 0) {
      try {
        const Stores own = open();
        shared.round = 0;
        work(*own.installations, team_id);
        shared.finished = 0;
      } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
      }
      ::_exit(0);
    }
    REQUIRE(pid > 0);
    wait_until([&] { return shared.round.load() == 0; });
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::microseconds{std::uniform_int_distribution<int>(0, 1'500)(random)};
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (shared.finished.load() < 0) ++killed;
    check(*open().installations, team_id);
  }
  CHECK(killed > 0);  // or each was faster than its end
  std::cout << "killed in the middle " << killed << " times of " << rounds << "\n";
}

void check_filed_anew(InstallationStore& store, const std::string& team_id) {
  // What the next event of the workspace does, in a process that knows nothing of the one that died.
  Authorizer authorizer(store);
  const auto result =
      authorizer.authorize(PayloadIds{.enterprise_id = "E0KILN", .team_id = team_id, .user_id = "U0ADA"});
  REQUIRE(result);
  CHECK(result->bot_token == "xoxe.xoxb-1-not-a-real-" + team_id + "-0");
  CHECK_FALSE(store.find_bot({.team_id = team_id}));
  CHECK_FALSE(store.find_installation({.team_id = team_id}));
  CHECK(store.find_bot({.enterprise_id = "E0KILN", .team_id = team_id}));
  CHECK(store.find_installation({.enterprise_id = "E0KILN", .team_id = team_id, .user_id = "U0ADA"}));
  store.delete_all({.enterprise_id = "E0KILN", .team_id = team_id});
}

void run_all(const std::string& engine, const Refresher::Open& open, int rounds) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "refresh races among processes over " << engine << ": seed " << seed << "\n";
  for (const Rival rival : {Rival::installs, Rival::uninstalls, Rival::event, Rival::migrates}) {
    race_with_stopped_holder(open, rival, seed, rounds);
  }
  kill_in_the_middle(
      open,
      [](InstallationStore& store, const std::string& team_id) {
        detail::rekey_workspace(store, "E0KILN", team_id, std::nullopt, {.lifetime = 1ms});
      },
      check_filed_anew, seed, rounds / 5);
  kill_in_the_middle(
      open,
      [](InstallationStore& store, const std::string& team_id) {
        store.delete_all({.team_id = team_id, .installed_until = now()});
      },
      [](InstallationStore& store, const std::string& team_id) {
        // In one step: both records are there, or neither.
        CHECK(store.find_bot({.team_id = team_id}).has_value() ==
              store.find_installation({.team_id = team_id}).has_value());
        store.delete_all({.team_id = team_id});
      },
      seed, rounds / 5);
}

}  // namespace

TEST_CASE("a process that stands still or dies in the middle of its turn undoes nothing, over SQLite",
          "[integration]" NOT_SANITIZED) {
  const test::TemporaryFolder folder;
  // Made here, since that may take longer than the processes wait for one another.
  static_cast<void>(sqlite3_stores({.database = folder.file("app.db"), .client_id = "111.222"}));
  run_all(
      "SQLite",
      [&] {
        return sqlite3_stores({.database = folder.file("app.db"),
                               .client_id = "111.222",
                               .synchronous = SQLite3Synchronous::off,
                               .busy_timeout = 50ms});
      },
      test::race_rounds());
}

TEST_CASE("a process that stands still or dies in the middle of its turn undoes nothing, over files",
          "[integration]" NOT_SANITIZED) {
  const test::TempFolder folder;
  run_all(
      "files",
      [&] {
        return file_stores(
            {.base_dir = folder / "installations", .client_id = "111.222", .lock_timeout = 50ms, .sync = false});
      },
      test::race_rounds());
}

#endif
