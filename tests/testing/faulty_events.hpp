// A correct EventDeduplicator, and such as are wrong in one way each, with the check that is meant to say so.
#pragma once

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/testing/event_deduplicator_contract.hpp"
#include "support/state_clock.hpp"

namespace kit_tests {

namespace so = slack::oauth;

struct EventStorage {
  struct Row {
    std::string holder{};  ///< empty where it was handled
    so::Timestamp expires_at{};
  };

  std::mutex mutex{};
  std::map<std::string, Row> rows{};
  test::StateClock clock{};
  std::atomic<bool> is_broken = false;
};

/// What may be wrong.
struct EventFault {
  std::string check{};  ///< that has to fail
  std::string what{};

  std::function<std::string(std::string)> key = nullptr;  ///< what it takes an event_id for
  bool claims_for_all = false;
  bool refuses_holder = false;
  bool looks_before_it_puts = false;
  bool forgets_marks = false;
  bool marks_claims_alone = false;
  bool releases_nothing = false;
  bool releases_no_long_holders = false;
  bool releases_for_all = false;
  bool releases_done = false;
  bool releases_ended = false;
  bool takes_any_id = false;
  bool claims_do_not_end = false;
  bool marks_end_early = false;
  bool purges_nothing = false;
  bool is_alone = false;
  bool ignores_client = false;
  bool claims_when_broken = false;
  bool marks_when_broken = false;
};

class SimpleEvents final : public so::EventDeduplicator {
 public:
  static constexpr std::chrono::seconds claim_lifetime{120};
  static constexpr std::chrono::seconds expiration{3600};

  SimpleEvents(EventFault fault, std::shared_ptr<EventStorage> storage, std::string client = "1.2")
      : fault_(std::move(fault)), storage_(std::move(storage)), client_(std::move(client)) {}

  [[nodiscard]] so::EventState claim(std::string_view event_id, std::string_view holder) override {
    require_id(event_id);
    if (storage_->is_broken && fault_.claims_when_broken) return so::EventState::claimed;
    require_working();
    std::unique_lock lock(storage_->mutex);
    purge();
    const std::string key = key_of(event_id);
    const auto found = storage_->rows.find(key);
    if (found != storage_->rows.end() && !has_ended(found->second)) {
      if (found->second.holder.empty()) return so::EventState::done;
      const bool is_own = found->second.holder == holder && !fault_.refuses_holder;
      if (!is_own && !fault_.claims_for_all) return so::EventState::in_progress;
    }
    if (fault_.looks_before_it_puts) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::microseconds{200});
      lock.lock();
    }
    storage_->rows[key] = {std::string(holder), now() + claim_lifetime};
    if (!first_holders_.contains(key)) first_holders_[key] = holder;
    return so::EventState::claimed;
  }

  void mark_done(std::string_view event_id) override {
    require_id(event_id);
    if (storage_->is_broken && fault_.marks_when_broken) return;
    require_working();
    const std::lock_guard lock(storage_->mutex);
    const std::string key = key_of(event_id);
    if (fault_.marks_claims_alone && !storage_->rows.contains(key)) return;
    if (fault_.forgets_marks) {
      storage_->rows.erase(key);
    } else {
      storage_->rows[key] = {{}, now() + (fault_.marks_end_early ? claim_lifetime : expiration)};
    }
  }

  void release(std::string_view event_id, std::string_view holder) override {
    require_working();
    if (fault_.releases_nothing || (fault_.releases_no_long_holders && holder.size() > 12)) return;
    const std::lock_guard lock(storage_->mutex);
    const std::string key = key_of(event_id);
    const auto found = storage_->rows.find(key);
    if (found == storage_->rows.end()) return;
    const bool is_done = found->second.holder.empty();
    const bool is_first = fault_.releases_ended && !is_done && first_holders_[key] == holder;
    if ((is_done && fault_.releases_done) || (!is_done && fault_.releases_for_all) || is_first ||
        found->second.holder == holder) {
      storage_->rows.erase(found);
    }
  }

  [[nodiscard]] EventStorage& storage() const { return *storage_; }
  [[nodiscard]] std::shared_ptr<so::EventDeduplicator> again(const std::string& client = "1.2") const {
    return std::make_shared<SimpleEvents>(fault_, fault_.is_alone ? std::make_shared<EventStorage>() : storage_,
                                          fault_.ignores_client ? client_ : client);
  }

 private:
  void require_id(std::string_view event_id) const {
    if (fault_.takes_any_id || so::is_event_id(event_id)) return;
    throw so::InvalidArgumentError("event_id", "is none");
  }
  void require_working() const {
    if (storage_->is_broken) throw so::StorageError({.backend = "simple", .native_code = "BROKEN"}, "it is broken");
  }
  [[nodiscard]] std::string key_of(std::string_view event_id) const {
    const std::string key(event_id);
    return client_ + "\n" + (fault_.key ? fault_.key(key) : key);
  }
  [[nodiscard]] so::Timestamp now() const { return storage_->clock.now(); }
  [[nodiscard]] bool has_ended(const EventStorage::Row& row) const {
    if (fault_.claims_do_not_end && !row.holder.empty()) return false;
    return now() >= row.expires_at;
  }
  void purge() const {
    if (fault_.purges_nothing) return;
    std::erase_if(storage_->rows, [this](const auto& row) { return has_ended(row.second); });
  }

  EventFault fault_;
  std::shared_ptr<EventStorage> storage_;
  std::string client_;
  std::map<std::string, std::string> first_holders_{};
};

inline std::vector<so::testing::Check> event_checks(const EventFault& fault) {
  const auto simple = [](so::EventDeduplicator& events) -> SimpleEvents& {
    return dynamic_cast<SimpleEvents&>(events);
  };
  so::testing::EventContractOptions options;
  options.advance_clock = [simple](so::EventDeduplicator& events, std::chrono::seconds time) {
    simple(events).storage().clock.advance(time);
  };
  options.count_events = [simple](so::EventDeduplicator& events) { return simple(events).storage().rows.size(); };
  options.reopen = [simple](so::EventDeduplicator& events) { return simple(events).again(); };
  options.open_for_another_app = [simple](so::EventDeduplicator& events) { return simple(events).again("1.20"); };
  options.break_storage = [simple](so::EventDeduplicator& events) {
    EventStorage& storage = simple(events).storage();
    storage.is_broken = true;
    return [&storage] { storage.is_broken = false; };
  };
  options.claim_lifetime = SimpleEvents::claim_lifetime;
  options.expiration = SimpleEvents::expiration;
  options.races = 10;
  return so::testing::event_deduplicator_contract(
      [fault] { return std::make_shared<SimpleEvents>(fault, std::make_shared<EventStorage>()); }, options);
}

inline std::vector<EventFault> event_faults() {
  const auto lower = [](std::string id) {
    std::transform(id.begin(), id.end(), id.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return id;
  };
  return {
      {.check = "rule 1: one claims an event, and another finds it in progress",
       .what = "gives everybody the claim",
       .claims_for_all = true},
      {.check = "rule 1: the holder of a claim gets it again",
       .what = "does not know a holder",
       .refuses_holder = true},
      {.check = "rule 1: events do not disturb one another",
       .what = "takes events that begin alike for one",
       .key = [](const std::string& id) { return id.substr(0, 4); }},
      {.check = "rule 1: of threads that claim an event at the same moment one gets it",
       .what = "looks before it puts",
       .looks_before_it_puts = true},
      {.check = "rule 2: an event that was marked is done, for everybody",
       .what = "forgets marks",
       .forgets_marks = true},
      {.check = "rule 2: a mark counts whoever has the claim, and may be repeated",
       .what = "marks only what is claimed",
       .marks_claims_alone = true},
      {.check = "rule 2: of threads that fail and try again one at a time is at work, until one is done",
       .what = "looks before it puts",
       .looks_before_it_puts = true},
      {.check = "rule 3: an event that is given back can be claimed",
       .what = "takes nothing back",
       .releases_nothing = true},
      {.check = "rule 3: nobody gives back what another has claimed",
       .what = "lets everybody give back",
       .releases_for_all = true},
      {.check = "rule 3: what is done stays done when its claim is given back",
       .what = "removes marks",
       .releases_done = true},
      {.check = "rule 3: work that throws leaves the event to the next, and work that ends does not",
       .what = "does not take long names back",
       .releases_no_long_holders = true},
      {.check = "rule 4: events whose ids are alike are two", .what = "ignores case", .key = lower},
      {.check = "rule 4: what can be no event_id is refused", .what = "takes any text", .takes_any_id = true},
      {.check = "rule 5: a claim ends by itself, and not before",
       .what = "keeps claims for ever",
       .claims_do_not_end = true},
      {.check = "rule 5: who comes late with the mark is believed, and does not give back another's claim",
       .what = "takes back what was claimed anew",
       .releases_ended = true},
      {.check = "rule 5: an event that was handled is remembered until it expires, and not longer",
       .what = "forgets marks as soon as claims",
       .marks_end_early = true},
      {.check = "rule 5: what has expired is purged, and nothing else", .what = "never purges", .purges_nothing = true},
      {.check = "rule 6: what one has claimed and marked, another on the same storage finds",
       .what = "shares nothing",
       .is_alone = true},
      {.check = "rule 6: of two on one storage that claim an event at the same moment one gets it",
       .what = "looks before it puts",
       .looks_before_it_puts = true},
      {.check = "rule 6: of two on one storage that fail and try again one at a time is at work, until one is done",
       .what = "looks before it puts",
       .looks_before_it_puts = true},
      {.check = "rule 6: apps of different client_id handle an event each",
       .what = "does not tell apps apart",
       .ignores_client = true},
      {.check = "rule 7: a failing storage is a StorageError when an event is claimed, and no new event",
       .what = "claims what it cannot store",
       .claims_when_broken = true},
      {.check = "rule 7: a failing storage is a StorageError when an event is marked, which can be done later",
       .what = "says nothing of a mark that it cannot store",
       .marks_when_broken = true},
  };
}

}  // namespace kit_tests
