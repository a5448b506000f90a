// Files as POSIX opens them: below a folder, and never through a symbolic link.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"

namespace slack::oauth::inline v0::detail {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

#if defined(__linux__) && defined(SYS_openat2)

// <linux/openat2.h> is younger than the C libraries that this has to compile with.
struct OpenHow {
  std::uint64_t flags;
  std::uint64_t mode;
  std::uint64_t resolve;
};

[[nodiscard]] inline int open_without_links(int folder, const char* path, int flags) {
  constexpr std::uint64_t resolve_no_symlinks = 0x04;
  OpenHow how{static_cast<std::uint64_t>(flags), 0, resolve_no_symlinks};
  return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

// Older kernels do not know the call, and some sandboxes refuse it.
[[nodiscard]] inline bool can_open_without_links() {
  static const bool can = Descriptor(open_without_links(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)).is_open();
  return can;
}

#elif defined(O_NOFOLLOW_ANY)

[[nodiscard]] inline int open_without_links(int folder, const char* path, int flags) {
  return ::openat(folder, path, (flags & ~O_NOFOLLOW) | O_NOFOLLOW_ANY);
}
[[nodiscard]] inline bool can_open_without_links() { return true; }

#else

[[nodiscard]] inline int open_without_links(int /*folder*/, const char* /*path*/, int /*flags*/) { return -1; }
[[nodiscard]] inline bool can_open_without_links() { return false; }

#endif

/// Opens "<name>" or "<folder>/<name>" below a folder, following no link. As open(): -1, and errno says why.
[[nodiscard]] inline int open_beneath(int root, const std::string& path, int flags) {
  flags |= O_CLOEXEC | O_NOFOLLOW;
  if (can_open_without_links()) return open_without_links(root, path.c_str(), flags);
  const auto slash = path.find('/');
  if (slash == std::string::npos) return ::openat(root, path.c_str(), flags);
  const Descriptor folder(
      ::openat(root, path.substr(0, slash).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  return folder.is_open() ? ::openat(folder.get(), path.c_str() + slash + 1, flags) : -1;
}

/// Where the bytes of a small file go without allocating.
class FileText {
 public:
  [[nodiscard]] std::string_view view() const {
    return large_.empty() ? std::string_view{small_.data(), size_} : large_;
  }

 private:
  friend class OpenFile;
  std::array<char, 8192> small_;  // left as it is: only what was read of it is ever looked at
  std::size_t size_ = 0;
  std::string large_{};
};

/// A file that is open for reading.
class OpenFile {
 public:
  explicit OpenFile(Descriptor file) noexcept : file_(std::move(file)) {}

  /// Reads all of it. `shown()` names the file in errors.
  /// Throws InvalidDataError where it is longer than `limit` bytes or no file at all.
  template <class Shown>
  void read(FileText& text, std::size_t limit, const Shown& shown) const {
    text.large_.clear();
    text.size_ = read_some(text.small_.data(), text.small_.size(), shown);
    if (text.size_ < text.small_.size()) {
      if (text.size_ > limit) throw_too_long(limit, shown);
      return;
    }
    text.large_.assign(text.small_.data(), text.size_);
    while (text.large_.size() <= limit) {
      const std::size_t before = text.large_.size();
      text.large_.resize(before * 2);
      const std::size_t count = read_some(text.large_.data() + before, before, shown);
      text.large_.resize(before + count);
      if (count < before) break;
    }
    if (text.large_.size() > limit) throw_too_long(limit, shown);
  }

  /// False once another file has taken its place, or none.
  /// Where nothing has, all that was read between open() and now was read while the file stood in its place.
  [[nodiscard]] bool is_in_place(int root, const std::string& path) const {
    struct stat opened {};
    if (::fstat(file_.get(), &opened) != 0) return false;
    if (opened.st_nlink == 1) return true;
    if (opened.st_nlink == 0) return false;
    struct stat current {};  // a backup made of hard links keeps a replaced file alive
    return ::fstatat(root, path.c_str(), &current, AT_SYMLINK_NOFOLLOW) == 0 && current.st_ino == opened.st_ino &&
           current.st_dev == opened.st_dev;
  }

 private:
  template <class Shown>
  std::size_t read_some(char* to, std::size_t size, const Shown& shown) const {
    std::size_t done = 0;
    while (done < size) {
      const ::ssize_t count = ::read(file_.get(), to + done, size - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EISDIR) throw InvalidDataError(shown(), "is a folder, not a record");
      if (count < 0) throw_file_error(errno, "read", shown());
      done += static_cast<std::size_t>(count);
      // A regular file gives less than was asked for only where it ends.
      if (done < size) break;
    }
    return done;
  }

  template <class Shown>
  [[noreturn]] static void throw_too_long(std::size_t limit, const Shown& shown) {
    throw InvalidDataError(shown(), "is longer than " + std::to_string(limit) + " bytes");
  }

  Descriptor file_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
