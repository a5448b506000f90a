// Stores whose leases are wrong in one way each, and the check that is meant to say so.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/memory.hpp"
#include "slack/oauth/testing/workspace_lease_contract.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"
#include "testing/finding.hpp"

namespace kit_tests {

namespace so = slack::oauth;

/// What may be wrong with a store's leases.
struct LeaseFlaws {
  bool gives_it_to_anybody = false;
  bool never_ends = false;
  bool is_never_held = false;
  bool is_held_for_ever = false;
  bool gives_back_anybodys = false;
  bool never_gives_back = false;
  bool overflows = false;
  bool looks_before_it_takes = false;
  bool ignores_client = false;
  bool ignores_storage = false;
  bool needs_its_store = false;
  bool tells_empty_from_absent = false;
  bool ignores_enterprise = false;
  bool joins_ids = false;
  bool cuts_ids = false;
  bool takes_no_ids = false;
  bool takes_any_lifetime = false;
  bool ends_with_delete_all = false;
  bool is_a_record = false;
  bool lasts_too_long = false;
  bool renews_nothing = false;
  bool never_shortens = false;
  bool revives = false;
  bool renews_anybodys = false;
  bool gives_back_all = false;
  bool says_threads = false;
  bool swaps_times = false;
  bool does_not_wait = false;
  bool looks_at_the_end_it_saw = false;
  bool looks_when_told = false;
};

inline constexpr std::chrono::milliseconds longest = std::chrono::hours{1000};

/// What several stores may share.
struct LeaseStorage {
  struct Holder {
    int number = 0;
    std::chrono::steady_clock::time_point until{};
  };

  std::mutex mutex{};
  std::map<std::string, Holder> holders{};
  int last = 0;
};

class LeasingStore : public so::ForwardingInstallationStore {
 public:
  explicit LeasingStore(LeaseFlaws flaws = {}, std::shared_ptr<LeaseStorage> storage = std::make_shared<LeaseStorage>(),
                        std::string client_id = "client")
      : so::ForwardingInstallationStore(std::make_shared<so::MemoryInstallationStore>()),
        flaws_(flaws),
        storage_(flaws.ignores_storage ? std::make_shared<LeaseStorage>() : std::move(storage)),
        client_id_(flaws.ignores_client ? "" : std::move(client_id)) {}

  ~LeasingStore() override {
    if (flaws_.needs_its_store) *is_alive_ = false;
  }

  [[nodiscard]] const LeaseFlaws& flaws() const { return flaws_; }
  [[nodiscard]] const std::shared_ptr<LeaseStorage>& storage() const { return storage_; }

  void delete_all(const so::WorkspaceRef& ref) override {
    wrapped().delete_all(ref);
    if (!flaws_.ends_with_delete_all) return;
    const std::lock_guard lock(storage_->mutex);
    storage_->holders.clear();
  }

  std::unique_ptr<so::WorkspaceLease> try_lease(const so::WorkspaceRef& ref,
                                                std::chrono::milliseconds lifetime) override {
    const std::string enterprise_id(ref.enterprise_id.value_or(""));
    const std::string team_id(ref.team_id.value_or(""));
    if (enterprise_id.empty() && team_id.empty() && !flaws_.takes_no_ids) {
      throw so::InvalidArgumentError("team_id", "is missing");
    }
    if (lifetime.count() <= 0 && !flaws_.takes_any_lifetime) throw so::InvalidArgumentError("lifetime", "is wrong");
    if (flaws_.is_a_record) wrapped().save({.enterprise_id = enterprise_id, .team_id = team_id, .bot_token = "lease"});
    const std::string key = key_of(ref, enterprise_id, team_id);
    const auto now = std::chrono::steady_clock::now();
    // What a sum that overflows comes to, without one.
    if (lifetime > longest) lifetime = flaws_.overflows ? std::chrono::milliseconds{-1} : longest;
    if (flaws_.lasts_too_long && lifetime < longest / 2) lifetime *= 2;
    const auto until = flaws_.never_ends ? std::chrono::steady_clock::time_point::max() : now + lifetime;

    std::unique_lock lock(storage_->mutex);
    const auto found = storage_->holders.find(key);
    const bool is_free = found == storage_->holders.end() || found->second.until <= now;
    if (!is_free && !flaws_.gives_it_to_anybody) return nullptr;
    if (flaws_.looks_before_it_takes) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::microseconds{100});
      lock.lock();
    }
    storage_->holders[key] = {++storage_->last, until};
    return std::make_unique<Lease>(flaws_, storage_, key, storage_->last, is_alive_);
  }

  std::unique_ptr<so::WorkspaceLease> wait_lease(const so::WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                 std::chrono::milliseconds timeout) override {
    if (flaws_.swaps_times) std::swap(lifetime, timeout);
    if (flaws_.does_not_wait) return try_lease(ref, lifetime);
    if (!flaws_.looks_at_the_end_it_saw && !flaws_.looks_when_told) {
      return so::InstallationStore::wait_lease(ref, lifetime, timeout);
    }
    if (auto lease = try_lease(ref, lifetime)) return lease;
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto seen = holder_of(ref);
    const auto has_changed = [&] { return holder_of(ref).number != seen.number; };
    const auto wakes_at = flaws_.looks_at_the_end_it_saw ? std::min(seen.until, deadline) : deadline;
    while (std::chrono::steady_clock::now() < wakes_at && (flaws_.looks_at_the_end_it_saw || !has_changed())) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return wakes_at == deadline && !(flaws_.looks_when_told && has_changed()) ? nullptr : try_lease(ref, lifetime);
  }

  [[nodiscard]] so::LeaseScope lease_scope() const override {
    return flaws_.says_threads ? so::LeaseScope::threads : so::LeaseScope::processes;
  }

 private:
  [[nodiscard]] LeaseStorage::Holder holder_of(const so::WorkspaceRef& ref) const {
    const std::lock_guard lock(storage_->mutex);
    const auto found = storage_->holders.find(
        key_of(ref, std::string(ref.enterprise_id.value_or("")), std::string(ref.team_id.value_or(""))));
    return found == storage_->holders.end() ? LeaseStorage::Holder{} : found->second;
  }

  class Lease : public so::WorkspaceLease {
   public:
    Lease(LeaseFlaws flaws, std::shared_ptr<LeaseStorage> storage, std::string key, int number,
          std::shared_ptr<bool> is_store_alive)
        : flaws_(flaws),
          storage_(std::move(storage)),
          key_(std::move(key)),
          number_(number),
          is_store_alive_(std::move(is_store_alive)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ~Lease() override {
      if (flaws_.never_gives_back || !*is_store_alive_) return;
      const std::lock_guard lock(storage_->mutex);
      const auto found = storage_->holders.find(key_);
      if (found == storage_->holders.end()) return;
      if (found->second.number != number_ && !flaws_.gives_back_anybodys) return;
      flaws_.gives_back_all ? storage_->holders.clear() : static_cast<void>(storage_->holders.erase(found));
    }

    [[nodiscard]] bool is_held() const override {
      if (flaws_.is_never_held || flaws_.is_held_for_ever) return flaws_.is_held_for_ever;
      const std::lock_guard lock(storage_->mutex);
      const auto found = storage_->holders.find(key_);
      return found != storage_->holders.end() && found->second.number == number_ &&
             std::chrono::steady_clock::now() < found->second.until;
    }

    [[nodiscard]] bool renew(std::chrono::milliseconds lifetime) override {
      if (lifetime.count() <= 0 && !flaws_.takes_any_lifetime) throw so::InvalidArgumentError("lifetime", "is wrong");
      const std::lock_guard lock(storage_->mutex);
      const auto now = std::chrono::steady_clock::now();
      const auto found = storage_->holders.find(key_);
      if (found == storage_->holders.end()) return false;
      const bool is_own = found->second.number == number_;
      const auto until = now + std::min(lifetime, longest);
      if (is_own && flaws_.renews_nothing) return true;
      if (is_own || flaws_.renews_anybodys) {
        if (found->second.until <= now && !flaws_.revives) return false;
        found->second.until = flaws_.never_shortens ? std::max(found->second.until, until) : until;
      }
      return is_own;
    }

   private:
    LeaseFlaws flaws_;
    std::shared_ptr<LeaseStorage> storage_;
    std::string key_;
    int number_;
    std::shared_ptr<bool> is_store_alive_;
  };

  [[nodiscard]] std::string key_of(const so::WorkspaceRef& ref, const std::string& enterprise_id,
                                   const std::string& team_id) const {
    std::string key = client_id_ + '\n';
    if (flaws_.tells_empty_from_absent) key += ref.enterprise_id ? '1' : '0';
    if (!flaws_.ignores_enterprise) key += std::to_string(flaws_.joins_ids ? 0 : enterprise_id.size()) + ' ';
    if (!flaws_.ignores_enterprise || team_id.empty()) key += enterprise_id;
    if (flaws_.joins_ids && !enterprise_id.empty() && !team_id.empty()) key += '-';
    return key + (flaws_.cuts_ids ? std::string(team_id.c_str()) : team_id);
  }

  LeaseFlaws flaws_;
  std::shared_ptr<LeaseStorage> storage_;
  std::string client_id_;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

struct LeaseFault {
  std::string check;  ///< that has to fail
  std::string what;
  LeaseFlaws flaws;
};

inline std::vector<LeaseFault> lease_faults() {
  return {
      {"lease: one holder at a time", "gives it to anybody", {.gives_it_to_anybody = true}},
      {"lease: one holder at a time", "never says that it is held", {.is_never_held = true}},
      {"lease: one holder at a time", "does not take it back", {.never_gives_back = true}},
      {"lease: it ends by itself after its lifetime", "never ends it", {.never_ends = true}},
      {"lease: it ends by itself after its lifetime", "says that it is held for ever", {.is_held_for_ever = true}},
      {"lease: giving back one that has ended leaves the next holder's alone",
       "gives back anybody's",
       {.gives_back_anybodys = true}},
      {"lease: the longest lifetime is one", "adds it to the time, and overflows", {.overflows = true}},
      {"lease: it outlives its store", "cannot give it back without the store", {.needs_its_store = true}},
      {"lease: stores on one storage share it", "keeps it to itself", {.ignores_storage = true}},
      {"lease: those of another client_id do not meet", "ignores the client_id", {.ignores_client = true}},
      {"lease: an absent id and an empty one are the same", "tells them apart", {.tells_empty_from_absent = true}},
      {"lease: ids are data, and no two share one", "goes by the team_id alone", {.ignores_enterprise = true}},
      {"lease: ids are data, and no two share one", "joins the two ids", {.joins_ids = true}},
      {"lease: ids are data, and no two share one", "cuts an id at a zero byte", {.cuts_ids = true}},
      {"lease: neither id is refused", "takes no ids", {.takes_no_ids = true}},
      {"lease: a lifetime that is not positive is refused", "takes any lifetime", {.takes_any_lifetime = true}},
      {"lease: other calls do not wait for it, nor end it", "ends it with delete_all", {.ends_with_delete_all = true}},
      {"lease: it is no record", "makes a record of it", {.is_a_record = true}},
      {"lease: it lasts no longer than it was taken for", "lasts twice as long", {.lasts_too_long = true}},
      {"lease: renewing makes it last from now", "renews nothing", {.renews_nothing = true}},
      {"lease: renewing makes it last no longer than asked for", "never shortens it", {.never_shortens = true}},
      {"lease: one that has ended is not renewed, and stays ended", "revives it", {.revives = true}},
      {"lease: renewing one that has ended leaves the next holder's alone",
       "renews whoever has it",
       {.renews_anybodys = true}},
      {"lease: giving back, renewing and ending one leaves other workspaces' alone",
       "gives back all",
       {.gives_back_all = true}},
      {"lease: lease_scope says how far the turns reach", "says less", {.says_threads = true}},
      {"lease: wait_lease gives one that nobody holds, for as long as asked",
       "takes the timeout for the lifetime",
       {.swaps_times = true}},
      {"lease: wait_lease gives none while another holds it, after the timeout and not before",
       "does not wait",
       {.does_not_wait = true}},
      {"lease: wait_lease gives it when it is given back",
       "looks again when the one it saw would have ended",
       {.looks_at_the_end_it_saw = true}},
      {"lease: wait_lease gives it when it ends by itself", "looks again when it is told", {.looks_when_told = true}},
      {"lease: of many threads one has it", "looks before it takes", {.looks_before_it_takes = true}},
  };
}

inline so::testing::LeaseContractOptions<LeasingStore> lease_fault_options(
    std::chrono::milliseconds patience = std::chrono::seconds{10}) {
  so::testing::LeaseContractOptions<LeasingStore> options;
  options.same_storage = [](LeasingStore& store) {
    return std::make_shared<LeasingStore>(store.flaws(), store.storage());
  };
  options.other_client = [](LeasingStore& store) {
    return std::make_shared<LeasingStore>(store.flaws(), store.storage(), "another client");
  };
  options.scope = so::LeaseScope::processes;
  options.short_lifetime = std::chrono::milliseconds{10};
  options.patience = patience;
  return options;
}

/// What the check of that name says about such stores; empty where it is content.
inline std::string lease_finding_of(std::string_view check_name, LeaseFlaws flaws, std::chrono::milliseconds patience) {
  return finding_among(so::testing::workspace_lease_contract([flaws] { return std::make_shared<LeasingStore>(flaws); },
                                                             lease_fault_options(patience)),
                       check_name);
}

}  // namespace kit_tests
