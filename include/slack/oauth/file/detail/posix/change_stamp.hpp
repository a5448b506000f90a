// The file ".changed" of a client's folder: eight random bytes, which every write replaces, so that whoever has seen
// others knows of it.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr const char* stamp_file = ".changed";

/// A fresh stamp. All that may fail is done before there is something to say, but for the last call.
class ChangeStamp {
 public:
  ChangeStamp(int root, std::string shown)
      : file_(::openat(root, stamp_file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)),
        bytes_(random_bytes(sizeof(std::uint64_t))),
        shown_(std::move(shown)) {
    if (!file_.is_open()) throw_file_error(errno, "open", shown_);
    // Has its room before anything is written, so that a full disk fails the write and not what is said of it.
    struct stat found {};
    constexpr std::uint64_t nothing = 0;
    if (::fstat(file_.get(), &found) != 0) throw_file_error(errno, "open", shown_);
    if (found.st_size >= static_cast<::off_t>(sizeof nothing)) return;
    if (::pwrite(file_.get(), &nothing, sizeof nothing, 0) < 0) throw_file_error(errno, "write", shown_);
  }

  void put() const {
    const ::ssize_t count = ::pwrite(file_.get(), bytes_.data(), bytes_.size(), 0);
    if (count != static_cast<::ssize_t>(bytes_.size())) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown_);
  }

 private:
  Descriptor file_;
  std::string bytes_;
  std::string shown_;
};

/// Reads the stamp of now, wherever the file's path leads at that moment. Threads: one at a time.
class StampReader {
 public:
  StampReader(std::string path, std::string shown) : path_(std::move(path)), shown_(std::move(shown)) {}

  /// 0 where there is none yet.
  [[nodiscard]] std::uint64_t read() {
    struct stat found {};
    if (::fstatat(AT_FDCWD, path_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) throw_file_error(errno, "open", shown_);
      file_ = Descriptor();
      return 0;
    }
    // The file that is held open keeps its number to itself.
    if (!file_.is_open() || found.st_ino != opened_.st_ino || found.st_dev != opened_.st_dev) open();
    std::uint64_t stamp = 0;
    if (file_.is_open() && ::pread(file_.get(), &stamp, sizeof stamp, 0) < 0) throw_file_error(errno, "read", shown_);
    return stamp;
  }

 private:
  void open() {
    file_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file_.is_open() && errno == ENOENT) return;
    if (!file_.is_open() || ::fstat(file_.get(), &opened_) != 0) throw_file_error(errno, "open", shown_);
  }

  std::string path_;
  std::string shown_;
  Descriptor file_{};
  struct stat opened_ {};
};

}  // namespace slack::oauth::inline v0::detail

#endif
