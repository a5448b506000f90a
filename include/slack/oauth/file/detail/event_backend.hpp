// Events in files: "<client_id>/<part>/event-<event_id>", in 16 parts, so that those who write seldom wait for one
// another. A part is locked like the folder of a workspace.
//
// A file says until when, in milliseconds since 1970, for how many milliseconds it was written, and who has the claim:
// "1767225600000 120000 <holder>"; nobody where the event was handled.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "slack/oauth/event_backend.hpp"
#include "slack/oauth/event_deduplicator.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/file/detail/steps.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

struct EventFile {
  std::int64_t expires_at = 0;
  std::int64_t lifetime = 0;
  std::string holder{};

  /// A claim whose rest is longer than two lifetimes was written by a clock that was ahead; twice, since the time of a
  /// call is that of before it waited for its turn.
  [[nodiscard]] bool has_ended(std::int64_t now) const {
    return expires_at <= now || (!holder.empty() && expires_at - now > 2 * lifetime);
  }

  [[nodiscard]] std::string text() const {
    return std::to_string(expires_at) + " " + std::to_string(lifetime) + " " + holder;
  }

  /// Absent where the text is none: a system that crashed may leave a file empty, and others may write anything.
  [[nodiscard]] static std::optional<EventFile> parse(std::string_view text) {
    EventFile file;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (std::int64_t* number : {&file.expires_at, &file.lifetime}) {
      const auto [next, error] = std::from_chars(at, end, *number);
      if (error != std::errc{} || next == end || *next != ' ') return std::nullopt;
      at = next + 1;
    }
    constexpr std::chrono::milliseconds longest = std::chrono::days{366};
    if (file.expires_at < 0 || file.lifetime < 0 || file.lifetime > longest.count()) return std::nullopt;
    file.holder.assign(at, end);
    return file;
  }
};

/// Models EventBackend.
///
/// Threads: any thread, and any process, may call any method at any time.
class FileEventBackend {
 public:
  FileEventBackend(const std::string& base_dir, const std::string& client_id, std::chrono::milliseconds lock_timeout)
      : root_(base_dir, checked_client(base_dir, client_id), false), lock_timeout_(lock_timeout) {}

  [[nodiscard]] EventState claim(const NewEventClaim& claim) {
    const std::string part = part_of(claim.event_id);
    Folder folder = locked(part, root_.make_workspace(part));
    const std::string name = name_of(claim.event_id);
    const auto found = read(folder, name);
    if (found && !found->has_ended(milliseconds_since_epoch(claim.claimed_at))) {
      if (found->holder.empty()) return EventState::done;
      if (found->holder != claim.holder) return EventState::in_progress;
    }
    put(folder, name, claim.claimed_at, claim.expires_at, claim.holder);
    return EventState::claimed;
  }

  void mark_done(const HandledEvent& event) {
    const std::string part = part_of(event.event_id);
    Folder folder = locked(part, root_.make_workspace(part));
    put(folder, name_of(event.event_id), event.handled_at, event.expires_at, {});
  }

  void release(std::string_view event_id, std::string_view holder) {
    const std::string part = part_of(event_id);
    Descriptor opened = root_.open_workspace_or_none(part);
    if (!opened.is_open()) return;
    Folder folder = locked(part, std::move(opened));
    const std::string name = name_of(event_id);
    const auto found = read(folder, name);
    if (found && found->holder == holder) folder.remove(name);
  }

  /// Looks at the next few files.
  void purge(Timestamp now) {
    const std::unique_lock lock(purging_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    std::size_t left = most_looked_at;
    for (std::size_t parts = 0; left > 0 && parts < part_count; ++parts) {
      if (names_.empty()) next_part_ = (next_part_ + 1) % part_count;
      const std::string part = part_name(next_part_);
      Descriptor opened = root_.open_workspace_or_none(part);
      if (!opened.is_open()) {
        names_.clear();
        continue;
      }
      Folder folder = locked(part, std::move(opened));
      if (names_.empty()) names_ = folder.names();
      for (; left > 0 && !names_.empty(); --left) {
        const std::string name = std::move(names_.back());
        names_.pop_back();
        if (name.starts_with(prefix)) purge_file(folder, name, milliseconds_since_epoch(now));
      }
    }
  }

 private:
  using Folder = WorkspaceFolder<NoFileSteps>;

  static constexpr std::string_view prefix = "event-";  // no name of the folder's own begins with it
  static constexpr std::size_t part_count = 16;
  static constexpr std::size_t longest_file = 1024;
  // Bounds the work of one call, and is more than the claims between two of them add.
  static constexpr std::size_t most_looked_at = 64;

  [[nodiscard]] static std::string checked_client(const std::string& base_dir, const std::string& client_id) {
    require_folder_options(base_dir, client_id);
    return client_name(client_id);
  }

  [[nodiscard]] static std::string part_name(std::size_t part) { return {"0123456789ABCDEF"[part % part_count]}; }

  /// The same on every machine.
  [[nodiscard]] static std::string part_of(std::string_view event_id) {
    std::uint32_t sum = 0;
    for (const char c : event_id) sum = sum * 31 + static_cast<unsigned char>(c);
    return part_name((sum ^ (sum >> 16U)) % part_count);
  }

  [[nodiscard]] static std::string name_of(std::string_view event_id) {
    return std::string(prefix) + name_of_id(event_id);
  }

  [[nodiscard]] Folder locked(const std::string& part, Descriptor folder) const {
    constexpr bool is_durable = false;  // what a power cut takes along is handled again, where Slack sends it again
    return {std::move(folder), root_.shown(part), lock_timeout_, is_durable};
  }

  [[nodiscard]] static std::optional<EventFile> read(const Folder& folder, const std::string& name) {
    const auto text = folder.read(name, longest_file);
    return text ? EventFile::parse(*text) : std::nullopt;
  }

  static void put(Folder& folder, const std::string& name, Timestamp from, Timestamp until, std::string_view holder) {
    const EventFile file{.expires_at = milliseconds_since_epoch(until),
                         .lifetime = milliseconds_since_epoch(until) - milliseconds_since_epoch(from),
                         .holder = std::string(holder)};
    folder.replace(name, file.text());
  }

  static void purge_file(Folder& folder, const std::string& name, std::int64_t now) {
    const auto text = folder.read(name, longest_file);
    if (!text) return;
    const auto file = EventFile::parse(*text);
    if (!file || file->has_ended(now)) folder.remove(name);
  }

  ClientFolder root_;
  std::chrono::milliseconds lock_timeout_;
  std::mutex purging_;
  std::size_t next_part_ = 0;
  std::vector<std::string> names_;
};

}  // namespace slack::oauth::inline v0::detail
