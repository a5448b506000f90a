// Workspaces of which something was seen within the last hour, in bounded memory.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "slack/oauth/detail/hashing.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// Remembers each for an hour, unless there are very many: then the oldest make room. Two that have the same 54 bits of
/// a hash are one.
///
/// Threads: any thread may call any method at any time. No call waits for another one, since each event asks.
class RecentWorkspaces {
 public:
  RecentWorkspaces() = default;
  RecentWorkspaces(const RecentWorkspaces&) = delete;
  RecentWorkspaces& operator=(const RecentWorkspaces&) = delete;
  ~RecentWorkspaces() {
    for (const auto& page : pages_) delete page.load();
  }

  [[nodiscard]] bool contains(std::string_view enterprise_id, std::string_view team_id, Timestamp now) const {
    const std::uint64_t hash = hash_of(enterprise_id, team_id);
    const Page* const page = pages_[hash % pages].load();
    if (page == nullptr) return false;
    for (const Entry& entry : page->row_of(hash)) {
      const std::uint64_t seen = entry.load(std::memory_order_relaxed);
      if (is_of(seen, hash) && age_of(seen, now) < lifetime) return true;
    }
    return false;
  }

  void add(std::string_view enterprise_id, std::string_view team_id, Timestamp now) {
    const std::uint64_t hash = hash_of(enterprise_id, team_id);
    Row& row = page_of(hash).row_of(hash);
    Entry* place = row.data();
    for (Entry& entry : row) {
      const std::uint64_t seen = entry.load(std::memory_order_relaxed);
      if (is_of(seen, hash)) {
        place = &entry;
        break;
      }
      if (age_of(seen, now) > age_of(place->load(std::memory_order_relaxed), now)) place = &entry;
    }
    place->store((hash & ~time_mask) | time_of(now), std::memory_order_relaxed);
  }

 private:
  using Entry = std::atomic<std::uint64_t>;  // the high bits of a hash, and below them the time; 0: none
  using Row = std::array<Entry, 8>;          // few to look at

  /// Made when it is first needed: most apps see few workspaces of organisations.
  struct Page {
    std::array<Row, 256> rows{};

    [[nodiscard]] Row& row_of(std::uint64_t hash) { return rows[hash / pages % rows.size()]; }
    [[nodiscard]] const Row& row_of(std::uint64_t hash) const { return rows[hash / pages % rows.size()]; }
  };

  static constexpr std::size_t pages = 64;  // 16 KB each
  static constexpr std::uint64_t time_mask = (std::uint64_t{1} << 24U) - 1;
  static constexpr std::uint64_t lifetime = 3600;

  [[nodiscard]] std::uint64_t hash_of(std::string_view enterprise_id, std::string_view team_id) const {
    const std::uint64_t hash = hash_(enterprise_id, team_id);
    return hash > time_mask ? hash : hash + time_mask + 1;
  }

  /// In seconds, which come round in half a year.
  [[nodiscard]] static std::uint64_t time_of(Timestamp now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return static_cast<std::uint64_t>(seconds) & time_mask;
  }

  [[nodiscard]] static bool is_of(std::uint64_t seen, std::uint64_t hash) { return ((seen ^ hash) & ~time_mask) == 0; }

  /// In seconds. What is of the future is very old: the clock was set back.
  [[nodiscard]] static std::uint64_t age_of(std::uint64_t seen, Timestamp now) {
    return seen == 0 ? time_mask + 1 : (time_of(now) - seen) & time_mask;
  }

  [[nodiscard]] Page& page_of(std::uint64_t hash) {
    std::atomic<Page*>& place = pages_[hash % pages];
    if (Page* const page = place.load()) return *page;
    auto fresh = std::make_unique<Page>();
    Page* other = nullptr;
    return place.compare_exchange_strong(other, fresh.get()) ? *fresh.release() : *other;
  }

  PairHash hash_{};
  std::array<std::atomic<Page*>, pages> pages_{};
};

}  // namespace slack::oauth::inline v0::detail
