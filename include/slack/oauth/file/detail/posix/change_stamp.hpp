// The file ".changed" of a client's folder: eight random bytes, which every write replaces, so that whoever has seen
// others knows of it, and a zero, which keeps their room.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/detail/recent_time.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"
#include "slack/oauth/timestamp.hpp"

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
    // Has its room before anything is written, so that a full disk fails the write and not what is said of it. A byte
    // behind the stamp makes it: the stamp itself may be another writer's by now.
    struct stat found {};
    if (::fstat(file_.get(), &found) != 0) throw_file_error(errno, "open", shown_);
    if (found.st_size >= static_cast<::off_t>(sizeof(std::uint64_t))) return;
    if (::pwrite(file_.get(), "", 1, sizeof(std::uint64_t)) < 0) throw_file_error(errno, "write", shown_);
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

/// A stamp in memory that shows what is written to the file, on file systems that keep the two together.
class MappedStamp {
 public:
  /// REQUIRES: the file has the room of a stamp.
  explicit MappedStamp(int file) : page_(::mmap(nullptr, sizeof(std::uint64_t), PROT_READ, MAP_SHARED, file, 0)) {}
  MappedStamp(const MappedStamp&) = delete;
  MappedStamp& operator=(const MappedStamp&) = delete;
  ~MappedStamp() {
    if (is_mapped()) ::munmap(page_, sizeof(std::uint64_t));
  }

  [[nodiscard]] bool is_mapped() const { return page_ != MAP_FAILED; }

  /// Half of a stamp and half of the next one is news as well.
  [[nodiscard]] std::uint64_t read() const {
    const std::uint64_t stamp = *static_cast<const volatile std::uint64_t*>(page_);
    std::atomic_thread_fence(std::memory_order_acquire);
    return stamp;
  }

 private:
  void* page_;
};

/// Reads the stamp of now, wherever the file's path leads at that moment.
class StampReader {
 public:
  StampReader(std::string path, std::string shown, bool maps)
      : path_(std::move(path)), shown_(std::move(shown)), maps_(maps) {}

  /// The stamp by a look into memory: of the file that read() found not longer than some 20 ms ago. Nothing where only
  /// read() can tell. Threads: any thread may call it at any time.
  [[nodiscard]] std::optional<std::uint64_t> glance() const {
    if (!maps_) return std::nullopt;
    // First: whoever sees that something was read sees also where.
    const auto age = recent_time().time_since_epoch() - read_at_.load(std::memory_order_acquire);
    const bool is_recent = age >= decltype(age)::zero() && age < pause;  // and the clock was not set back
    const MappedStamp* const mapped = is_recent ? mapped_.load(std::memory_order_acquire) : nullptr;
    return mapped != nullptr ? std::optional(mapped->read()) : std::nullopt;
  }

  /// 0 where there is none yet. Threads: one at a time.
  [[nodiscard]] std::uint64_t read() {
    const auto time = maps_ ? recent_time().time_since_epoch() : Timestamp::duration::zero();
    struct stat found {};
    if (::fstatat(AT_FDCWD, path_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) throw_file_error(errno, "open", shown_);
      close();
      return 0;
    }
    // The file that is held open keeps its number to itself.
    if (!file_.is_open() || found.st_ino != opened_.st_ino || found.st_dev != opened_.st_dev) open();
    if (!file_.is_open()) return 0;
    const std::optional<std::uint64_t> stamp = read_file();
    if (maps_) {
      mapped_.store(stamp ? mapping_that_shows(*stamp) : nullptr, std::memory_order_release);
      read_at_.store(time, std::memory_order_release);
    }
    return stamp.value_or(0);
  }

 private:
  static constexpr std::chrono::milliseconds pause{10};
  static constexpr std::size_t most_mappings = 16;  // a process may have some ten thousand of all kinds

  void open() {
    close();
    Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) return;
    if (!file.is_open() || ::fstat(file.get(), &opened_) != 0) throw_file_error(errno, "open", shown_);
    file_ = std::move(file);
  }

  void close() {
    mapped_.store(nullptr, std::memory_order_release);
    mapping_ = nullptr;
    file_ = Descriptor();
  }

  /// Nothing where its writer has not got that far.
  [[nodiscard]] std::optional<std::uint64_t> read_file() const {
    std::uint64_t stamp = 0;
    const ::ssize_t count = ::pread(file_.get(), &stamp, sizeof stamp, 0);
    if (count < 0) throw_file_error(errno, "read", shown_);
    return count == sizeof stamp ? std::optional(stamp) : std::nullopt;
  }

  /// Null where memory does not show what the file says, as on some file systems.
  [[nodiscard]] const MappedStamp* mapping_that_shows(std::uint64_t stamp) {
    if (mapping_ == nullptr && mappings_.size() < most_mappings) mapping_ = &mappings_.emplace_back(file_.get());
    if (mapping_ == nullptr || !mapping_->is_mapped()) return nullptr;
    constexpr int most_tries = 3;  // each further one is for somebody who has just written
    for (int i = 0; i < most_tries; ++i) {
      if (mapping_->read() == stamp) return mapping_;
      stamp = read_file().value_or(0);
    }
    close();  // the next time it is opened and mapped anew
    return nullptr;
  }

  std::string path_;
  std::string shown_;
  bool maps_;
  Descriptor file_{};
  struct stat opened_ {};
  std::list<MappedStamp> mappings_{};     // kept to the end, since others may look into them
  const MappedStamp* mapping_ = nullptr;  // of the file that is open
  std::atomic<const MappedStamp*> mapped_{nullptr};
  std::atomic<Timestamp::duration> read_at_{Timestamp::duration::zero()};
};

}  // namespace slack::oauth::inline v0::detail

#endif
