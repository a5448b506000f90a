// The folder of one client_id, on Windows.
#pragma once

#if defined(_WIN32)

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
#include "slack/oauth/file/detail/windows/change_stamp.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"

namespace slack::oauth::inline v0::detail {

/// Calls `visit(name)` for each entry but "." and "..".
template <class Visit>
void for_each_entry(Descriptor folder, const std::string& shown, const Visit& visit) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder.path(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    // In UTF-8, since the system's code page may not have what others called a file of theirs.
    const std::u8string name = entry->path().filename().u8string();
    visit(std::string_view(reinterpret_cast<const char*>(name.data()), name.size()));
  }
  if (error) throw_file_error(errno_of(error), "list", shown);
}

enum class IfMissing { look_again, believe };

class ClientFolder {
 public:
  ClientFolder(const std::string& base_dir, std::string client, bool /*is_durable*/)
      : root_(std::filesystem::path(base_dir) / client), client_(std::move(client)) {}

  [[nodiscard]] std::string shown(std::string_view path) const { return client_ + "/" + std::string(path); }

  [[nodiscard]] std::optional<OpenFile> open_file(const std::string& path,
                                                  IfMissing /*if_missing*/ = IfMissing::look_again) const {
    constexpr std::size_t limit = std::size_t{1} << 28U;
    if (!open_workspace(path.substr(0, path.find('/'))).is_open()) return std::nullopt;
    auto text = read_whole(root_ / path, limit, shown(path));
    if (!text) return std::nullopt;
    return OpenFile(root_ / path, *std::move(text));
  }

  [[nodiscard]] bool is_in_place(const OpenFile& file, const std::string& path) const {
    return file.is_in_place(shown(path));
  }

  [[nodiscard]] Descriptor open_itself() const { return open_folder(root_, client_); }

  [[nodiscard]] Descriptor make_itself() const {
    make_folders(root_, client_);
    return open_itself();
  }

  [[nodiscard]] Descriptor open_workspace(const std::string& name) const {
    return open_folder(root_ / name, shown(name));
  }

  [[nodiscard]] Descriptor open_workspace_or_none(const std::string& name) const {
    try {
      return open_workspace(name);
    } catch (const StorageError& error) {
      if (error.code() != "ENOTDIR") throw;
      return {};
    }
  }

  [[nodiscard]] Descriptor make_workspace(const std::string& name) const {
    make_folders(root_ / name, shown(name));
    return open_workspace(name);
  }

  [[nodiscard]] ChangeStamp make_stamp() const { return ChangeStamp(root_, shown(stamp_file)); }

  [[nodiscard]] StampReader stamps(bool maps) const { return StampReader(root_ / stamp_file, shown(stamp_file), maps); }

  template <class Visit>
  void for_each_workspace(const Visit& visit) const {
    const Descriptor folder = open_itself();
    if (folder.is_open()) for_each_entry(folder, client_, visit);
  }

 private:
  [[nodiscard]] static Descriptor open_folder(const std::filesystem::path& path, const std::string& shown) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (status.type() == std::filesystem::file_type::not_found) {
      require_folder_above(path, shown);
      return {};
    }
    if (status.type() == std::filesystem::file_type::none) throw_file_error(errno_of(error), "open", shown);
    if (std::filesystem::is_symlink(status)) throw_file_error(ELOOP, "open", shown);
    if (!std::filesystem::is_directory(status)) throw_file_error(ENOTDIR, "open", shown);
    return Descriptor(path);
  }

  // Windows calls what lies below a file "not found" too.
  static void require_folder_above(const std::filesystem::path& path, const std::string& shown) {
    for (auto above = path.parent_path(); !above.empty(); above = above.parent_path()) {
      std::error_code error;
      const auto status = std::filesystem::status(above, error);
      if (std::filesystem::is_directory(status) || above == above.parent_path()) return;
      if (std::filesystem::exists(status)) throw_file_error(ENOTDIR, "open", shown);
    }
  }

  static void make_folders(const std::filesystem::path& path, const std::string& shown) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) throw_file_error(errno_of(error), "make the folder", shown);
  }

  std::filesystem::path root_;
  std::string client_;
};

}  // namespace slack::oauth::inline v0::detail

#endif
