// Several processes that consume the same states at the same moment.
#if !defined(_WIN32)
#include <memory>
#include <slack/oauth/file.hpp>

#include "catch.hpp"
#include "support/state_processes.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

TEST_CASE("file store of states: of processes that consume a state at the same moment one gets it") {
  const test::TempFolder folder;
  test::check_states_of_processes(500, [&] {
    return std::make_unique<FileOAuthStateStore>(
        FileOAuthStateStoreOptions{.base_dir = folder / "states", .client_id = "1.2", .sync = false});
  });
  CHECK(test::tree(folder / "states/1.2").empty());
}
#endif
