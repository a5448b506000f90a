// The folder of one client_id's states, on Windows.
#pragma once

#if defined(_WIN32)

#include <fcntl.h>
#include <io.h>
#include <share.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"

namespace slack::oauth::inline v0::detail {

class StateFolder {
 public:
  StateFolder(const Descriptor& folder, std::string shown) : folder_(folder.path()), shown_(std::move(shown)) {}

  void create(const std::string& name, std::string_view text) {
    const FileHandle file(folder_ / name, _O_WRONLY | _O_CREAT | _O_EXCL);
    if (file.error() != 0) throw_file_error(file.error(), "make", shown_);
    const int count = ::_write(file.get(), text.data(), static_cast<unsigned>(text.size()));
    if (count != static_cast<int>(text.size())) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown_);
  }

  [[nodiscard]] std::optional<std::string> read(const std::string& name, std::size_t limit) const {
    auto text =
        while_others_have_it([&]() -> std::optional<std::string> { return read_whole(folder_ / name, limit, shown_); });
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
    return while_others_have_it([&]() -> std::optional<std::string> {
      const FileHandle file(folder_ / name, _O_RDONLY | _O_TEMPORARY, _SH_DENYRW);
      if (file.error() == ENOENT) return std::nullopt;
      if (file.error() != 0) throw_file_error(file.error(), "open", shown_);
      return read_open(file, limit);
    });
  }

  bool remove(const std::string& name) {
    std::error_code error;
    const bool was_there = std::filesystem::remove(folder_ / name, error);
    if (error) throw_file_error(errno_of(error), "remove", shown_);
    return was_there;
  }

  /// Windows writes a removal to its journal itself, and has no sync of a folder.
  void sync() const {}

 private:
  /// Who takes a file has it to itself for a moment, and then it is gone.
  template <class Action>
  [[nodiscard]] static std::optional<std::string> while_others_have_it(const Action& action) {
    for (int attempts_left = 1000;; --attempts_left) {
      try {
        return action();
      } catch (const StorageError& error) {
        if (error.code() != "EACCES" || attempts_left == 0) throw;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

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
