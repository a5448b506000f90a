// The whole contract kit on FileOAuthStateStore.
#include <chrono>
#include <filesystem>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <string>

#include "catch.hpp"
#include "support/state_clock.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

TEST_CASE("file store of states: it keeps the contract") {
  const test::StateClock clock;
  const test::TempFolder folder;
  std::string base_dir;
  int number = 0;
  const auto open = [&] {
    return std::make_shared<FileOAuthStateStore>(FileOAuthStateStoreOptions{
        .base_dir = base_dir, .client_id = "1.2", .sync = number % 2 == 0, .clock = clock.function()});
  };
  testing::StateContractOptions<OAuthStateStore> options;
  options.advance_clock = [&](OAuthStateStore&, std::chrono::seconds time) { clock.advance(time); };
  options.count_states = [&](OAuthStateStore&) {
    std::size_t count = 0;
    for (const auto& name : test::tree(base_dir + "/1.2")) count += name.ends_with(".payload") ? 0 : 1;
    return count;
  };
  options.reopen = [&](OAuthStateStore&) { return open(); };
  options.break_storage = [&](OAuthStateStore&) {
    std::filesystem::create_directories(base_dir);
    std::filesystem::rename(base_dir, base_dir + ".aside");
    test::write_file(base_dir, "a file where the folder was");
    return [&] {
      std::filesystem::remove(base_dir);
      std::filesystem::rename(base_dir + ".aside", base_dir);
    };
  };
  const auto make_store = [&]() -> std::shared_ptr<OAuthStateStore> {
    base_dir = folder / std::to_string(++number);
    return open();
  };
  for (const auto& check : testing::state_store_contract(make_store, options)) {
    INFO(check.name());
    CHECK_NOTHROW(check.run());
  }
}
