// The contract kit on the file store: as it is, with history, opened anew before every call, and through two stores on
// the same files.
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <slack/oauth/file.hpp>
#include <slack/oauth/testing/installation_store_contract.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace slack::oauth;

namespace {

/// A store whose files last as long as it does.
class TempStore : public FileInstallationStore {
 public:
  explicit TempStore(bool keeps_history, std::shared_ptr<test::TempFolder> folder = {}, std::string client_id = "1.2")
      : TempStore(options(keeps_history, folder ? std::move(folder) : std::make_shared<test::TempFolder>(),
                          std::move(client_id))) {}

  std::shared_ptr<test::TempFolder> folder() const { return options_.folder; }
  bool keeps_history() const { return options_.store.historical_data_enabled; }

 private:
  struct Options {
    std::shared_ptr<test::TempFolder> folder;
    FileInstallationStoreOptions store;
  };

  static Options options(bool keeps_history, const std::shared_ptr<test::TempFolder>& folder, std::string client_id) {
    return {folder,
            {.base_dir = *folder / "installations",
             .client_id = std::move(client_id),
             .historical_data_enabled = keeps_history,
             .sync = false}};
  }

  explicit TempStore(Options options) : FileInstallationStore(options.store), options_(std::move(options)) {}

  Options options_;
};

testing::ContractOptions<TempStore> options_for_files() {
  testing::ContractOptions<TempStore> options;
  options.other_client = [](TempStore& store) {
    return std::make_shared<TempStore>(store.keeps_history(), store.folder(), "3.4");
  };
  options.break_storage = [](TempStore& store) {
    const std::string path = *store.folder() / "installations";
    std::filesystem::rename(path, path + ".aside");
    test::write_file(path, "a file where the folder was");
    // A store holds its folder open, and looks for another in its place when a file is missing.
    CHECK_THROWS_AS(store.find_bot({.team_id = "T0NOBODY"}), StorageError);
    return [path] {
      std::filesystem::remove(path);
      std::filesystem::rename(path + ".aside", path);
    };
  };
  return options;
}

void run(const std::vector<testing::Check>& checks) {
  for (const auto& check : checks) {
    DYNAMIC_SECTION(check.name()) { check.run(); }
  }
}

/// Asks `open` for a store before every call.
class ReopeningStore : public InstallationStore {
 public:
  using Open = std::function<std::shared_ptr<InstallationStore>()>;

  explicit ReopeningStore(Open open) : open_(std::move(open)) {}

  void save(const Installation& installation) override { open_()->save(installation); }
  void save_bot(const Bot& bot) override { open_()->save_bot(bot); }
  std::optional<Bot> find_bot(const BotQuery& query) const override { return open_()->find_bot(query); }
  std::optional<Installation> find_installation(const InstallationQuery& query) const override {
    return open_()->find_installation(query);
  }
  void delete_bot(const WorkspaceRef& ref) override { open_()->delete_bot(ref); }
  void delete_installation(const InstallationRef& ref) override { open_()->delete_installation(ref); }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    open_()->delete_installations(ref, user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override { open_()->delete_all(ref); }
  bool replace_tokens(const TokenReplacement& replacement) override { return open_()->replace_tokens(replacement); }
  bool replace_bot(const std::optional<Bot>& stored, const std::optional<Bot>& bot) override {
    return open_()->replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<Installation>& stored,
                            const std::optional<Installation>& installation) override {
    return open_()->replace_installation(stored, installation);
  }
  void for_each_bot(std::function<void(const Bot&)> visit) const override { open_()->for_each_bot(visit); }
  void for_each_installation(std::function<void(const Installation&)> visit) const override {
    open_()->for_each_installation(visit);
  }

 private:
  Open open_;
};

}  // namespace

TEST_CASE("file store: the contract") {
  run(testing::installation_store_contract([] { return std::make_unique<TempStore>(false); }, options_for_files()));
}

TEST_CASE("file store: the contract, with history") {
  run(testing::installation_store_contract([] { return std::make_unique<TempStore>(true); }, options_for_files()));
}

TEST_CASE("file store: the contract, opened anew before every call") {
  run(testing::installation_store_contract([] {
    return std::make_unique<ReopeningStore>(
        [folder = std::make_shared<test::TempFolder>()] { return std::make_shared<TempStore>(false, folder); });
  }));
}

TEST_CASE("file store: the contract, through two stores on the same files in turn") {
  run(testing::installation_store_contract([] {
    const auto first = std::make_shared<TempStore>(false);
    const auto second = std::make_shared<TempStore>(true, first->folder());
    auto calls = std::make_shared<std::atomic<unsigned>>(0);
    return std::make_unique<ReopeningStore>(
        [first, second, calls]() -> std::shared_ptr<InstallationStore> { return ++*calls % 2 == 0 ? first : second; });
  }));
}
