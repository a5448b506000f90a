// Threads, stores and processes on the same files: no write is lost, and no reader sees half of one.
#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <atomic>
#include <slack/oauth/file.hpp>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

FileInstallationStoreOptions options_in(const test::TempFolder& folder) {
  return {.base_dir = folder.path().string(), .client_id = "1.2", .sync = false};
}

Installation version(const std::string& user_id, int number) {
  const std::string digits = std::to_string(number);
  return {.enterprise_id = "E1",
          .team_id = "T1",
          .team_name = digits,
          .bot_token = "xoxb-not-a-real-token-" + digits,
          .user_id = user_id,
          .user_token = "xoxp-not-a-real-token-" + digits,
          .installed_at = Timestamp{std::chrono::seconds{number}}};
}

}  // namespace

#if !defined(_WIN32)
TEST_CASE("file store: two processes that save at once lose nothing") {
  constexpr int saves = 150;
  const test::TempFolder folder;
  const auto save_users = [&](const std::string& prefix) {
    FileInstallationStore store(options_in(folder));
    for (int i = 0; i < saves; ++i) store.save(version(prefix + std::to_string(i), 1'000 + i));
  };
  const ::pid_t child = ::fork();
  if (child == 0) {
    int result = 1;
    try {
      save_users("UA");
      result = 0;
    } catch (const std::exception&) {
    }
    ::_exit(result);
  }
  save_users("UB");
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);

  const FileInstallationStore store(options_in(folder));
  for (int i = 0; i < saves; ++i) {
    for (const char* prefix : {"UA", "UB"}) {
      const std::string user_id = prefix + std::to_string(i);
      REQUIRE(store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = user_id}));
    }
  }
  int visits = 0;
  store.for_each_installation([&](const Installation& /*each*/) { ++visits; });
  CHECK(visits == 2 * saves);
  CHECK(store.find_installation({.enterprise_id = "E1", .team_id = "T1"}).value().installed_at ==
        Timestamp{std::chrono::seconds{1'000 + saves - 1}});
}
#endif

TEST_CASE("file store: a reader beside a writer sees each save whole, and never an older one again") {
  constexpr int saves = 400;
  const test::TempFolder folder;
  FileInstallationStore writing(options_in(folder));
  const FileInstallationStore reading(options_in(folder));
  writing.save(version("U1", 1));
  std::atomic<bool> is_done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, asks_for_user = i % 2 == 0] {
      int last = 0;
      while (!is_done) {
        const auto bot = reading.find_bot({.enterprise_id = "E1", .team_id = "T1"});
        const int of_bot = bot ? std::stoi(bot->team_name.value()) : -1;
        if (!bot || of_bot < last || *bot != version("U1", of_bot).to_bot()) ++torn;
        const auto found = reading.find_installation(
            {.enterprise_id = "E1", .team_id = "T1", .user_id = asks_for_user ? OptionalId("U1") : OptionalId()});
        last = found ? std::stoi(found->team_name.value()) : -1;
        if (!found || last < of_bot || *found != version("U1", last)) ++torn;
      }
    });
  }
  for (int i = 2; i <= saves; ++i) writing.save(version("U1", i));
  is_done = true;
  for (auto& reader : readers) reader.join();
  CHECK(torn == 0);
}

TEST_CASE("file store: a reader beside deletions finds the bot with its installation, or neither") {
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  std::atomic<bool> is_done{false};
  std::atomic<int> torn{0};
  std::thread reader([&] {
    while (!is_done) {
      const auto found = store.find_installation({.enterprise_id = "E1", .team_id = "T1"});
      if (found && *found != version("U1", 5)) ++torn;
    }
  });
  for (int i = 0; i < 300; ++i) {
    store.save(version("U1", 5));
    store.delete_all({.enterprise_id = "E1", .team_id = "T1"});
  }
  is_done = true;
  reader.join();
  CHECK(torn == 0);
}

TEST_CASE("file store: many workspaces are made by many threads at once") {
  const test::TempFolder folder;
  std::vector<std::thread> threads;
  FileInstallationStore shared(options_in(folder));
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      FileInstallationStore own(options_in(folder));
      for (int k = 0; k < 40; ++k) {
        auto saved = version("U" + std::to_string(i), k);
        saved.team_id = "T" + std::to_string(k);
        (i % 2 == 0 ? own : shared).save(saved);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  int visits = 0;
  shared.for_each_installation([&](const Installation& /*each*/) { ++visits; });
  CHECK(visits == 160);
}

#if !defined(_WIN32)
TEST_CASE("file store: of processes that replace one token at the same moment one succeeds") {
  constexpr int rounds = 100;
  constexpr int processes = 4;
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  for (int round = 0; round < rounds; ++round) {
    auto saved = version("U1", round);
    saved.bot_refresh_token = "xoxe-1-not-a-real-token-" + std::to_string(round);
    saved.user_refresh_token = "xoxe-1-not-a-real-token-of-a-user";
    store.save(saved);
    const OptionalId user_id = round % 2 == 0 ? OptionalId() : OptionalId("U1");
    const std::string used = user_id ? *saved.user_refresh_token : *saved.bot_refresh_token;
    std::vector<::pid_t> children;
    for (int i = 0; i < processes; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      int result = 2;
      try {
        FileInstallationStore own(options_in(folder));
        const RefreshedToken token{.access_token = "xoxe.xoxb-1-not-a-real-token-" + std::to_string(i),
                                   .refresh_token = "xoxe-1-not-a-real-token-new-" + std::to_string(i)};
        result = own.replace_tokens({.enterprise_id = "E1",
                                     .team_id = "T1",
                                     .user_id = user_id,
                                     .used_refresh_token = used,
                                     .token = token})
                     ? 0
                     : 1;
      } catch (const std::exception&) {
      }
      ::_exit(result);
    }
    int winner = -1;
    for (int i = 0; i < processes; ++i) {
      int status = 0;
      ::waitpid(children[static_cast<std::size_t>(i)], &status, 0);
      REQUIRE(WIFEXITED(status));
      REQUIRE(WEXITSTATUS(status) < 2);
      if (WEXITSTATUS(status) != 0) continue;
      REQUIRE(winner == -1);
      winner = i;
    }
    REQUIRE(winner >= 0);
    const auto found = store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U1"}).value();
    const std::string expected = "xoxe.xoxb-1-not-a-real-token-" + std::to_string(winner);
    REQUIRE((user_id ? found.user_token : found.bot_token) == expected);
    REQUIRE(found.team_name == saved.team_name);
  }
}
#endif

TEST_CASE("file store: the newest of users who are saved in turn comes with its own bot") {
  constexpr int saves = 300;
  const test::TempFolder folder;
  FileInstallationStore store(options_in(folder));
  std::atomic<bool> is_done{false};
  std::atomic<int> torn{0};
  std::atomic<int> looks{0};
  std::thread reader([&] {
    const FileInstallationStore reading(options_in(folder));
    int last = 0;
    while (!is_done) {
      const auto found = reading.find_installation({.enterprise_id = "E1", .team_id = "T1"});
      if (!found) continue;
      const int number = std::stoi(found->team_name.value());
      if (number < last || *found != version(found->user_id, number)) ++torn;
      last = number;
      ++looks;
    }
  });
  for (int i = 1; i <= saves || looks < 100; ++i) store.save(version("U" + std::to_string(i % 3), i));
  is_done = true;
  reader.join();
  CHECK(torn == 0);
}
