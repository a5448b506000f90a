// Reads records while others write them, without a lock.
//
// The bot is one file. An installation is three: the installer's file, the bot's, and a journal that is most often not
// there. They are read as of one moment by looking at the installer's file first and, after the others, once more: if
// it is still in its place, all that was read in between belongs together (see change.hpp for why the journal and the
// order matter). If it is not, another write got between, and the read starts again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/change.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/records/record_codec.hpp"

namespace slack::oauth::inline v0::detail {

// A journal holds a handful of records, and the names of superseded ones.
inline constexpr std::size_t max_journal_bytes = std::size_t{64} << 20U;

/// Whether a record is filed where it belongs. Its ids are compared, since names may be hashes, and files may be moved.
template <class Record>
[[nodiscard]] bool belongs_to(const Record& record, const WorkspaceKey& key) {
  if (id_or_empty(record.enterprise_id) != key.enterprise_id) return false;
  return id_or_empty(record.team_id) == key.team_id || (record.is_enterprise_install && key.team_id.empty());
}

template <class InstallationT, class BotT>
class FileReader {
 public:
  using Stored = StoredInstallation<InstallationT, BotT>;

  FileReader(const ClientFolder& root, std::size_t max_file_bytes) : root_(&root), max_file_bytes_(max_file_bytes) {}

  [[nodiscard]] std::optional<BotT> bot(const WorkspaceKey& key) const {
    const std::string path = workspace_name(key).append("/").append(bot_name);
    FileText text;
    if (!read(path, text)) return std::nullopt;
    return decode_bot(text.view(), path, key);
  }

  /// This user's installation.
  [[nodiscard]] std::optional<Stored> installation(const WorkspaceKey& key, std::string_view user_id) const {
    const std::string folder = workspace_name(key);
    const std::string file = installer_name(user_id);
    auto found = consistent(folder, file, key);
    if (found && found->installation.user_id != user_id) throw_not_of_its_place(folder + "/" + file);
    return found;
  }

  /// The newest installation.
  [[nodiscard]] std::optional<Stored> newest(const WorkspaceKey& key) const {
    const std::string folder = workspace_name(key);
    auto found = consistent(folder, std::string(newest_installer_name), key);
    // The Python SDK without history writes users' files only, and then this one is older than its bot, or not there.
    if (found && (!found->bot || found->bot->installed_at <= found->installation.installed_at)) return found;
    const auto user_file = newest_user_file(folder);
    if (!user_file) return found;
    auto of_user = consistent(folder, *user_file, key);
    if (!of_user) return found;
    if (found && found->installation.installed_at >= of_user->installation.installed_at) return found;
    return of_user;
  }

  template <class Visit>
  void for_each_bot(const Visit& visit) const {
    root_->for_each_workspace([&](std::string_view folder) {
      if (folder.find('-') == std::string_view::npos) return;
      const std::string path = std::string(folder).append("/").append(bot_name);
      FileText text;
      if (!read_listed(path, text)) return;
      const auto bot = decode_record<BotT>(text.view(), max_file_bytes_, [&] { return root_->shown(path); });
      require_folder_of(bot, folder, path);
      visit(bot);
    });
  }

  template <class Visit>
  void for_each_installation(const Visit& visit) const {
    root_->for_each_workspace([&](std::string_view folder) {
      if (folder.find('-') == std::string_view::npos) return;
      for (const std::string& file : user_files(std::string(folder))) {
        auto found = consistent(std::string(folder), file, std::nullopt);
        if (!found) continue;
        const std::string path = std::string(folder) + "/" + file;
        require_folder_of(found->installation, folder, path);
        if (installer_name(found->installation.user_id) != file) throw_not_of_its_place(path);
        visit(std::move(*found));
      }
    });
  }

 private:
  static constexpr int max_attempts = 10'000;

  [[nodiscard]] bool read(const std::string& path, FileText& text) const {
    const auto file = root_->open_file(path);
    if (!file) return false;
    file->read(text, max_file_bytes_, [&] { return root_->shown(path); });
    return true;
  }

  // What lies beside the workspaces' folders is not ours to judge.
  [[nodiscard]] bool read_listed(const std::string& path, FileText& text) const {
    try {
      return read(path, text);
    } catch (const StorageError& error) {
      if (error.code() == "ENOTDIR") return false;
      throw;
    }
  }

  [[nodiscard]] BotT decode_bot(std::string_view text, const std::string& path,
                                const std::optional<WorkspaceKey>& key) const {
    auto bot = decode_record<BotT>(text, max_file_bytes_, [&] { return root_->shown(path); });
    if (key && !belongs_to(bot, *key)) throw_not_of_its_place(path);
    return bot;
  }

  [[noreturn]] void throw_not_of_its_place(const std::string& path) const {
    throw InvalidDataError(root_->shown(path), "is the record of another workspace or user");
  }

  template <class Record>
  void require_folder_of(const Record& record, std::string_view folder, const std::string& path) const {
    const std::string_view enterprise_id = id_or_empty(record.enterprise_id);
    const bool is_of_team = workspace_name({enterprise_id, id_or_empty(record.team_id)}) == folder;
    if (is_of_team || (record.is_enterprise_install && workspace_name({enterprise_id, {}}) == folder)) return;
    throw_not_of_its_place(path);
  }

  struct Journal {
    OpenFile file;
    FolderChange change;
  };

  [[nodiscard]] std::optional<Journal> journal(const std::string& path) const {
    auto file = root_->open_file(path, IfMissing::believe);
    if (!file) return std::nullopt;
    const auto shown = [&] { return root_->shown(path); };
    FileText text;
    file->read(text, max_journal_bytes, shown);
    auto change = decode_journal(text.view(), shown);
    return Journal{std::move(*file), std::move(change)};
  }

  /// What one installer's file says, and the bot's, as of one moment. Without a key the ids are not compared.
  [[nodiscard]] std::optional<Stored> consistent(const std::string& folder, const std::string& file,
                                                 const std::optional<WorkspaceKey>& key) const {
    const std::string path = folder + "/" + file;
    const std::string bot_path = folder + "/" + std::string(bot_name);
    const std::string journal_path = folder + "/" + std::string(journal_file);
    FileText installer_text;
    FileText bot_text;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
      if (attempt > 100) std::this_thread::sleep_for(std::chrono::microseconds{50});
      const auto installer = root_->open_file(path);
      std::optional<std::string_view> found;
      if (installer) {
        installer->read(installer_text, max_file_bytes_, [&] { return root_->shown(path); });
        found = installer_text.view();
      }
      // Without the installer's file there is nothing to find, unless a journal has it.
      bool has_bot = installer && read(bot_path, bot_text);
      const auto pending = journal(journal_path);
      const FileContent* changed = nullptr;
      if (pending) {
        has_bot = read(bot_path, bot_text);
        if (!root_->is_in_place(pending->file, journal_path)) continue;
        const auto current_bot = has_bot ? std::optional(bot_text.view()) : std::nullopt;
        if (pending->change.is_committed(current_bot)) changed = pending->change.content_of(file);
      }
      if (changed != nullptr) {
        found = *changed ? std::optional<std::string_view>(**changed) : std::nullopt;
      } else if (installer ? !root_->is_in_place(*installer, path)
                           : root_->open_file(path, IfMissing::believe).has_value()) {
        continue;
      }
      if (!found) return std::nullopt;
      Stored stored{decode_record<InstallationT>(*found, max_file_bytes_, [&] { return root_->shown(path); }), {}};
      if (key && !belongs_to(stored.installation, *key)) throw_not_of_its_place(path);
      if (has_bot) stored.bot = decode_bot(bot_text.view(), bot_path, key);
      return stored;
    }
    throw StorageError({.backend = "file", .native_code = "EBUSY", .is_retryable = true},
                       detail::quoted(root_->shown(path)) + " was changed again and again while it was read");
  }

  /// The names of all users' files, with those that only a journal has.
  [[nodiscard]] std::vector<std::string> user_files(const std::string& folder) const {
    std::vector<std::string> names;
    const auto keep = [&names](std::string_view name) {
      if (is_installer_name(name)) names.emplace_back(name);
    };
    try {
      Descriptor listed = root_->open_workspace(folder);
      if (!listed.is_open()) return names;
      if (const auto pending = journal(folder + "/" + std::string(journal_file))) {
        for (const auto& [name, content] : pending->change.files) keep(name);
      }
      for_each_entry(std::move(listed), root_->shown(folder), keep);
    } catch (const StorageError& error) {
      if (error.code() != "ENOTDIR") throw;
    }
    // A file that is replaced during the listing may be listed twice.
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  [[nodiscard]] std::optional<std::string> newest_user_file(const std::string& folder) const {
    std::optional<std::string> newest;
    RecordOrder newest_order;
    for (std::string& file : user_files(folder)) {
      const std::string path = folder + "/" + file;
      FileText text;
      RecordOrder order;
      if (read(path, text)) {
        const auto record =
            decode_record<InstallationT>(text.view(), max_file_bytes_, [&] { return root_->shown(path); });
        order = {record.installed_at, order_number(text.view())};
      } else {
        const auto pending = journal(folder + "/" + std::string(journal_file));
        const FileContent* const content = pending ? pending->change.content_of(file) : nullptr;
        if (content == nullptr || !*content) continue;
        const auto record =
            decode_record<InstallationT>(**content, max_file_bytes_, [&] { return root_->shown(path); });
        order = {record.installed_at, order_number(**content)};
      }
      if (newest && order < newest_order) continue;
      newest = std::move(file);
      newest_order = order;
    }
    return newest;
  }

  const ClientFolder* root_;
  std::size_t max_file_bytes_;
};

}  // namespace slack::oauth::inline v0::detail
