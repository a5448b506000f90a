// The folder of a workspace, locked against all other writers, on Windows.
#pragma once

#if defined(_WIN32)

#include <io.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/windows/client_folder.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"
#include "slack/oauth/file/detail/windows/system.hpp"

namespace slack::oauth::inline v0::detail {

/// Holds the lock of a workspace, against other threads as against other processes.
class WorkspaceLock {
 public:
  WorkspaceLock(const std::filesystem::path& folder, std::chrono::milliseconds timeout, const std::string& shown)
      : file_(folder / ".lock", windows::to_change) {
    if (file_.error() != 0) throw_file_error(file_.error(), "open", shown);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (::LockFile(file_.handle(), locked_byte, 0, 1, 0) == 0) {
      if (const int error = windows::last_error(); error != EACCES) throw_file_error(error, "lock", shown);
      if (std::chrono::steady_clock::now() >= deadline) throw_file_error(ETIMEDOUT, "lock", shown);
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  WorkspaceLock(const WorkspaceLock&) = delete;
  WorkspaceLock& operator=(const WorkspaceLock&) = delete;
  ~WorkspaceLock() { ::UnlockFile(file_.handle(), locked_byte, 0, 1, 0); }

  [[nodiscard]] std::uint64_t next_number(std::uint64_t at_least) {
    std::array<char, 20> digits{};
    ::_lseek(file_.get(), 0, SEEK_SET);
    const int count = ::_read(file_.get(), digits.data(), static_cast<unsigned>(digits.size()));
    std::uint64_t number = 0;
    if (count > 0) std::from_chars(digits.data(), digits.data() + count, number);
    number = std::max(number, at_least) + 1;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    const auto size = static_cast<unsigned>(end - digits.data());
    ::_lseek(file_.get(), 0, SEEK_SET);
    if (::_write(file_.get(), digits.data(), size) != static_cast<int>(size)) throw_file_error(errno, "write", ".lock");
    return number;
  }

 private:
  static constexpr unsigned long locked_byte = 1UL << 30U;  // beyond all that is in the file
  FileHandle file_;
};

template <class Steps>
class WorkspaceFolder {
 public:
  WorkspaceFolder(Descriptor folder, std::string shown, std::chrono::milliseconds lock_timeout, bool is_durable)
      : folder_(folder.path()),
        shown_(std::move(shown)),
        is_durable_(is_durable),
        lock_(folder_, lock_timeout, this->shown(".lock")) {}

  [[nodiscard]] WorkspaceLock& lock() { return lock_; }
  [[nodiscard]] std::string shown(std::string_view name) const { return shown_ + "/" + std::string(name); }

  [[nodiscard]] std::optional<std::string> read(std::string_view name, std::size_t limit) const {
    auto text = read_whole(folder_ / name, limit, shown(name));
    if (text && text->size() > limit) {
      throw InvalidDataError(shown(name), "is longer than " + std::to_string(limit) + " bytes");
    }
    return text;
  }

  void replace(std::string_view name, std::string_view text) {
    write_aside(text);
    Steps::before("rename");
    const int error = windows::replace_file((folder_ / aside).c_str(), (folder_ / name).c_str());
    if (error != 0) throw_file_error(error, "replace", shown(name));
  }

  void remove(std::string_view name) {
    Steps::before("unlink");
    const int error = windows::remove_file((folder_ / name).c_str());
    if (error != 0 && error != ENOENT) throw_file_error(error, "remove", shown(name));
  }

  /// Windows writes a rename to its journal itself, and has no sync of a folder.
  void sync() {}

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for_each_entry(Descriptor(folder_), shown_, [&](std::string_view name) { found.emplace_back(name); });
    return found;
  }

 private:
  static constexpr const char* aside = ".new";

  void write_aside(std::string_view text) {
    Steps::before("create");
    const FileHandle file(folder_ / aside, windows::to_overwrite);
    if (file.error() != 0) throw_file_error(file.error(), "write", shown(aside));
    while (!text.empty()) {
      Steps::before("write");
      const auto size = static_cast<unsigned>(std::min<std::size_t>(text.size(), std::size_t{1} << 20U));
      const int count = ::_write(file.get(), text.data(), size);
      if (count <= 0) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown(aside));
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    if (is_durable_ && ::_commit(file.get()) != 0) throw_file_error(errno, "sync", shown(aside));
  }

  std::filesystem::path folder_;
  std::string shown_;
  bool is_durable_;
  WorkspaceLock lock_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
