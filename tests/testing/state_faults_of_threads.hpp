// What a store of states may do wrong between threads. None is a data race: each step takes the lock.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "faulty_state_store.hpp"

namespace kit_tests {

/// Looks, and then erases: another may have looked in between.
inline std::optional<json> consume_in_two_steps(SimpleStateStore& store, std::string_view state) {
  std::optional<json> payload;
  {
    const std::lock_guard lock(store.storage().mutex);
    const auto found = store.storage().states.find(std::string(state));
    if (found != store.storage().states.end()) payload = found->second.payload;
  }
  std::this_thread::sleep_for(std::chrono::microseconds{200});
  static_cast<void>(store.consume_rightly(state));
  return payload;
}

inline std::vector<StateFault> state_faults_of_threads() {
  return {
      {"rule 3: of threads that consume a state at the same moment one gets it", "looks and erases in two steps",
       [](SimpleStateStore& store) {
         const auto under_way = std::make_shared<std::atomic<int>>(0);
         store.on_consume = [&store, under_way](std::string_view state) {
           const bool has_company = ++*under_way > 1;
           auto payload = has_company ? consume_in_two_steps(store, state) : store.consume_rightly(state);
           std::this_thread::sleep_for(std::chrono::microseconds{50});
           --*under_way;
           return payload;
         };
       }},
      {"rule 3: threads with states of their own do not disturb one another", "passes payloads through a member",
       [](SimpleStateStore& store) {
         struct Member {
           std::mutex mutex;
           json payload;
         };
         const auto member = std::make_shared<Member>();
         store.on_issue = [&store, member](const json& payload) {
           {
             const std::lock_guard lock(member->mutex);
             member->payload = payload;
           }
           std::this_thread::sleep_for(std::chrono::microseconds{200});
           const std::lock_guard lock(member->mutex);
           return store.issue_rightly(member->payload);
         };
       }},
      {"rule 6: of stores that consume a state at the same moment one gets it", "has a lock of its own alone",
       [](SimpleStateStore& store) {
         const auto own = std::make_shared<std::mutex>();
         store.on_consume = [&store, own](std::string_view state) {
           const std::lock_guard lock(*own);
           return consume_in_two_steps(store, state);
         };
       }},
  };
}

}  // namespace kit_tests
