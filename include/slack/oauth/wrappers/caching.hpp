// A cache in front of any store, so that a look-up on every event costs a look into memory.
//
//     slack::oauth::Stores stores = slack::oauth::cached(…);   // the stores of an engine: docs/stores/index.md
//
// docs/caching.md says what it promises over each engine.
//
// Needs nlohmann/json and threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "slack/oauth/detail/hashing.hpp"
#include "slack/oauth/fwd.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/stores.hpp"
#include "slack/oauth/workspace_key.hpp"
#include "slack/oauth/wrappers/caching/generations.hpp"
#include "slack/oauth/wrappers/caching/options.hpp"
#include "slack/oauth/wrappers/caching/outage.hpp"
#include "slack/oauth/wrappers/caching/record_cache.hpp"
#include "slack/oauth/wrappers/caching/records.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace slack::oauth::inline v0 {

/// Keeps what look-ups found, also that they found nothing. The store that it wraps obeys docs/contract.md,
/// and its look-ups show what it has just written: a PostgreSQL store with a read replica's do not.
///
/// What is written through this store is seen by every look-up that begins after the write returned or threw. What
/// others write is seen as soon as the store's changes() reports it: the comment of its class of changes says how soon
/// that is. Where changes() gives nothing, it is seen after CacheOptions::expiration at the latest. Whoever gets the
/// turn of a workspace (try_lease, wait_lease) sees what was written before.
///
/// A look-up that throws leaves nothing in the cache. for_each_bot() and for_each_installation() read the storage.
///
/// Threads: any thread may call any method at any time. A hit takes no lock of the cache; docs/caching.md says what it
/// costs to ask each engine's changes() before it. Threads that miss the same record make one look-up; where that
/// throws, each of the others makes its own. Not to be used on the other side of a fork().
///
/// `Generations` is a seam for tests of the tests: leave it as it is.
template <class InstallationT, class BotT, class Generations>
class BasicCachingInstallationStore : public BasicForwardingInstallationStore<InstallationT, BotT> {
  using Base = BasicForwardingInstallationStore<InstallationT, BotT>;

 public:
  using typename Base::Store;

  /// Shares the ownership of `store`. Throws an InvalidArgumentError that names the option, and what changes() throws.
  explicit BasicCachingInstallationStore(std::shared_ptr<Store> store, CacheOptions options = {})
      : Base(std::move(store)), options_(checked(std::move(options))) {}

  /// Borrows `store`, which has to outlive this one.
  explicit BasicCachingInstallationStore(Store& store, CacheOptions options = {})
      : Base(store), options_(checked(std::move(options))) {}

  [[nodiscard]] std::optional<BotT> find_bot(const BotQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key) return Base::find_bot(query);
    return bots_.template find<std::optional<BotT>>(
        cache_key(*key), [](const auto& node, auto& answer) { answer = node.record; }, copy_of<BotT>,
        [&] { return Base::find_bot(query); });
  }

  [[nodiscard]] std::optional<InstallationT> find_installation(const InstallationQuery& query) const override {
    const auto key = detail::key_of(query);
    if (!key || detail::names_nobody(query.user_id)) return Base::find_installation(query);
    return installations_.template find<std::optional<InstallationT>>(
        cache_key(*key, query.user_id), [](const auto& node, auto& answer) { answer = node.record; },
        copy_of<InstallationT>, [&] { return Base::find_installation(query); });
  }

  /// Does the same as find_bot(), and does not copy the record; nullptr where it finds none. The record stays as it is
  /// whatever is saved or deleted later, and may outlive the store.
  [[nodiscard]] std::shared_ptr<const BotT> bot_snapshot(const BotQuery& query) const {
    const auto key = detail::key_of(query);
    if (!key) return nullptr;
    return bots_.template find<std::shared_ptr<const BotT>>(
        cache_key(*key), [](const auto& node, auto& answer) { answer = node.snapshot(); }, std::identity(),
        [&] { return Base::find_bot(query); });
  }

  /// Does the same as find_installation(), and does not copy the record; as bot_snapshot().
  [[nodiscard]] std::shared_ptr<const InstallationT> installation_snapshot(const InstallationQuery& query) const {
    const auto key = detail::key_of(query);
    if (!key || detail::names_nobody(query.user_id)) return nullptr;
    return installations_.template find<std::shared_ptr<const InstallationT>>(
        cache_key(*key, query.user_id), [](const auto& node, auto& answer) { answer = node.snapshot(); },
        std::identity(), [&] { return Base::find_installation(query); });
  }

  /// Lets no look-up that begins from now on be answered by what was read of the workspace before: for an app that
  /// hears by itself of what others wrote.
  void forget(const WorkspaceRef& ref) {
    if (const auto key = detail::key_of(ref)) generations_.forget(generations_.hash_of(*key));
  }

  [[nodiscard]] CacheStatistics statistics() const {
    CacheStatistics statistics;
    bots_.add_to(statistics);
    installations_.add_to(statistics);
    statistics.unheard = generations_.unheard();
    return statistics;
  }

  void save(const InstallationT& installation) override {
    const Writing writing(*this, detail::key_of(installation));
    Base::save(installation);
  }
  void save_bot(const BotT& bot) override {
    const Writing writing(*this, detail::key_of(bot));
    Base::save_bot(bot);
  }
  void delete_bot(const WorkspaceRef& ref) override {
    const Writing writing(*this, detail::key_of(ref));
    Base::delete_bot(ref);
  }
  void delete_installation(const InstallationRef& ref) override {
    const Writing writing(*this, detail::key_of(ref));
    Base::delete_installation(ref);
  }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    const Writing writing(*this, detail::key_of(ref));
    Base::delete_installations(ref, user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override {
    const Writing writing(*this, detail::key_of(ref));
    Base::delete_all(ref);
  }
  bool replace_tokens(const TokenReplacement& replacement) override {
    const Writing writing(*this, detail::key_of(replacement));
    return Base::replace_tokens(replacement);
  }
  bool replace_bot(const std::optional<BotT>& stored, const std::optional<BotT>& bot) override {
    const Writing writing(*this, key_of_either(stored, bot));
    return Base::replace_bot(stored, bot);
  }
  bool replace_installation(const std::optional<InstallationT>& stored,
                            const std::optional<InstallationT>& installation) override {
    const Writing writing(*this, key_of_either(stored, installation));
    return Base::replace_installation(stored, installation);
  }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& ref,
                                                          std::chrono::milliseconds lifetime) override {
    return with_fresh_records(ref, Base::try_lease(ref, lifetime));
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds timeout) override {
    return with_fresh_records(ref, Base::wait_lease(ref, lifetime, timeout));
  }

 private:
  /// Whether a write that throws was carried out, nobody knows: it ends like any other.
  class Writing {
   public:
    Writing(BasicCachingInstallationStore& store, const std::optional<WorkspaceKey>& key)
        : generations_(store.generations_) {
      if (!key) return;  // the store writes nothing
      workspace_hash_ = generations_.hash_of(*key);
      generations_.begin_write(*workspace_hash_);
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    ~Writing() {
      if (workspace_hash_) generations_.end_write(*workspace_hash_);
    }

   private:
    Generations& generations_;
    std::optional<std::uint64_t> workspace_hash_{};
  };

  [[nodiscard]] static CacheOptions checked(CacheOptions options) {
    detail::require_cache_options(options);
    return options;
  }

  template <class Record>
  [[nodiscard]] static std::optional<Record> copy_of(const std::shared_ptr<const Record>& record) {
    return record == nullptr ? std::nullopt : std::optional(*record);
  }

  template <class Record>
  [[nodiscard]] static std::optional<WorkspaceKey> key_of_either(const std::optional<Record>& stored,
                                                                 const std::optional<Record>& record) {
    if (!stored && !record) return std::nullopt;
    return detail::key_of(stored ? *stored : *record);
  }

  [[nodiscard]] detail::CacheKey cache_key(const WorkspaceKey& workspace, OptionalId user_id = std::nullopt) const {
    detail::CacheKey key{workspace, user_id, generations_.hash_of(workspace)};
    key.hash = key.workspace_hash;
    if (user_id) key.hash = detail::mixed_bits(key.hash + std::hash<std::string_view>{}(*user_id));
    if (key.hash == 0) key.hash = 1;
    return key;
  }

  /// The turn is for a decision, and what others wrote before they gave it back may not be heard of yet.
  [[nodiscard]] std::unique_ptr<WorkspaceLease> with_fresh_records(const WorkspaceRef& ref,
                                                                   std::unique_ptr<WorkspaceLease> lease) {
    if (lease != nullptr) forget(ref);
    return lease;
  }

  CacheOptions options_;
  mutable Generations generations_{this->wrapped().changes(), options_, this->logger()};
  mutable detail::Outage outage_{};
  mutable detail::RecordCache<BotT, Generations> bots_{generations_, outage_, options_, this->logger(),
                                                       options_.max_bots};
  mutable detail::RecordCache<InstallationT, Generations> installations_{generations_, outage_, options_,
                                                                         this->logger(), options_.max_installations};
};

/// Returns the stores with a cache around their installations. The states and events are the same.
template <class InstallationT, class BotT>
[[nodiscard]] BasicStores<InstallationT, BotT> cached(BasicStores<InstallationT, BotT> stores,
                                                      CacheOptions options = {}) {
  stores.installations = std::make_shared<BasicCachingInstallationStore<InstallationT, BotT>>(
      std::move(stores.installations), std::move(options));
  return stores;
}

}  // namespace slack::oauth::inline v0
