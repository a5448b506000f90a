// The folder of one client_id, held open: what is opened below it cannot be led elsewhere, and its path is not walked
// again on every look-up.
#pragma once

#if !defined(_WIN32)

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/posix/change_stamp.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"

namespace slack::oauth::inline v0::detail {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

/// Calls `visit(name)` for each entry but "." and "..".
template <class Visit>
void for_each_entry(Descriptor folder, const std::string& shown, const Visit& visit) {
  const OpenFolder open(::fdopendir(folder.get()));
  if (open == nullptr) throw_file_error(errno, "list", shown);
  static_cast<void>(folder.release());  // closedir() closes it
  while (true) {
    errno = 0;
    const ::dirent* const entry = ::readdir(open.get());  // NOLINT(concurrency-mt-unsafe): no other thread has `open`
    if (entry == nullptr) {
      if (errno != 0) throw_file_error(errno, "list", shown);
      return;
    }
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(name);
  }
}

/// What to do where a file is not there: ask whether the folder above is still the one that is held open, or not, since
/// the file is missing most of the time.
enum class IfMissing { look_again, believe };

/// Threads: any thread may call any method at any time.
class ClientFolder {
 public:
  ClientFolder(std::string base_dir, std::string client, bool is_durable)
      : base_dir_(std::move(base_dir)), client_(std::move(client)), is_durable_(is_durable) {}
  ClientFolder(const ClientFolder&) = delete;
  ClientFolder& operator=(const ClientFolder&) = delete;
  ~ClientFolder() { const Descriptor closed(root_.load()); }

  /// A path below this folder, as an error shows it: relative to base_dir.
  [[nodiscard]] std::string shown(std::string_view path) const { return client_ + "/" + std::string(path); }

  /// Opens "<workspace>/<file>"; absent where there is no such file.
  [[nodiscard]] std::optional<OpenFile> open_file(const std::string& path,
                                                  IfMissing if_missing = IfMissing::look_again) const {
    Descriptor file = open(path, O_RDONLY | O_NONBLOCK, if_missing);  // a pipe in its place must not block
    if (!file.is_open()) return std::nullopt;
    return OpenFile(std::move(file));
  }

  [[nodiscard]] bool is_in_place(const OpenFile& file, const std::string& path) const {
    return file.is_in_place(root_.load(), path);
  }

  /// Opens the folder of a workspace; not open where there is none.
  [[nodiscard]] Descriptor open_workspace(const std::string& name) const { return open(name, O_RDONLY | O_DIRECTORY); }

  /// As open_workspace(); not open where something else has that name.
  [[nodiscard]] Descriptor open_workspace_or_none(const std::string& name) const {
    try {
      return open_workspace(name);
    } catch (const StorageError& error) {
      if (error.code() != "ENOTDIR") throw;
      return {};
    }
  }

  /// Opens this folder itself, as it stands in its place now; not open where there is none.
  [[nodiscard]] Descriptor open_itself() const {
    return look_again() < 0 ? Descriptor() : open(".", O_RDONLY | O_DIRECTORY);
  }

  /// As open_itself(), after making it and all above it where they are missing.
  [[nodiscard]] Descriptor make_itself() const {
    static_cast<void>(find_or_make_root());
    Descriptor folder = open_itself();
    if (!folder.is_open()) throw_file_error(ENOENT, "open", client_);
    return folder;
  }

  /// As open_workspace(), after making it and all above it where they are missing.
  [[nodiscard]] Descriptor make_workspace(const std::string& name) const {
    const int root = find_or_make_root();
    if (::mkdirat(root, name.c_str(), 0700) == 0) {
      if (is_durable_) sync_folder(root, client_);
    } else if (errno != EEXIST) {
      throw_file_error(errno, "make the folder", shown(name));
    }
    Descriptor workspace = open_workspace(name);
    if (!workspace.is_open()) throw_file_error(ENOENT, "open", shown(name));
    return workspace;
  }

  /// To be put once something of this folder has changed. REQUIRES: the folder is there.
  [[nodiscard]] ChangeStamp make_stamp() const { return ChangeStamp(root_.load(), shown(stamp_file)); }

  [[nodiscard]] StampReader stamps(bool maps) const {
    return StampReader(base_dir_ + "/" + client_ + "/" + stamp_file, shown(stamp_file), maps);
  }

  /// Calls `visit(name)` for each entry, holding one open folder and no lock.
  template <class Visit>
  void for_each_workspace(const Visit& visit) const {
    Descriptor folder = open_itself();
    if (folder.is_open()) for_each_entry(std::move(folder), client_, visit);
  }

  static void sync_folder(int folder, const std::string& shown) {
    // Some file systems know no fsync of a folder; they have nothing to write.
    if (::fsync(folder) != 0 && errno != EINVAL) throw_file_error(errno, "sync", shown);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds trust{1};

  // The descriptor, or -1 where there is no such folder. A folder that was put in the place of the one that is held
  // open is noticed by the next write, the next miss, and else after a second.
  [[nodiscard]] int find_root() const {
    const int root = root_.load();
    return root >= 0 && Clock::now().time_since_epoch().count() < trusted_until_.load() ? root : look_again();
  }

  [[nodiscard]] int find_or_make_root() const {
    int root = look_again();
    if (root < 0) {
      make_root();
      root = look_again();
    }
    if (root < 0) throw_file_error(ENOENT, "open", client_);
    return root;
  }

  [[nodiscard]] int look_again() const {
    const std::lock_guard lock(opening_);
    const std::string path = base_dir_ + "/" + client_;
    struct stat found {};
    if (::fstatat(AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      const int error = errno;
      trusted_until_ = 0;
      if (error != ENOENT) throw_file_error(error, "open", client_);
      return -1;
    }
    if (root_.load() < 0 || found.st_ino != inode_ || found.st_dev != device_) open_root(path);
    trusted_until_ = (Clock::now() + trust).time_since_epoch().count();
    return root_.load();
  }

  void open_root(const std::string& path) const {
    Descriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    if (!opened.is_open() || ::fstat(opened.get(), &status) != 0) throw_file_error(errno, "open", client_);
    const int root = root_.load();
    if (root < 0) {
      root_ = opened.release();
    } else if (put_in_place(opened.get(), root) < 0) {
      throw_file_error(errno, "open", client_);
    }
    inode_ = status.st_ino;
    device_ = status.st_dev;
    ++generation_;
  }

  // Other threads may be using `root` right now: they see the old folder or the new one, never a closed descriptor.
  static int put_in_place(int opened, int root) {
#if defined(__linux__)
    return ::dup3(opened, root, O_CLOEXEC);
#else
    const int result = ::dup2(opened, root);
    if (result >= 0) ::fcntl(root, F_SETFD, FD_CLOEXEC);
    return result;
#endif
  }

  // Not open where there is no such file, also after another look for the folder itself.
  [[nodiscard]] Descriptor open(const std::string& path, int flags,
                                IfMissing if_missing = IfMissing::look_again) const {
    while (true) {
      const std::uint64_t generation = generation_.load();
      const int root = find_root();
      if (root < 0) return {};
      Descriptor file(open_beneath(root, path, flags));
      if (file.is_open()) return file;
      const int error = errno;
      if (error == EINTR) continue;
      // Where a folder must be, O_NOFOLLOW makes a symbolic link "not a directory".
      if (error != ENOENT) throw_file_error(error, "open", shown(path));
      if (if_missing == IfMissing::believe || look_again() < 0 || generation_.load() == generation) return {};
    }
  }

  void make_root() const {
    const std::string path = base_dir_ + "/" + client_;
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
      make_folder(path.substr(0, at));
    }
    make_folder(path);
  }

  void make_folder(const std::string& path) const {
    if (::mkdir(path.c_str(), 0700) == 0) {
      if (!is_durable_) return;
      const auto slash = path.rfind('/');
      const std::string above = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
      const Descriptor parent(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (parent.is_open()) ::fsync(parent.get());
      return;
    }
    const int error = errno;
    // A folder above ours may exist where this process may make none.
    struct stat found {};
    if (::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return;
    throw_file_error(error == EEXIST ? ENOTDIR : error, "make the folder", path);
  }

  std::string base_dir_;
  std::string client_;
  bool is_durable_;
  mutable std::mutex opening_;
  mutable std::atomic<int> root_{-1};
  mutable std::atomic<Clock::rep> trusted_until_{0};
  mutable std::atomic<std::uint64_t> generation_{0};
  mutable ::ino_t inode_ = 0;
  mutable ::dev_t device_ = 0;
};

}  // namespace slack::oauth::inline v0::detail

#endif
