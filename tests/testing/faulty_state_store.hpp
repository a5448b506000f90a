// A correct store of states, and stores that are wrong in one way each, with the check that is meant to say so.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/testing/state_store_contract.hpp"
#include "support/state_clock.hpp"

namespace kit_tests {

namespace so = slack::oauth;
using nlohmann::json;

struct StateStorage {
  struct Kept {
    json payload;
    so::Timestamp expires_at;
  };

  std::mutex mutex;
  std::map<std::string, Kept> states;
  test::StateClock clock;
  std::atomic<bool> is_broken = false;
};

/// Each method does its work by the functions that follow it, which a fault replaces.
class SimpleStateStore : public so::OAuthStateStore {
 public:
  static constexpr std::chrono::seconds expiration{600};

  explicit SimpleStateStore(std::shared_ptr<StateStorage> storage = std::make_shared<StateStorage>())
      : storage_(std::move(storage)) {}

  std::function<std::string(const json&)> on_issue{};
  std::function<std::optional<json>(std::string_view)> on_consume{};

  [[nodiscard]] std::string issue(const json& payload = {}) override {
    return on_issue ? on_issue(payload) : issue_rightly(payload);
  }
  [[nodiscard]] std::optional<json> consume(std::string_view state) override {
    return on_consume ? on_consume(state) : consume_rightly(state);
  }

  std::string issue_rightly(const json& payload) {
    std::string state = so::generate_state();
    put(state, payload);
    return state;
  }

  void put(const std::string& state, const json& payload) {
    require_working();
    const auto text = so::detail::encode_state_payload(payload, 10'000);
    const std::lock_guard lock(storage_->mutex);
    purge();
    storage_->states[state] = {text ? json::parse(*text) : json(), now() + expiration};
  }

  std::optional<json> consume_rightly(std::string_view state) {
    require_working();
    const std::lock_guard lock(storage_->mutex);
    const auto found = storage_->states.find(std::string(state));
    if (found == storage_->states.end()) return std::nullopt;
    const auto kept = std::move(found->second);
    storage_->states.erase(found);
    return now() < kept.expires_at ? std::optional(kept.payload) : std::nullopt;
  }

  void require_working() const {
    if (is_broken()) throw so::StorageError({.backend = "simple", .native_code = "BROKEN"}, "it is broken");
  }
  [[nodiscard]] bool is_broken() const { return storage_->is_broken; }
  [[nodiscard]] so::Timestamp now() const { return storage_->clock.now(); }
  [[nodiscard]] StateStorage& storage() const { return *storage_; }
  [[nodiscard]] std::shared_ptr<StateStorage> shared_storage() const { return storage_; }

  void purge() const {
    std::erase_if(storage_->states, [this](const auto& state) { return now() >= state.second.expires_at; });
  }

 private:
  std::shared_ptr<StateStorage> storage_;
};

using BreakStateStore = std::function<void(SimpleStateStore&)>;

struct StateFault {
  std::string check;  ///< that has to fail
  std::string what;
  BreakStateStore break_it;
  std::string also = {};  ///< a check that may fail too
};

/// `break_it` is applied to a second store on the same storage too.
inline so::testing::StateContractOptions<SimpleStateStore> state_fault_options(const BreakStateStore& break_it) {
  so::testing::StateContractOptions<SimpleStateStore> options;
  options.advance_clock = [](SimpleStateStore& store, std::chrono::seconds time) {
    store.storage().clock.advance(time);
  };
  options.count_states = [](SimpleStateStore& store) { return store.storage().states.size(); };
  options.reopen = [break_it](SimpleStateStore& store) {
    auto other = std::make_shared<SimpleStateStore>(store.shared_storage());
    break_it(*other);
    return other;
  };
  options.break_storage = [](SimpleStateStore& store) {
    store.storage().is_broken = true;
    return [storage = store.shared_storage()] { storage->is_broken = false; };
  };
  options.expiration = SimpleStateStore::expiration;
  options.races = 20;
  return options;
}

inline std::vector<so::testing::Check> state_checks(const BreakStateStore& break_it) {
  const auto make_store = [break_it] {
    auto store = std::make_shared<SimpleStateStore>();
    break_it(*store);
    return store;
  };
  return so::testing::state_store_contract(make_store, state_fault_options(break_it));
}

[[nodiscard]] inline bool is_concurrent(const so::testing::Check& check) {
  return check.name().find("threads") != std::string::npos || check.name().find("same moment") != std::string::npos;
}

}  // namespace kit_tests
