// The folder of a workspace, locked against all other writers.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/posix/client_folder.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"

namespace slack::oauth::inline v0::detail {

/// Holds the lock of a workspace, against other threads as against other processes.
class WorkspaceLock {
 public:
  /// Throws StorageError, which may pass, where the lock is not free within `timeout`.
  WorkspaceLock(int folder, std::chrono::milliseconds timeout, const std::string& shown)
      : file_(::openat(folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (!file_.is_open()) throw_file_error(errno, "open", shown);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    std::chrono::microseconds pause{20};
    while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) throw_file_error(errno, "lock", shown);
      if (std::chrono::steady_clock::now() >= deadline) throw_file_error(ETIMEDOUT, "lock", shown);
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::microseconds{2000});
    }
  }

  /// A number that is higher than all before it, for the order of saves.
  [[nodiscard]] std::uint64_t next_number(std::uint64_t at_least) {
    std::array<char, 20> digits{};
    const ::ssize_t count = ::pread(file_.get(), digits.data(), digits.size(), 0);
    std::uint64_t number = 0;
    if (count > 0) std::from_chars(digits.data(), digits.data() + count, number);
    number = std::max(number, at_least) + 1;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    const auto size = static_cast<std::size_t>(end - digits.data());
    const ::ssize_t written = ::pwrite(file_.get(), digits.data(), size, 0);
    if (written != static_cast<::ssize_t>(size)) throw_file_error(written < 0 ? errno : ENOSPC, "write", ".lock");
    return number;
  }

 private:
  Descriptor file_;
};

/// `Steps` hears of every change before it is made.
template <class Steps>
class WorkspaceFolder {
 public:
  WorkspaceFolder(Descriptor folder, std::string shown, std::chrono::milliseconds lock_timeout, bool is_durable)
      : folder_(std::move(folder)),
        shown_(std::move(shown)),
        is_durable_(is_durable),
        lock_(folder_.get(), lock_timeout, this->shown(".lock")) {}

  [[nodiscard]] WorkspaceLock& lock() { return lock_; }
  [[nodiscard]] std::string shown(std::string_view name) const { return shown_ + "/" + std::string(name); }

  /// Absent where there is no such file.
  [[nodiscard]] std::optional<std::string> read(std::string_view name, std::size_t limit) const {
    Descriptor file(::openat(folder_.get(), std::string(name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open()) {
      if (errno == ENOENT) return std::nullopt;
      throw_file_error(errno, "open", shown(name));
    }
    FileText text;
    OpenFile(std::move(file)).read(text, limit, [&] { return shown(name); });
    return std::string(text.view());
  }

  /// Puts a file in the place of another, whole or not at all.
  void replace(std::string_view name, std::string_view text) {
    try {
      write_aside(text);
      Steps::before("rename");
      if (::renameat(folder_.get(), aside, folder_.get(), std::string(name).c_str()) != 0) {
        throw_file_error(errno, "replace", shown(name));
      }
    } catch (...) {
      ::unlinkat(folder_.get(), aside, 0);
      throw;
    }
  }

  /// Does nothing where there is no such file.
  void remove(std::string_view name) {
    Steps::before("unlink");
    if (::unlinkat(folder_.get(), std::string(name).c_str(), 0) != 0 && errno != ENOENT) {
      throw_file_error(errno, "remove", shown(name));
    }
  }

  /// Makes all that was replaced and removed so far outlive a power failure.
  void sync() {
    if (!is_durable_) return;
    Steps::before("sync folder");
    ClientFolder::sync_folder(folder_.get(), shown_);
  }

  [[nodiscard]] std::vector<std::string> names() const {
    Descriptor again(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!again.is_open()) throw_file_error(errno, "list", shown_);
    std::vector<std::string> found;
    for_each_entry(std::move(again), shown_, [&](std::string_view name) { found.emplace_back(name); });
    return found;
  }

 private:
  // One name is enough under the lock, and what a crash left there is overwritten.
  static constexpr const char* aside = ".new";

  void write_aside(std::string_view text) {
    Steps::before("create");
    const Descriptor file(::openat(folder_.get(), aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) throw_file_error(errno, "write", shown(aside));
    while (!text.empty()) {
      Steps::before("write");
      const ::ssize_t count = ::write(file.get(), text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown(aside));
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (!is_durable_) return;
    Steps::before("sync file");
#if defined(F_FULLFSYNC)
    if (::fcntl(file.get(), F_FULLFSYNC) == 0) return;
#endif
    if (::fsync(file.get()) != 0) throw_file_error(errno, "sync", shown(aside));
  }

  Descriptor folder_;
  std::string shown_;
  bool is_durable_;
  WorkspaceLock lock_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
