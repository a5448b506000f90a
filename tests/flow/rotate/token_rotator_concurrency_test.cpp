// Threads that want the same token at once.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::Rotation;

namespace {

/// Runs `work(number)` in that many threads, which begin together, and gives on what one of them throws.
void run_together(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<bool> may_start = false;
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> failures(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      while (!may_start) std::this_thread::yield();
      try {
        work(i);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  may_start = true;
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) {
    if (failure != nullptr) std::rethrow_exception(failure);
  }
}

/// The threads really wait, where they wait for one another, and Slack takes its time.
TokenRotatorOptions real_pauses() {
  return {.requests_per_minute = 0, .sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }};
}

void let_slack_take_time(Rotation& rotation) {
  rotation.instead = [&](const HttpRequest& request) {
    std::this_thread::sleep_for(10ms);
    return rotation.slack.send(request);
  };
}

void check_each_refresh_token_served_once(const Rotation& rotation) {
  for (const auto& [token, record] : rotation.slack.refresh_tokens()) CHECK(record.uses <= 1);
}

std::size_t pairs_given(const Rotation& rotation) { return rotation.slack.refresh_tokens().size(); }

/// A store without leases of its own.
class PlainStore : public InstallationStore {
 public:
  void save(const Installation& installation) override { inner_.save(installation); }
  void save_bot(const Bot& bot) override { inner_.save_bot(bot); }
  std::optional<Bot> find_bot(const BotQuery& query) const override { return inner_.find_bot(query); }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    return inner_.find_installation(query);
  }

 private:
  MemoryInstallationStore inner_;
};

/// A class that is not derived from the interface, and has no leases.
class UnrelatedStore {
 public:
  void save(const Installation& installation) { inner_.save(installation); }
  void save_bot(const Bot& bot) { inner_.save_bot(bot); }
  std::optional<Bot> find_bot(const BotQuery& query) const { return inner_.find_bot(query); }
  std::optional<Installation> find_installation(const InstallationQuery& query) const {
    return inner_.find_installation(query);
  }

 private:
  MemoryInstallationStore inner_;
};

}  // namespace

TEST_CASE("threads that want one token at once cause one refresh, and all get its result", "[flow]") {
  Rotation rotation;
  let_slack_take_time(rotation);
  const auto stale = rotation.install("T1");
  rotation.let_expire();
  constexpr std::size_t threads = 12;
  std::vector<Bot> bots(threads);
  std::vector<Installation> installations(threads);
  const auto rotate_with_copies = [&](auto& store) {
    store.save(stale);
    const auto rotator = rotation.rotator(real_pauses());
    run_together(threads, [&](std::size_t i) {
      auto copy = rotator;
      bots[i] = copy.rotate_bot(store, stale.to_bot().value());
      installations[i] = copy.rotate(store, stale);
    });
    for (std::size_t i = 0; i < threads; ++i) {
      CHECK(bots[i] == store.find_bot({.team_id = "T1"}));
      CHECK(installations[i] == store.find_installation({.team_id = "T1", .user_id = "U0ADA"}));
    }
  };
  SECTION("over a store with leases, each with a rotator of its own") {
    std::vector<TokenRotator> rotators;
    for (std::size_t i = 0; i < threads; ++i) rotators.push_back(rotation.rotator(real_pauses()));
    run_together(threads, [&](std::size_t i) {
      bots[i] = rotators[i].rotate_bot(rotation.store, stale.to_bot().value());
      installations[i] = rotators[i].rotate(rotation.store, stale);
    });
    for (std::size_t i = 0; i < threads; ++i) {
      CHECK(bots[i] == rotation.bot("T1"));
      CHECK(installations[i] == rotation.user("T1"));
    }
  }
  SECTION("over a store that has no leases, with copies of one rotator") {
    PlainStore store;
    rotate_with_copies(store);
  }
  SECTION("over a class without leases, with copies of one rotator") {
    UnrelatedStore store;
    rotate_with_copies(store);
  }
  CHECK(rotation.refreshes() == 2);
  check_each_refresh_token_served_once(rotation);
}

TEST_CASE("threads that rotate on requests of many users drop no user's token", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator(real_pauses());
  constexpr std::size_t users = 8;
  for (std::size_t i = 0; i < users; ++i) rotation.install("T1", "U" + std::to_string(i));
  rotation.let_expire();
  run_together(users, [&](std::size_t i) {
    const auto stale = rotation.user("T1", "U" + std::to_string(i));
    rotator.rotate(rotation.store, stale);
    rotator.rotate(rotation.store, rotation.user("T1", "U" + std::to_string((i + 1) % users)));
  });
  for (std::size_t i = 0; i < users; ++i) {
    const auto user = rotation.user("T1", "U" + std::to_string(i));
    CHECK(rotation.slack.is_working(*user.user_token));
    CHECK_FALSE(rotator.is_due(user));
    CHECK(user.bot_token == rotation.bot("T1").bot_token);
  }
  CHECK(rotation.refreshes() == users + 1);
  check_each_refresh_token_served_once(rotation);
}

TEST_CASE("jobs and events that meet refresh each token once", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator(real_pauses());
  constexpr int workspaces = 40;
  for (int i = 0; i < workspaces; ++i) rotation.install("T" + std::to_string(i));
  rotation.let_expire();
  std::atomic<std::size_t> failed = 0;
  run_together(6, [&](std::size_t i) {
    if (i < 2) {
      failed += rotator.rotate_all(rotation.store, 2h).failed;
      return;
    }
    for (int k = 0; k < workspaces; ++k) {
      const std::string team_id = "T" + std::to_string((k * 7 + static_cast<int>(i) * 11) % workspaces);
      rotator.rotate(rotation.store, rotation.user(team_id));
    }
  });
  CHECK(failed == 0);
  CHECK(rotation.refreshes() == 2 * workspaces);
  check_each_refresh_token_served_once(rotation);
}

TEST_CASE("a holder that died blocks others for no longer than its lease", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator(real_pauses());
  const auto stale = rotation.install("T1").to_bot().value();
  rotation.let_expire();
  const auto dead = rotation.store.inner().try_lease({.team_id = "T1"}, 50ms);
  std::vector<Bot> bots(4);
  run_together(bots.size(), [&](std::size_t i) { bots[i] = rotator.rotate_bot(rotation.store, stale); });
  for (const Bot& bot : bots) CHECK(bot == rotation.bot("T1"));
  CHECK(rotation.refreshes() == 1);
  CHECK_FALSE(dead->is_held());
}

TEST_CASE("a refresh that fails for one is tried by the next, and its result is everybody's", "[flow]") {
  Rotation rotation;
  auto options = real_pauses();
  options.retry_pause = 0ms;
  auto rotator = rotation.rotator(options);
  const auto stale = rotation.install("T1").to_bot().value();
  rotation.let_expire();
  std::atomic<int> requests = 0;
  rotation.instead = [&](const HttpRequest& request) -> HttpResponse {
    if (++requests == 1) throw HttpError("no answer", "TIMED_OUT", HttpError::Reach::maybe_sent);
    return rotation.slack.send(request);
  };
  std::atomic<int> failed = 0;
  run_together(6, [&](std::size_t) {
    try {
      if (rotator.is_due(rotator.rotate_bot(rotation.store, stale))) failed += 100;
    } catch (const TokenRotationError& error) {
      failed += error.is_retryable() ? 1 : 100;
    }
  });
  CHECK(failed == 1);
  CHECK(requests == 2);
  CHECK(rotation.refreshes() == 1);
}

TEST_CASE("threads that wait for a refresh that fails do not each wait for one of their own", "[flow]") {
  Rotation rotation;
  auto rotator = rotation.rotator(real_pauses());
  const auto stale = rotation.install("T1").to_bot().value();
  rotation.let_expire();
  std::atomic<int> requests = 0;
  rotation.instead = [&](const HttpRequest& /*request*/) -> HttpResponse {
    ++requests;
    std::this_thread::sleep_for(20ms);
    throw HttpError("no answer", "TIMED_OUT", HttpError::Reach::maybe_sent);
  };
  std::atomic<int> failed = 0;
  run_together(6, [&](std::size_t) {
    try {
      rotator.rotate_bot(rotation.store, stale);
    } catch (const TokenRotationError& error) {
      failed += error.code() == "TIMED_OUT" && error.is_retryable() ? 1 : 100;
    }
  });
  CHECK(failed == 6);
  CHECK(requests == 1);
  // Not for ever.
  rotation.instead = nullptr;
  rotation.clock.advance(6s);
  CHECK_FALSE(rotator.is_due(rotator.rotate_bot(rotation.store, stale)));
}

// What becomes of the tokens when something fails, with several threads at once. The same rules one thread at a time:
// token_rotator_failure_test.cpp.

TEST_CASE("threads save each pair before they ask for another, and keep the bot's where the user's fails", "[flow]") {
  Rotation rotation;
  constexpr std::size_t workspaces = 4;
  constexpr std::size_t threads = 12;
  std::vector<Installation> before;
  for (std::size_t i = 0; i < workspaces; ++i) before.push_back(rotation.install("T" + std::to_string(i)));
  rotation.let_expire();
  std::mutex mutex;
  std::vector<std::vector<std::string>> events(workspaces);
  const auto note = [&](std::size_t workspace, const std::string& event) {
    const std::lock_guard lock(mutex);
    events[workspace].push_back(event);
  };
  rotation.store.on_save_bot = [&](const Bot& bot) {
    std::this_thread::sleep_for(5ms);
    rotation.store.inner().save_bot(bot);
    note(static_cast<std::size_t>(std::stoi(bot.team_id->substr(1))), "saved the bot's");
  };
  rotation.instead = [&](const HttpRequest& request) {
    const auto parameters = parse_parameters(request.body).value();
    const auto refresh_token = find_parameter(parameters, "refresh_token");
    for (std::size_t i = 0; i < workspaces; ++i) {
      if (refresh_token == before[i].user_refresh_token) {
        note(i, "asked for the user's");
        return test::json_answer({{"ok", false}, {"error", "fatal_error"}});
      }
      if (refresh_token == before[i].bot_refresh_token) note(i, "asked for the bot's");
    }
    return rotation.slack.send(request);
  };
  auto options = real_pauses();
  options.retry_pause = 0ms;
  auto rotator = rotation.rotator(options);
  std::atomic<std::size_t> kept = 0;
  run_together(threads, [&](std::size_t i) {
    const auto& stale = before[i % workspaces];
    try {
      rotator.rotate(rotation.store, stale);
    } catch (const TokenRotationError& error) {
      if (error.subject() == "user_token" && !error.has_unsaved_token() &&
          rotation.slack.is_working(rotation.bot(*stale.team_id).bot_token)) {
        ++kept;
      }
    }
  });
  CHECK(kept == threads);
  for (std::size_t i = 0; i < workspaces; ++i) {
    std::vector<std::string> expected{"asked for the bot's", "saved the bot's"};
    expected.resize(2 + threads / workspaces, "asked for the user's");
    CHECK(events[i] == expected);
    CHECK_FALSE(rotator.is_due(rotation.bot("T" + std::to_string(i))));
    CHECK(rotation.user("T" + std::to_string(i)).user_refresh_token == before[i].user_refresh_token);
  }
  CHECK(rotation.refreshes() == workspaces);
  check_each_refresh_token_served_once(rotation);
}

TEST_CASE("threads try a save that fails again, and one of them gets what cannot be saved", "[flow]") {
  Rotation rotation;
  const Bot stale = rotation.install("T1").to_bot().value();
  rotation.let_expire();
  const auto given = pairs_given(rotation);
  auto options = real_pauses();
  options.save_pause = 1ms;
  auto rotator = rotation.rotator(options);
  constexpr int threads = 8;
  std::atomic<int> left = 0;
  std::atomic<int> attempts = 0;
  rotation.store.on_save_bot = [&](const Bot& bot) {
    ++attempts;
    if (left-- > 0) throw test::disk_is_full();
    rotation.store.inner().save_bot(bot);
  };
  std::mutex mutex;
  std::vector<Bot> bots;
  std::vector<std::string> codes;
  const auto rotate = [&](std::size_t /*number*/) {
    try {
      const Bot bot = rotator.rotate_bot(rotation.store, stale);
      const std::lock_guard lock(mutex);
      bots.push_back(bot);
    } catch (const TokenRotationError& error) {
      const std::lock_guard lock(mutex);
      codes.emplace_back(error.code());
    }
  };
  SECTION("a save works at last") {
    left = 2;
    run_together(threads, rotate);
    CHECK(attempts == 3);
    CHECK(bots == std::vector<Bot>(threads, rotation.bot("T1")));
  }
  SECTION("no save works") {
    left = 3 + threads;
    run_together(threads, rotate);
    CHECK(attempts == 3 + threads - 1);
    CHECK(rotation.bot("T1") == stale);
    REQUIRE(bots.size() == threads);
    CHECK(bots == std::vector<Bot>(threads, bots[0]));
    CHECK(rotation.slack.is_working(bots[0].bot_token));
    left = 0;
    bots.clear();
    run_together(threads, rotate);
    CHECK(bots == std::vector<Bot>(threads, rotation.bot("T1")));
  }
  CHECK(codes.empty());
  CHECK(pairs_given(rotation) == given + 1);
  rotation.let_expire();
  CHECK(rotation.slack.is_working(rotator.rotate_bot(rotation.store, rotation.bot("T1")).bot_token));
}

TEST_CASE("threads whose refresh token is refused find the pair that another has saved meanwhile", "[flow]") {
  Rotation rotation;
  const Bot stale = rotation.install("T1").to_bot().value();
  rotation.let_expire();
  MemoryInstallationStore elsewhere;  // one that knows of no lease, such as the Python SDK's
  elsewhere.save_bot(stale);
  const Bot rotated = rotation.rotator().rotate_bot(elsewhere, stale);
  std::atomic<int> refusals = 0;
  std::atomic<bool> is_saved = false;
  rotation.instead = [&](const HttpRequest& request) {
    const HttpResponse answer = rotation.slack.send(request);
    ++refusals;
    return answer;
  };
  const auto wait_until = [](const auto& is_over) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!is_over() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  };
  auto rotator = rotation.rotator({.sleep = [&](std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    wait_until([&] { return is_saved.load(); });
  }});
  std::vector<Bot> bots(8);
  run_together(bots.size() + 1, [&](std::size_t i) {
    if (i < bots.size()) {
      bots[i] = rotator.rotate_bot(rotation.store, stale);
      return;
    }
    wait_until([&] { return refusals > 0; });
    rotation.store.inner().save_bot(rotated);
    is_saved = true;
  });
  for (const Bot& bot : bots) CHECK(bot == rotated);
  CHECK(rotation.bot("T1") == rotated);
  CHECK(refusals == 1);
}

TEST_CASE("threads that get an answer about another type of token keep its tokens, each once", "[flow]") {
  Rotation rotation;
  constexpr std::size_t workspaces = 4;
  constexpr std::size_t threads = 12;
  std::vector<Bot> before;
  for (std::size_t i = 0; i < workspaces; ++i) {
    before.push_back(rotation.install("T" + std::to_string(i)).to_bot().value());
  }
  rotation.let_expire();
  rotation.instead = [&](const HttpRequest& request) {
    HttpResponse answer = rotation.slack.send(request);
    auto json = nlohmann::json::parse(answer.body);
    if (json["ok"] == true) json["token_type"] = "workflow";
    return test::json_answer(json);
  };
  auto options = real_pauses();
  options.save_pause = 1ms;
  auto rotator = rotation.rotator(options);
  std::mutex mutex;
  const auto given = pairs_given(rotation);
  std::vector<std::vector<std::string>> kept(workspaces);
  std::atomic<std::size_t> refused = 0;
  run_together(threads, [&](std::size_t i) {
    try {
      rotator.rotate_bot(rotation.store, before[i % workspaces]);
    } catch (const UnsavedTokenError& error) {
      const std::lock_guard lock(mutex);
      kept[i % workspaces].push_back(error.token().access_token);
    } catch (const TokenRotationError& error) {
      if (error.code() == "invalid_refresh_token") ++refused;
    }
  });
  CHECK(refused == workspaces);  // of each, the next one that offers it; then the record says so
  for (std::size_t i = 0; i < workspaces; ++i) {
    REQUIRE(kept[i].size() == 1);
    CHECK(rotation.slack.is_working(kept[i][0]));
    CHECK(rotation.bot("T" + std::to_string(i)).bot_refresh_token == before[i].bot_refresh_token);
  }
  CHECK(pairs_given(rotation) == given + workspaces);
}
