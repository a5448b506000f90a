// Stores that are wrong in one way each about what they tell of their changes, and the check that is meant to say so.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/memory.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/testing/store_changes_contract.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"
#include "testing/finding.hpp"

namespace kit_tests {

namespace so = slack::oauth;

/// What may be wrong with a store's changes.
struct ChangesFlaws {
  bool hears_nothing = false;
  bool misses_replacements = false;
  bool names_another_workspace = false;
  bool never_forgets = false;
  bool hears_lookups = false;
  bool shares_what_was_taken = false;
  bool needs_its_store = false;
  bool hears_own_store_only = false;
  bool tells_late = false;
};

/// Counts the writes, as the memory store does, and loses count where it is flawed.
struct WriteCount {
  std::atomic<int> writes = 0;
  std::atomic<int> taken = 0;  // where all share it
  std::atomic<bool> is_store_alive = true;
};

class FaultyChanges final : public so::StoreChanges {
 public:
  FaultyChanges(ChangesFlaws flaws, std::shared_ptr<WriteCount> count)
      : flaws_(flaws), count_(std::move(count)), seen_(count_->writes.load()) {}

  [[nodiscard]] bool may_have_changed() override {
    if (flaws_.hears_nothing || (flaws_.needs_its_store && !count_->is_store_alive)) return false;
    return count_->writes != (flaws_.shares_what_was_taken ? count_->taken : seen_);
  }

  [[nodiscard]] so::WorkspaceChanges take() override {
    const bool has_changed = may_have_changed();
    const int writes = count_->writes;
    if (!flaws_.never_forgets) (flaws_.shares_what_was_taken ? count_->taken : seen_) = writes;
    if (flaws_.names_another_workspace && has_changed) return {.workspaces = {{.team_id = "T404"}}};
    return {.anything = has_changed};
  }

 private:
  ChangesFlaws flaws_;
  std::shared_ptr<WriteCount> count_;
  std::atomic<int> seen_;
};

class TellingStore : public so::ForwardingInstallationStore {
 public:
  explicit TellingStore(
      ChangesFlaws flaws = {},
      std::shared_ptr<so::InstallationStore> storage = std::make_shared<so::MemoryInstallationStore>(),
      std::shared_ptr<WriteCount> count = std::make_shared<WriteCount>())
      : so::ForwardingInstallationStore(storage),
        flaws_(flaws),
        storage_(std::move(storage)),
        count_(std::move(count)) {}
  TellingStore(const TellingStore&) = delete;
  TellingStore& operator=(const TellingStore&) = delete;
  ~TellingStore() override { count_->is_store_alive = false; }

  [[nodiscard]] std::shared_ptr<TellingStore> another() const {
    return std::make_shared<TellingStore>(flaws_, storage_,
                                          flaws_.hears_own_store_only ? std::make_shared<WriteCount>() : count_);
  }

  void save(const so::Installation& installation) override {
    wrapped().save(installation);
    if (flaws_.tells_late) {
      std::thread([count = count_] {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        ++count->writes;
      }).detach();
    } else {
      ++count_->writes;
    }
  }
  void save_bot(const so::Bot& bot) override {
    told([&] { wrapped().save_bot(bot); });
  }
  void delete_bot(const so::WorkspaceRef& ref) override {
    told([&] { wrapped().delete_bot(ref); });
  }
  void delete_installation(const so::InstallationRef& ref) override {
    told([&] { wrapped().delete_installation(ref); });
  }
  void delete_installations(const so::WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    told([&] { wrapped().delete_installations(ref, user_ids); });
  }
  void delete_all(const so::WorkspaceRef& ref) override {
    told([&] { wrapped().delete_all(ref); });
  }
  bool replace_tokens(const so::TokenReplacement& replacement) override {
    const bool is_replaced = wrapped().replace_tokens(replacement);
    if (!flaws_.misses_replacements) ++count_->writes;
    return is_replaced;
  }
  bool replace_bot(const std::optional<so::Bot>& stored, const std::optional<so::Bot>& bot) override {
    const bool is_replaced = wrapped().replace_bot(stored, bot);
    ++count_->writes;
    return is_replaced;
  }
  bool replace_installation(const std::optional<so::Installation>& stored,
                            const std::optional<so::Installation>& installation) override {
    const bool is_replaced = wrapped().replace_installation(stored, installation);
    ++count_->writes;
    return is_replaced;
  }
  [[nodiscard]] std::optional<so::Bot> find_bot(const so::BotQuery& query) const override {
    if (flaws_.hears_lookups) ++count_->writes;
    return wrapped().find_bot(query);
  }
  [[nodiscard]] std::unique_ptr<so::StoreChanges> changes() const override {
    return std::make_unique<FaultyChanges>(flaws_, count_);
  }

 private:
  template <class Write>
  void told(const Write& write) {
    write();
    ++count_->writes;
  }

  ChangesFlaws flaws_;
  std::shared_ptr<so::InstallationStore> storage_;
  std::shared_ptr<WriteCount> count_;
};

struct ChangesFault {
  std::string check;  ///< that has to fail
  std::string what;
  ChangesFlaws flaws;
};

inline std::vector<ChangesFault> changes_faults() {
  const std::string every = "changes: every kind of write is heard, and no other after it";
  return {
      {every, "hears nothing", {.hears_nothing = true}},
      {every, "misses replacements", {.misses_replacements = true}},
      {every, "names another workspace", {.names_another_workspace = true}},
      {every, "does not forget what was taken", {.never_forgets = true}},
      {"changes: look-ups are not heard", "hears them", {.hears_lookups = true}},
      {"changes: each hears for itself, from when it was made",
       "forgets what any of them has taken",
       {.shares_what_was_taken = true}},
      {"changes: they may outlive the store", "hears nothing any more", {.needs_its_store = true}},
      {"changes: what another store on the same storage writes is heard",
       "hears its own store",
       {.hears_own_store_only = true}},
      {"changes: a copy that is read anew whenever something may have changed is not stale",
       "tells of a save when it has returned",
       {.tells_late = true}},
  };
}

inline std::vector<so::testing::Check> changes_checks(ChangesFlaws flaws) {
  so::testing::ChangesContractOptions<TellingStore> options;
  options.same_storage = [](TellingStore& store) { return store.another(); };
  return so::testing::store_changes_contract([flaws] { return std::make_shared<TellingStore>(flaws); }, options);
}

}  // namespace kit_tests
