// Several processes that consume the same states at the same moment.
#include <memory>
#include <slack/oauth/file.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/processes.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

TEST_CASE("file store of states: of processes that consume a state at the same moment one gets it") {
  constexpr std::size_t states = 500;
  const test::TempFolder folder;
  const auto open = [&] {
    return std::make_unique<FileOAuthStateStore>(
        FileOAuthStateStoreOptions{.base_dir = folder / "states", .client_id = "1.2", .sync = false});
  };
  std::vector<std::string> issued;
  {
    const auto store = open();
    for (std::size_t i = 0; i < states; ++i) issued.push_back(i % 2 == 0 ? store->issue(i) : store->issue());
  }
  const auto answers = test::in_processes(4, open, [&](const auto& store, std::size_t /*number*/) {
    std::string won;
    for (std::size_t i = 0; i < states; ++i) {
      const auto payload = store->consume(issued[i]);
      if (payload && *payload != (i % 2 == 0 ? nlohmann::json(i) : nlohmann::json())) {
        return std::string("error: the payload of another state");
      }
      won += payload ? '1' : '0';
    }
    return won;
  });
  std::vector<int> wins(states);
  for (const auto& answer : answers) {
    REQUIRE_THAT(answer, !Catch::Matchers::StartsWith("error"));
    REQUIRE(answer.size() == states);
    for (std::size_t i = 0; i < states; ++i) wins[i] += answer[i] == '1' ? 1 : 0;
  }
  CHECK(wins == std::vector<int>(states, 1));
  CHECK(test::tree(folder / "states/1.2").empty());
}
