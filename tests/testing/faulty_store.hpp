// Stores that are wrong in one way each, and the check that is meant to say so.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simple_backend.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/testing/installation_store_contract.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"
#include "testing/finding.hpp"

namespace kit_tests {

/// Hands each call to a function where there is one, and to a correct store where there is none.
class HookedStore : public so::ForwardingInstallationStore {
 public:
  explicit HookedStore(std::shared_ptr<SimpleStore> store = std::make_shared<SimpleStore>())
      : so::ForwardingInstallationStore(store), simple_(std::move(store)) {}

  std::function<void(const so::Installation&)> on_save{};
  std::function<void(const so::Bot&)> on_save_bot{};
  std::function<std::optional<so::Bot>(const so::BotQuery&)> on_find_bot{};
  std::function<std::optional<so::Installation>(const so::InstallationQuery&)> on_find_installation{};
  std::function<void(const so::WorkspaceRef&)> on_delete_bot{};
  std::function<void(const so::InstallationRef&)> on_delete_installation{};
  std::function<void(const so::WorkspaceRef&, std::span<const std::string_view>)> on_delete_installations{};
  std::function<void(const so::WorkspaceRef&)> on_delete_all{};
  std::function<void(std::function<void(const so::Bot&)>)> on_for_each_bot{};
  std::function<void(std::function<void(const so::Installation&)>)> on_for_each_installation{};
  std::function<bool(const so::TokenReplacement&)> on_replace_tokens{};
  std::function<bool(const std::optional<so::Bot>&, const std::optional<so::Bot>&)> on_replace_bot{};
  std::function<bool(const std::optional<so::Installation>&, const std::optional<so::Installation>&)>
      on_replace_installation{};

  [[nodiscard]] SimpleStore& simple() const { return *simple_; }

  void save(const so::Installation& installation) override {
    on_save ? on_save(installation) : simple_->save(installation);
  }
  void save_bot(const so::Bot& bot) override { on_save_bot ? on_save_bot(bot) : simple_->save_bot(bot); }
  [[nodiscard]] std::optional<so::Bot> find_bot(const so::BotQuery& query) const override {
    return on_find_bot ? on_find_bot(query) : simple_->find_bot(query);
  }
  [[nodiscard]] std::optional<so::Installation> find_installation(const so::InstallationQuery& query) const override {
    return on_find_installation ? on_find_installation(query) : simple_->find_installation(query);
  }
  void delete_bot(const so::WorkspaceRef& ref) override {
    on_delete_bot ? on_delete_bot(ref) : simple_->delete_bot(ref);
  }
  void delete_installation(const so::InstallationRef& ref) override {
    on_delete_installation ? on_delete_installation(ref) : simple_->delete_installation(ref);
  }
  void delete_installations(const so::WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    on_delete_installations ? on_delete_installations(ref, user_ids) : simple_->delete_installations(ref, user_ids);
  }
  void delete_all(const so::WorkspaceRef& ref) override {
    on_delete_all ? on_delete_all(ref) : simple_->delete_all(ref);
  }
  void for_each_bot(std::function<void(const so::Bot&)> visit) const override {
    on_for_each_bot ? on_for_each_bot(std::move(visit)) : simple_->for_each_bot(std::move(visit));
  }
  void for_each_installation(std::function<void(const so::Installation&)> visit) const override {
    on_for_each_installation ? on_for_each_installation(std::move(visit))
                             : simple_->for_each_installation(std::move(visit));
  }
  bool replace_tokens(const so::TokenReplacement& replacement) override {
    return on_replace_tokens ? on_replace_tokens(replacement) : simple_->replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<so::Bot>& stored, const std::optional<so::Bot>& bot) override {
    return on_replace_bot ? on_replace_bot(stored, bot) : simple_->replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<so::Installation>& stored,
                            const std::optional<so::Installation>& installation) override {
    return on_replace_installation ? on_replace_installation(stored, installation)
                                   : simple_->replace_installation(stored, installation);
  }

 private:
  std::shared_ptr<SimpleStore> simple_;
};

using MakeStore = std::function<std::shared_ptr<HookedStore>()>;

struct Fault {
  std::string check;  ///< that has to fail
  std::string what;
  MakeStore make_store;
};

/// A store over a backend that is wrong.
inline MakeStore flawed(Flaws flaws) {
  return [flaws] { return std::make_shared<HookedStore>(std::make_shared<SimpleStore>(flaws)); };
}

/// A correct store, of which `break_it` replaces methods.
inline MakeStore hooked(std::function<void(HookedStore&, SimpleStore&)> break_it) {
  return [break_it = std::move(break_it)] {
    auto store = std::make_shared<HookedStore>();
    break_it(*store, store->simple());
    return store;
  };
}

/// A store that changes what is saved.
inline MakeStore saving(std::function<void(so::Installation&)> change) {
  return hooked([change = std::move(change)](HookedStore& store, SimpleStore& simple) {
    store.on_save = [&simple, change](so::Installation installation) {
      change(installation);
      simple.save(installation);
    };
  });
}

inline so::testing::ContractOptions<HookedStore> fault_options() {
  so::testing::ContractOptions<HookedStore> options;
  options.other_client = [](HookedStore& store) {
    return std::make_shared<SimpleStore>(Flaws{}, store.simple().backend().storage(), "another client");
  };
  options.break_storage = [](HookedStore& store) {
    auto storage = store.simple().backend().storage();
    storage->is_broken = true;
    return [storage] { storage->is_broken = false; };
  };
  options.stored_texts = [](HookedStore& store) {
    std::vector<std::string> texts;
    for (const auto& client : store.simple().backend().storage()->clients) {
      for (const auto& entry : client.second) {
        if (entry.second.bot) texts.push_back(nlohmann::json(*entry.second.bot).dump());
        for (const auto& one : entry.second.installations) texts.push_back(nlohmann::json(one).dump());
      }
    }
    return texts;
  };
  options.random_operations = 500;
  options.visited_workspaces = 20;
  options.patience = std::chrono::milliseconds{300};
  return options;
}

/// What the check of that name says about such stores; empty where it is content.
inline std::string finding_of(std::string_view check_name, const MakeStore& make_store,
                              so::testing::ContractOptions<HookedStore> options = fault_options()) {
  return finding_among(so::testing::installation_store_contract(make_store, std::move(options)), check_name);
}

}  // namespace kit_tests
