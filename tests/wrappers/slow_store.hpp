// A store in memory that takes a while now and then.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/store_changes.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

namespace test {

/// Before and after each call of the store, so that look-ups and writes overlap in each way.
struct Pauses {
  Pauses() { pause(); }
  Pauses(const Pauses&) = delete;
  Pauses& operator=(const Pauses&) = delete;
  ~Pauses() { pause(); }

  static void pause() {
    thread_local std::minstd_rand random(std::random_device{}());
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds{20});
  }
};

/// Between the moment in which a change is taken and that in which it is told, others may ask.
struct SlowChanges final : slack::oauth::StoreChanges {
  explicit SlowChanges(std::unique_ptr<slack::oauth::StoreChanges> changes) : inner(std::move(changes)) {}
  bool may_have_changed() override { return inner->may_have_changed(); }
  slack::oauth::WorkspaceChanges take() override {
    const Pauses pauses;
    return inner->take();
  }

  std::unique_ptr<slack::oauth::StoreChanges> inner;
};

/// Reports changes where it is told to.
struct SlowStore : slack::oauth::ForwardingInstallationStore {
  using Base = slack::oauth::ForwardingInstallationStore;

  explicit SlowStore(bool reports)
      : Base(std::make_shared<slack::oauth::MemoryInstallationStore>()), reports_changes(reports) {}

  std::optional<slack::oauth::Bot> find_bot(const slack::oauth::BotQuery& query) const override {
    const Pauses pauses;
    return Base::find_bot(query);
  }
  std::optional<slack::oauth::Installation> find_installation(
      const slack::oauth::InstallationQuery& query) const override {
    const Pauses pauses;
    return Base::find_installation(query);
  }
  void save(const slack::oauth::Installation& installation) override {
    const Pauses pauses;
    Base::save(installation);
  }
  void save_bot(const slack::oauth::Bot& bot) override {
    const Pauses pauses;
    Base::save_bot(bot);
  }
  void delete_bot(const slack::oauth::WorkspaceRef& ref) override {
    const Pauses pauses;
    Base::delete_bot(ref);
  }
  void delete_installation(const slack::oauth::InstallationRef& ref) override {
    const Pauses pauses;
    Base::delete_installation(ref);
  }
  void delete_installations(const slack::oauth::WorkspaceRef& ref, std::span<const std::string_view> users) override {
    const Pauses pauses;
    Base::delete_installations(ref, users);
  }
  void delete_all(const slack::oauth::WorkspaceRef& ref) override {
    const Pauses pauses;
    Base::delete_all(ref);
  }
  bool replace_tokens(const slack::oauth::TokenReplacement& replacement) override {
    const Pauses pauses;
    return Base::replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<slack::oauth::Bot>& stored,
                   const std::optional<slack::oauth::Bot>& bot) override {
    const Pauses pauses;
    return Base::replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<slack::oauth::Installation>& stored,
                            const std::optional<slack::oauth::Installation>& installation) override {
    const Pauses pauses;
    return Base::replace_installation(stored, installation);
  }
  std::unique_ptr<slack::oauth::StoreChanges> changes() const override {
    return reports_changes ? std::make_unique<SlowChanges>(Base::changes()) : nullptr;
  }

  bool reports_changes;
};

}  // namespace test
