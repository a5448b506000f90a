// The folder of one client_id's states, on Windows.
#pragma once

#if defined(_WIN32)

#include <io.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"
#include "slack/oauth/file/detail/windows/system.hpp"

namespace slack::oauth::inline v0::detail {

class StateFolder {
 public:
  StateFolder(const Descriptor& folder, std::string shown) : folder_(folder.path()), shown_(std::move(shown)) {}

  void create(const std::string& name, std::string_view text) {
    const FileHandle file(folder_ / name, windows::to_make);
    if (file.error() != 0) throw_file_error(file.error(), "make", shown_);
    const int count = ::_write(file.get(), text.data(), static_cast<unsigned>(text.size()));
    if (count != static_cast<int>(text.size())) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown_);
  }

  [[nodiscard]] std::optional<std::string> read(const std::string& name, std::size_t limit) const {
    auto text = read_whole(folder_ / name, limit, shown_);
    if (text) require_short(*text, limit);
    return text;
  }

  // Two can remove one file here and both be told that they did. So the one that gets it is the one that has it open
  // alone, and it is gone when that one closes it.
  [[nodiscard]] std::optional<std::string> take(const std::string& name, std::size_t limit) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(folder_ / name, error);
    if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
    if (std::filesystem::is_symlink(status)) throw_file_error(ELOOP, "open", shown_);
    if (std::filesystem::is_directory(status)) throw InvalidDataError(shown_, "is a folder, not a record");
    const FileHandle file(folder_ / name, windows::to_take);
    if (file.error() == ENOENT) return std::nullopt;
    if (file.error() != 0) throw_file_error(file.error(), "open", shown_);
    return read_open(file, limit);
  }

  bool remove(const std::string& name) {
    const int error = windows::remove_file((folder_ / name).c_str());
    if (error != 0 && error != ENOENT) throw_file_error(error, "remove", shown_);
    return error == 0;
  }

  /// Windows writes a removal to its journal itself, and has no sync of a folder.
  void sync() const {}

 private:
  [[nodiscard]] std::string read_open(const FileHandle& file, std::size_t limit) const {
    std::string text(limit + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const int count = ::_read(file.get(), text.data() + size, static_cast<unsigned>(text.size() - size));
      if (count < 0) throw_file_error(errno, "read", shown_);
      if (count == 0) break;
      size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    require_short(text, limit);
    return text;
  }

  void require_short(const std::string& text, std::size_t limit) const {
    if (text.size() > limit) throw InvalidDataError(shown_, "is longer than " + std::to_string(limit) + " bytes");
  }

  std::filesystem::path folder_;
  std::string shown_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
