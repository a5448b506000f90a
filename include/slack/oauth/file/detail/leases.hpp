// Leases of workspaces, in a file ".lease" of the workspace's folder, so that they hold among all processes that use
// it.
//
// The file says until when, in milliseconds since 1970 by the system's clock, for how many milliseconds it was taken,
// and by whom: "1767225600000 30000 <holder>". It is read and replaced under the workspace's lock, which is held for
// that moment alone.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view lease_file = ".lease";

/// The holder that a lease file names; absent where its time is over. What is no such text is no lease: a system that
/// crashed may leave a file empty, and no holder outlives that.
[[nodiscard]] inline std::optional<std::string> lease_holder_in(std::string_view text, std::int64_t now) {
  const char* const end = text.data() + text.size();
  const auto number = [end](const char*& at, std::int64_t& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || next == end || *next != ' ') return false;
    at = next + 1;
    return true;
  };
  const char* at = text.data();
  std::int64_t expires_at = 0;
  std::int64_t lifetime = 0;
  if (!number(at, expires_at) || !number(at, lifetime)) return std::nullopt;
  // What would last longer than it was taken for was taken by a clock that is ahead of this one.
  if (now < 0 || expires_at <= now || expires_at - now > lifetime) return std::nullopt;
  return std::string(at, end);
}

/// Models LeaseBackend.
///
/// Threads: any thread may call any method at any time.
template <class Steps>
class FileLeases {
 public:
  FileLeases(std::shared_ptr<const ClientFolder> root, std::chrono::milliseconds lock_timeout)
      : root_(std::move(root)), lock_timeout_(lock_timeout) {}

  bool take(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) const {
    const std::string workspace = workspace_name(key);
    auto folder = locked(workspace, root_->make_workspace(workspace));
    if (holder_in(*folder)) return false;
    put(*folder, holder, lifetime);
    return true;
  }

  [[nodiscard]] bool is_held(const WorkspaceKey& key, std::string_view holder) const {
    return held(key, holder) != nullptr;
  }

  bool renew(const WorkspaceKey& key, std::string_view holder, std::chrono::milliseconds lifetime) const {
    const auto folder = held(key, holder);
    if (folder != nullptr) put(*folder, holder, lifetime);
    return folder != nullptr;
  }

  void give_back(const WorkspaceKey& key, std::string_view holder) const {
    const auto folder = held(key, holder);
    if (folder != nullptr) folder->remove(lease_file);
  }

  [[nodiscard]] static LeaseScope scope() { return LeaseScope::processes; }

 private:
  using Folder = WorkspaceFolder<Steps>;
  static constexpr std::size_t max_bytes = 256;

  [[nodiscard]] static std::int64_t milliseconds_now() { return milliseconds_since_epoch(now()); }

  [[nodiscard]] std::unique_ptr<Folder> locked(const std::string& workspace, Descriptor folder) const {
    constexpr bool is_durable = false;  // a power cut that loses a lease ends its holder too
    return std::make_unique<Folder>(std::move(folder), root_->shown(workspace), lock_timeout_, is_durable);
  }

  /// The folder of a workspace that this holder holds; null where it does not.
  [[nodiscard]] std::unique_ptr<Folder> held(const WorkspaceKey& key, std::string_view holder) const {
    const std::string workspace = workspace_name(key);
    Descriptor opened = root_->open_workspace_or_none(workspace);
    if (!opened.is_open()) return nullptr;
    auto folder = locked(workspace, std::move(opened));
    return holder_in(*folder) == holder ? std::move(folder) : nullptr;
  }

  [[nodiscard]] static std::optional<std::string> holder_in(const Folder& folder) {
    const auto text = folder.read(lease_file, max_bytes);
    return text ? lease_holder_in(*text, milliseconds_now()) : std::nullopt;
  }

  static void put(Folder& folder, std::string_view holder, std::chrono::milliseconds lifetime) {
    std::string text = std::to_string(milliseconds_now() + lifetime.count());
    text.append(" ").append(std::to_string(lifetime.count())).append(" ").append(holder);
    folder.replace(lease_file, text);
  }

  std::shared_ptr<const ClientFolder> root_;
  std::chrono::milliseconds lock_timeout_;
};

}  // namespace slack::oauth::inline v0::detail
