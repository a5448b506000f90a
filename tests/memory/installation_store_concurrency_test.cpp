#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/models/refreshed_token.hpp"
#include "slack/oauth/testing/installation_store_contract.hpp"
#include "slack/oauth/testing/store_changes_contract.hpp"

using slack::oauth::MemoryInstallationStore;

// [test]
TEST_CASE("The memory store keeps the contract") {
  const auto make_store = [] { return std::make_unique<MemoryInstallationStore>(); };
  for (const auto& check : slack::oauth::testing::installation_store_contract(make_store)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}
// [test]

TEST_CASE("Snapshots that are refreshed by many readers at once agree with the bot") {
  MemoryInstallationStore store;
  constexpr int users = 20;
  for (int i = 0; i < users; ++i) {
    store.save({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-0", .user_id = "U" + std::to_string(i)});
  }
  std::atomic<int> latest = 0;
  std::atomic<bool> is_done = false;
  std::atomic<int> stale = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      for (int i = 0; !is_done; i = (i + 1) % users) {
        const int saved = latest;
        const std::string user_id = "U" + std::to_string(i);
        const auto found = store.installation_snapshot({.team_id = "T0FURNACE", .user_id = user_id});
        const int shown = std::stoi(found->bot_token->substr(std::string("xoxb-not-a-real-token-").size()));
        if (shown < saved || found->user_id != user_id) ++stale;
      }
    });
  }
  for (int i = 1; i <= 2'000; ++i) {
    store.save_bot({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-" + std::to_string(i)});
    latest = i;
  }
  is_done = true;
  for (auto& reader : readers) reader.join();
  CHECK(stale == 0);
}

TEST_CASE("The memory store tells of its changes") {
  const auto make_store = [] { return std::make_unique<MemoryInstallationStore>(); };
  for (const auto& check : slack::oauth::testing::store_changes_contract(make_store)) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

TEST_CASE("Snapshots beside replacements of tokens are of one pair, and never of an older one") {
  MemoryInstallationStore store;
  const auto token_of = [](int number) { return "xoxb-not-a-real-token-" + std::to_string(number); };
  const auto refresh_token_of = [](int number) { return "xoxe-1-not-a-real-token-" + std::to_string(number); };
  store.save({.team_id = "T0FURNACE",
              .bot_token = token_of(0),
              .bot_refresh_token = refresh_token_of(0),
              .user_id = "U0ADA",
              .user_token = token_of(0),
              .user_refresh_token = refresh_token_of(0)});
  constexpr int replacements = 2'000;
  // Counted, and not set to the pair's number: a writer that stood still would set it back.
  std::atomic<int> replaced = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (replaced < replacements) {
        const int before = replaced;
        const auto found = store.installation_snapshot({.team_id = "T0FURNACE", .user_id = "U0ADA"});
        const int shown = std::stoi(found->bot_token->substr(std::string("xoxb-not-a-real-token-").size()));
        if (shown < before || found->bot_refresh_token != refresh_token_of(shown)) ++wrong;
      }
    });
  }
  // Both try every pair, and one of them puts it.
  for (int writer = 0; writer < 2; ++writer) {
    threads.emplace_back([&] {
      for (int i = 0; i < replacements; ++i) {
        const slack::oauth::RefreshedToken fresh{.access_token = token_of(i + 1),
                                                 .refresh_token = refresh_token_of(i + 1)};
        const std::string used = refresh_token_of(i);
        if (store.replace_tokens({.team_id = "T0FURNACE", .used_refresh_token = used, .token = fresh})) {
          ++replaced;
        }
        static_cast<void>(store.replace_tokens(
            {.team_id = "T0FURNACE", .user_id = "U0ADA", .used_refresh_token = used, .token = fresh}));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(replaced == replacements);
  const auto found = store.find_installation({.team_id = "T0FURNACE"});
  CHECK(found->bot_token == token_of(replacements));
  CHECK(found->user_token == token_of(replacements));
}

TEST_CASE("The table may grow and shrink under its readers") {
  MemoryInstallationStore store;
  store.save({.team_id = "T0STAYS", .bot_token = "xoxb-not-a-real-token-1", .user_id = "U0ADA"});
  std::atomic<bool> is_done = false;
  std::atomic<int> missed = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!is_done) {
        if (store.bot_snapshot({.team_id = "T0STAYS"}) == nullptr) ++missed;
      }
    });
  }
  readers.emplace_back([&] {
    while (!is_done) {
      int visits = 0;
      store.for_each_bot([&](const slack::oauth::Bot& bot) { visits += bot.team_id == "T0STAYS" ? 1 : 0; });
      if (visits != 1) ++missed;
    }
  });
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2'000; ++i) {
      store.save({.team_id = "T" + std::to_string(i), .bot_token = "xoxb-not-a-real-token-2", .user_id = "U0ADA"});
    }
    for (int i = 0; i < 2'000; ++i) store.delete_all({.team_id = "T" + std::to_string(i)});
  }
  is_done = true;
  for (auto& reader : readers) reader.join();
  CHECK(missed == 0);
}
