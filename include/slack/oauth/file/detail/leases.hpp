// Leases of workspaces, in a file ".lease" of the workspace's folder, so that they hold among all processes that use
// it.
//
// The file says until when, in milliseconds since 1970, and who: "1767225600000 <holder>". It is read and replaced
// under the workspace's lock, which is held for that moment alone.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/leases/detail/lease_holder.hpp"
#include "slack/oauth/leases/detail/lease_table.hpp"
#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/records/names.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr std::string_view lease_file = ".lease";

/// The holder that a lease file names; absent where its time is over. What is no such text is no lease: a system that
/// crashed may leave a file empty, and no holder outlives that.
[[nodiscard]] inline std::optional<std::string> lease_holder_in(std::string_view text, std::int64_t now) {
  std::int64_t expires_at = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), expires_at);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  // What is to last longer than any lease was written by a clock that was wrong.
  if (expires_at <= now || expires_at - now > longest_lease.count()) return std::nullopt;
  return std::string(end + 1, text.data() + text.size());
}

/// Threads: any thread may call any method at any time.
template <class Steps>
class FileLease : public WorkspaceLease {
 public:
  FileLease(std::shared_ptr<const ClientFolder> root, const WorkspaceKey& key, std::chrono::milliseconds lock_timeout)
      : root_(std::move(root)),
        workspace_(workspace_name(key)),
        lock_timeout_(lock_timeout),
        holder_(new_lease_holder("file")) {}
  FileLease(const FileLease&) = delete;
  FileLease& operator=(const FileLease&) = delete;

  ~FileLease() override {
    if (!is_taken_) return;
    try {
      auto folder = locked(root_->open_workspace_or_none(workspace_));
      if (folder && holder_in(*folder) == holder_) folder->remove(lease_file);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): it ends by itself
    }
  }

  /// False where another holds it.
  bool take(std::chrono::milliseconds lifetime) {
    auto folder = locked(root_->make_workspace(workspace_));
    if (holder_in(*folder)) return false;
    const std::int64_t expires_at = milliseconds_since_epoch() + std::min(lifetime, longest_lease).count();
    folder->replace(lease_file, std::to_string(expires_at) + " " + holder_);
    is_taken_ = true;
    return true;
  }

  [[nodiscard]] bool is_held() const override {
    const auto folder = locked(root_->open_workspace(workspace_));
    return folder && holder_in(*folder) == holder_;
  }

 private:
  using Folder = WorkspaceFolder<Steps>;
  static constexpr std::size_t max_bytes = 256;

  /// Null where there is no such folder.
  [[nodiscard]] std::unique_ptr<Folder> locked(Descriptor folder) const {
    if (!folder.is_open()) return nullptr;
    constexpr bool is_durable = false;  // a power cut that loses a lease ends its holder too
    return std::make_unique<Folder>(std::move(folder), root_->shown(workspace_), lock_timeout_, is_durable);
  }

  [[nodiscard]] static std::optional<std::string> holder_in(const Folder& folder) {
    const auto text = folder.read(lease_file, max_bytes);
    return text ? lease_holder_in(*text, milliseconds_since_epoch()) : std::nullopt;
  }

  std::shared_ptr<const ClientFolder> root_;
  std::string workspace_;
  std::chrono::milliseconds lock_timeout_;
  std::string holder_;
  bool is_taken_ = false;
};

}  // namespace slack::oauth::inline v0::detail
