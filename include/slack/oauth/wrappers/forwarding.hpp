// A store that hands every call to another one: the base of stores that add something around any store. Override what
// should differ, and call the base for the rest.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/installation_store.hpp"

namespace slack::oauth::inline v0 {

/// To wrap another store of this very class, pass it as a std::shared_ptr: a reference would ask for a copy.
///
/// Threads: as safe as the store that it wraps.
template <class InstallationT, class BotT>
class BasicForwardingInstallationStore : public BasicInstallationStore<InstallationT, BotT> {
 public:
  using Store = BasicInstallationStore<InstallationT, BotT>;

  /// Shares the ownership of `store`. Throws InvalidArgumentError where it is null.
  explicit BasicForwardingInstallationStore(std::shared_ptr<Store> store) : store_(std::move(store)) {
    if (store_ == nullptr) throw InvalidArgumentError("store", "must not be null");
  }

  /// Borrows `store`, which has to outlive this one.
  explicit BasicForwardingInstallationStore(Store& store) : store_(std::shared_ptr<Store>(), &store) {}

  [[nodiscard]] const Logger& logger() const override { return store_->logger(); }
  void save(const InstallationT& installation) override { store_->save(installation); }
  void save_bot(const BotT& bot) override { store_->save_bot(bot); }
  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override { return store_->find_bot(query); }
  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    return store_->find_installation(query);
  }
  void delete_bot(const WorkspaceRef& ref) override { store_->delete_bot(ref); }
  void delete_installation(const InstallationRef& ref) override { store_->delete_installation(ref); }
  void delete_all(const WorkspaceRef& ref) override { store_->delete_all(ref); }
  void for_each_bot(std::function<void(const BotT&)> visit) const override { store_->for_each_bot(std::move(visit)); }
  void for_each_installation(std::function<void(const InstallationT&)> visit) const override {
    store_->for_each_installation(std::move(visit));
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    return store_->try_lease(ref, lifetime);
  }

 protected:
  [[nodiscard]] Store& wrapped() noexcept { return *store_; }
  [[nodiscard]] const Store& wrapped() const noexcept { return *store_; }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace slack::oauth::inline v0
