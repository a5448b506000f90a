// The folder of one client_id's states: a file for each.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/posix/client_folder.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"

namespace slack::oauth::inline v0::detail {

/// `shown` stands for the files in errors, since their names are secrets.
class StateFolder {
 public:
  StateFolder(Descriptor folder, std::string shown) : folder_(std::move(folder)), shown_(std::move(shown)) {}

  /// Makes a file. One of this name must not be there.
  void create(const std::string& name, std::string_view text) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const Descriptor file(::openat(folder_.get(), name.c_str(), flags, 0600));
    if (!file.is_open()) throw_file_error(errno, "make", shown_);
    while (!text.empty()) {
      const ::ssize_t count = ::write(file.get(), text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        const int error = count < 0 ? errno : ENOSPC;
        ::unlinkat(folder_.get(), name.c_str(), 0);
        throw_file_error(error, "write", shown_);
      }
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// Absent where there is no such file.
  [[nodiscard]] std::optional<std::string> read(const std::string& name, std::size_t limit) const {
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // a pipe in its place must not block
    Descriptor file(::openat(folder_.get(), name.c_str(), flags));
    if (!file.is_open()) {
      if (errno == ENOENT) return std::nullopt;
      throw_file_error(errno, "open", shown_);
    }
    FileText text;
    OpenFile(std::move(file)).read(text, limit, [this]() -> const std::string& { return shown_; });
    return std::string(text.view());
  }

  /// What the file held, which is gone then: of several that take it at the same moment, one gets it.
  [[nodiscard]] std::optional<std::string> take(const std::string& name, std::size_t limit) {
    auto text = read(name, limit);
    if (!text || remove(name)) return text;
    return std::nullopt;
  }

  /// Whether it was there.
  bool remove(const std::string& name) {
    if (::unlinkat(folder_.get(), name.c_str(), 0) == 0) return true;
    if (errno == ENOENT) return false;
    throw_file_error(errno, "remove", shown_);
  }

  /// Makes what was taken so far stay gone after a power failure.
  void sync() const { ClientFolder::sync_folder(folder_.get(), shown_); }

 private:
  Descriptor folder_;
  std::string shown_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
