// expect: slack-oauth: the backend lacks `void erase(const WorkspaceKey&, const Erasure&)`
// errors: 1
#include <string>
#include <utility>

#include "backend_members.hpp"

struct MyBackend : ReadsBots,
                   ReadsInstallations,
                   Writes,
                   ReplacesBots,
                   ReplacesInstallations,
                   VisitsBots,
                   VisitsInstallations {
  explicit MyBackend(std::string path_of_file) : path(std::move(path_of_file)) {}
  std::string path;
};

void program() {
  slack::oauth::BackendInstallationStore<MyBackend> store("bots.json");
  slack::oauth::BackendInstallationStore<MyBackend> logging(slack::oauth::Logger(), "bots.json");
  logging.save_bot(store.find_bot({.team_id = "T0FURNACE"}).value());
}
