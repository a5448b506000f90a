// Files on Windows.
#pragma once

#if defined(_WIN32)

#include <io.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/windows/system.hpp"

namespace slack::oauth::inline v0::detail {

/// A folder, by its path. Not open where it is empty.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] bool is_open() const { return !path_.empty(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Owns a file, which the C library reads and writes.
class FileHandle {
 public:
  FileHandle(const std::filesystem::path& path, const windows::Opening& how)
      : error_(windows::retry_refused([&] { return open(path, how); })) {}
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle() {
    if (fd_ >= 0) ::_close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int error() const noexcept { return error_; }

  /// What Windows knows it by.
  [[nodiscard]] void* handle() const noexcept { return reinterpret_cast<void*>(::_get_osfhandle(fd_)); }

 private:
  [[nodiscard]] int open(const std::filesystem::path& path, const windows::Opening& how) {
    void* const handle =
        ::CreateFileW(path.c_str(), how.access, how.sharing, nullptr, how.disposition, how.flags, nullptr);
    const auto number = reinterpret_cast<std::intptr_t>(handle);
    if (number == -1) return windows::last_error();
    fd_ = ::_open_osfhandle(number, 0);
    if (fd_ >= 0) return 0;
    ::CloseHandle(handle);
    return EMFILE;
  }

  int fd_ = -1;
  int error_;
};

[[nodiscard]] inline int errno_of(const std::error_code& error) { return error.default_error_condition().value(); }

/// The text of a file, of at most one byte more than `limit`; absent where there is no such file.
[[nodiscard]] inline std::optional<std::string> read_whole(const std::filesystem::path& path, std::size_t limit,
                                                           const std::string& shown) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (std::filesystem::is_symlink(status)) throw_file_error(ELOOP, "open", shown);
  if (std::filesystem::is_directory(status)) throw InvalidDataError(shown, "is a folder, not a record");
  const FileHandle file(path, windows::to_read);
  if (file.error() == ENOENT) return std::nullopt;
  if (file.error() != 0) throw_file_error(file.error(), "open", shown);
  std::string text;
  while (text.size() <= limit) {
    const std::size_t before = text.size();
    text.resize(before + 8192);
    const int count = ::_read(file.get(), text.data() + before, 8192);
    if (count < 0) throw_file_error(errno, "read", shown);
    text.resize(before + static_cast<std::size_t>(count));
    if (count == 0) break;
  }
  return text;
}

class FileText {
 public:
  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  friend class OpenFile;
  std::string text_;
};

/// A file that was read whole and closed: one that stays open could not be replaced.
class OpenFile {
 public:
  OpenFile(std::filesystem::path path, std::string text) : path_(std::move(path)), text_(std::move(text)) {}

  template <class Shown>
  void read(FileText& text, std::size_t limit, const Shown& shown) const {
    if (text_.size() > limit) throw InvalidDataError(shown(), "is longer than " + std::to_string(limit) + " bytes");
    text.text_ = text_;
  }

  [[nodiscard]] bool is_in_place(const std::string& shown) const {
    return read_whole(path_, text_.size(), shown) == text_;
  }

 private:
  std::filesystem::path path_;
  std::string text_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
