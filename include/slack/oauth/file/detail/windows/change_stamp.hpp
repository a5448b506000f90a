// The file ".changed" of a client's folder, on Windows.
#pragma once

#if defined(_WIN32)

#include <io.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/file/detail/error.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"
#include "slack/oauth/file/detail/windows/system.hpp"

namespace slack::oauth::inline v0::detail {

inline constexpr const char* stamp_file = ".changed";

class ChangeStamp {
 public:
  ChangeStamp(const std::filesystem::path& root, std::string shown)
      : file_(root / stamp_file, windows::to_change),
        bytes_(random_bytes(sizeof(std::uint64_t))),
        shown_(std::move(shown)) {
    if (file_.error() != 0) throw_file_error(file_.error(), "open", shown_);
  }

  void put() const {
    ::_lseek(file_.get(), 0, SEEK_SET);
    const int count = ::_write(file_.get(), bytes_.data(), static_cast<unsigned>(bytes_.size()));
    if (count != static_cast<int>(bytes_.size())) throw_file_error(count < 0 ? errno : ENOSPC, "write", shown_);
  }

 private:
  FileHandle file_;
  std::string bytes_;
  std::string shown_;
};

class StampReader {
 public:
  StampReader(std::filesystem::path path, std::string shown, bool /*maps*/)
      : path_(std::move(path)), shown_(std::move(shown)) {}

  /// Nothing: a file that is mapped could not be removed.
  [[nodiscard]] static std::optional<std::uint64_t> glance() { return std::nullopt; }

  [[nodiscard]] std::uint64_t read() const {
    std::uint64_t stamp = 0;
    const auto text = read_whole(path_, sizeof stamp, shown_);
    if (text && text->size() == sizeof stamp) std::memcpy(&stamp, text->data(), sizeof stamp);
    return stamp;
  }

 private:
  std::filesystem::path path_;
  std::string shown_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
