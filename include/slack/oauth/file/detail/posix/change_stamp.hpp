// The file ".changed" of a client's folder: eight random bytes, which every write replaces, so that whoever has seen
// others knows of it.
#pragma once

#if !defined(_WIN32)

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
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

/// A stamp in memory that shows what any process of this machine writes to the file.
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

  [[nodiscard]] std::uint64_t read() const {
    std::atomic_thread_fence(std::memory_order_acquire);
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
  StampReader(std::string path, std::string shown) : path_(std::move(path)), shown_(std::move(shown)) {}

  /// What read() returned last, or would return now for the same file: one look into memory. Nothing where only read()
  /// can tell, which is so once in 10 ms. Threads: any thread may call it at any time.
  [[nodiscard]] std::optional<std::uint64_t> glance() const {
    const MappedStamp* const mapped = mapped_.load(std::memory_order_acquire);
    if (mapped == nullptr) return std::nullopt;
    const auto since = recent_time().time_since_epoch() - read_at_.load(std::memory_order_relaxed);
    const bool is_recent = since >= decltype(since)::zero() && since < pause;  // and the clock was not set back
    return is_recent ? std::optional(mapped->read()) : std::nullopt;
  }

  /// 0 where there is none yet. Threads: one at a time.
  [[nodiscard]] std::uint64_t read() {
    const auto time = recent_time().time_since_epoch();
    struct stat found {};
    if (::fstatat(AT_FDCWD, path_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) throw_file_error(errno, "open", shown_);
      close();
      return 0;
    }
    // The file that is held open keeps its number to itself.
    if (!file_.is_open() || found.st_ino != opened_.st_ino || found.st_dev != opened_.st_dev) open();
    std::uint64_t stamp = 0;
    if (!file_.is_open()) return stamp;
    const ::ssize_t count = ::pread(file_.get(), &stamp, sizeof stamp, 0);
    if (count < 0) throw_file_error(errno, "read", shown_);
    show(count == sizeof stamp ? std::optional(stamp) : std::nullopt);
    read_at_.store(time, std::memory_order_relaxed);
    return stamp;
  }

 private:
  static constexpr std::chrono::milliseconds pause{10};

  void open() {
    close();
    Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) return;
    if (!file.is_open() || ::fstat(file.get(), &opened_) != 0) throw_file_error(errno, "open", shown_);
    file_ = std::move(file);
  }

  void close() {
    mapped_.store(nullptr);
    is_of_file_ = false;
    file_ = Descriptor();
  }

  /// Lets glance() look into memory where that has just shown what the file says. Some file systems do not keep the two
  /// together.
  void show(std::optional<std::uint64_t> stamp) {
    if (stamp && !is_of_file_) {
      mappings_.emplace_back(file_.get());
      is_of_file_ = true;
    }
    const bool is_shown = stamp && mappings_.back().is_mapped() && mappings_.back().read() == *stamp;
    mapped_.store(is_shown ? &mappings_.back() : nullptr, std::memory_order_release);
  }

  std::string path_;
  std::string shown_;
  Descriptor file_{};
  struct stat opened_ {};
  std::list<MappedStamp> mappings_{};  // kept to the end, since others may look into them; files are seldom replaced
  bool is_of_file_ = false;            // the last of them
  std::atomic<const MappedStamp*> mapped_{nullptr};
  std::atomic<Timestamp::duration> read_at_{Timestamp::duration::zero()};
};

}  // namespace slack::oauth::inline v0::detail

#endif
