// A store that passes every call to another one: the base of stores that add something around any store. Override what
// should differ, and call the base for the rest.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
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
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    store_->delete_installations(ref, user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override { store_->delete_all(ref); }
  void for_each_bot(std::function<void(const BotT&)> visit) const override { store_->for_each_bot(std::move(visit)); }
  void for_each_installation(std::function<void(const InstallationT&)> visit) const override {
    store_->for_each_installation(std::move(visit));
  }
  bool replace_tokens(const TokenReplacement& replacement) override { return store_->replace_tokens(replacement); }
  bool replace_bot(const std::optional<BotT>& stored, const std::optional<BotT>& bot) override {
    return store_->replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<InstallationT>& stored,
                            const std::optional<InstallationT>& installation) override {
    return store_->replace_installation(stored, installation);
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    return store_->try_lease(ref, lifetime);
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds timeout) override {
    return store_->wait_lease(ref, lifetime, timeout);
  }
  [[nodiscard]] LeaseScope lease_scope() const override { return store_->lease_scope(); }
  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const override { return store_->changes(); }

 protected:
  [[nodiscard]] Store& wrapped() noexcept { return *store_; }
  [[nodiscard]] const Store& wrapped() const noexcept { return *store_; }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace slack::oauth::inline v0
