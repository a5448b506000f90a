// Apps over the engines that keep files, in worlds where things go wrong: a storage of its own for each process.
#include <cstddef>
#include <memory>
#include <slack/oauth/file.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/simulation.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "sqlite3/temporary_folder.hpp"

namespace {

using slack::oauth::Stores;
using slack::oauth::testing::simulate;
using slack::oauth::testing::SimulationOptions;

SimulationOptions few_worlds() {
  SimulationOptions options;
  options.seeds = 25;
  return options;
}

/// Calls `open(folder)` for each process, with a new folder for each world.
template <class Open>
auto storage(const test::TemporaryFolder& folder, const Open& open) {
  return [&folder, open, world = 0](std::size_t processes) mutable {
    const std::string own = folder.file(std::to_string(++world));
    std::vector<Stores> stores;
    for (std::size_t i = 0; i < processes; ++i) stores.push_back(open(own));
    return stores;
  };
}

}  // namespace

TEST_CASE("what the simulation asks of a storage holds over SQLite, with connections of each process") {
  const test::TemporaryFolder folder;
  const auto report =
      simulate(storage(folder,
                       [](const std::string& own) {
                         return slack::oauth::sqlite3_stores({.database = own + ".db",
                                                              .client_id = "111.222",
                                                              .synchronous = slack::oauth::SQLite3Synchronous::off});
                       }),
               few_worlds());
  CHECK(report.refreshes > 0);
}

TEST_CASE("what the simulation asks of a storage holds over files, with stores of each process") {
  const test::TemporaryFolder folder;
  const auto report =
      simulate(storage(folder,
                       [](const std::string& own) {
                         return slack::oauth::file_stores({.base_dir = own, .client_id = "111.222", .sync = false});
                       }),
               few_worlds());
  CHECK(report.refreshes > 0);
}
