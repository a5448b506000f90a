// Reads records while others write them, without a lock.
//
// The bot is one file. An installation is three: the installer's file, the bot's, and a journal that is most often not
// there. They are read as of one moment by looking at the installer's file first and, after the others, once more: if
// it is still in its place, all that was read in between belongs together (see change.hpp for why the journal and the
// order matter). If it is not, another write got between, and the read starts again. The newest installation is found
// in the same way, by "installer-latest", which a write replaces last of all.
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
    Look look;
    auto found = consistent(folder, file, key, look);
    if (found && found->installation.user_id != user_id) throw_not_of_its_place(folder + "/" + file);
    return found;
  }

  /// The newest installation, by the users' files: "installer-latest" is there for others, and who writes beside this
  /// library may leave it behind. But every write of ours that changes which one is the newest replaces it.
  [[nodiscard]] std::optional<Stored> newest(const WorkspaceKey& key) const {
    const std::string folder = workspace_name(key);
    const std::string path = folder + "/" + std::string(newest_installer_name);
    const std::string journal_path = folder + "/" + std::string(journal_file);
    FileText latest_text;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
      pause_before(attempt);
      const auto latest = open_and_read(path, latest_text);
      // The first look takes it that there is no journal, and hears if there is one.
      const auto pending = attempt == 0 ? std::nullopt : journal(journal_path);
      const bool is_committed = pending && this->is_committed(pending->change, folder);
      const auto file = newest_user_file(folder, is_committed ? &pending->change : nullptr);
      Look look;
      auto found = file ? consistent(folder, *file, key, look) : std::nullopt;
      if (!file) look.has_journal = journal(journal_path).has_value();
      if (look.has_journal != pending.has_value() || (file && !found && !pending)) continue;
      if (pending && (!root_->is_in_place(pending->file, journal_path) ||
                      is_committed != this->is_committed(pending->change, folder))) {
        continue;
      }
      if (latest ? !root_->is_in_place(*latest, path) : root_->open_file(path, IfMissing::believe).has_value())
        continue;
      if (latest && latest_text.view() != look.installer_text.view()) {
        static_cast<void>(decode<InstallationT>(latest_text.view(), path));
      }
      return found;
    }
    throw_busy(path);
  }

  template <class Visit>
  void for_each_bot(const Visit& visit) const {
    root_->for_each_workspace([&](std::string_view folder) {
      if (folder.find('-') == std::string_view::npos) return;
      const std::string path = std::string(folder).append("/").append(bot_name);
      FileText text;
      if (!read_listed(path, text)) return;
      const auto bot = decode<BotT>(text.view(), path);
      require_folder_of(bot, folder, path);
      visit(bot);
    });
  }

  template <class Visit>
  void for_each_installation(const Visit& visit) const {
    root_->for_each_workspace([&](std::string_view folder) {
      if (folder.find('-') == std::string_view::npos) return;
      Look look;
      for (const std::string& file : user_files_of(std::string(folder))) {
        auto found = consistent(std::string(folder), file, std::nullopt, look);
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

  /// What is read on the way to an installation.
  struct Look {
    FileText installer_text;  // left as it is, like its bytes
    FileText bot_text;
    bool has_journal = false;
  };

  [[nodiscard]] std::optional<OpenFile> open_and_read(const std::string& path, FileText& text) const {
    auto file = root_->open_file(path);
    if (file) file->read(text, max_file_bytes_, [&] { return root_->shown(path); });
    return file;
  }

  [[nodiscard]] bool read(const std::string& path, FileText& text) const {
    return open_and_read(path, text).has_value();
  }

  template <class Record>
  [[nodiscard]] Record decode(std::string_view text, const std::string& path) const {
    return decode_record<Record>(text, max_file_bytes_, [&] { return root_->shown(path); });
  }

  static void pause_before(int attempt) {
    if (attempt > 100) std::this_thread::sleep_for(std::chrono::microseconds{50});
  }

  [[noreturn]] void throw_busy(const std::string& path) const {
    throw StorageError({.backend = "file", .native_code = "EBUSY", .is_retryable = true},
                       detail::quoted(root_->shown(path)) + " was changed again and again while it was read");
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
    auto bot = decode<BotT>(text, path);
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

  [[nodiscard]] bool is_committed(const FolderChange& change, const std::string& folder) const {
    FileText text;
    const bool has_bot = read(folder + "/" + std::string(bot_name), text);
    return change.is_committed(has_bot ? std::optional(text.view()) : std::nullopt);
  }

  /// What one installer's file says, and the bot's, as of one moment. Without a key the ids are not compared.
  [[nodiscard]] std::optional<Stored> consistent(const std::string& folder, const std::string& file,
                                                 const std::optional<WorkspaceKey>& key, Look& look) const {
    const std::string path = folder + "/" + file;
    const std::string bot_path = folder + "/" + std::string(bot_name);
    const std::string journal_path = folder + "/" + std::string(journal_file);
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
      pause_before(attempt);
      const auto installer = open_and_read(path, look.installer_text);
      std::optional<std::string_view> found;
      if (installer) found = look.installer_text.view();
      // Without the installer's file there is nothing to find, unless a journal has it.
      bool has_bot = installer && read(bot_path, look.bot_text);
      const auto pending = journal(journal_path);
      look.has_journal = pending.has_value();
      const FileContent* changed = nullptr;
      if (pending) {
        has_bot = read(bot_path, look.bot_text);
        if (!root_->is_in_place(pending->file, journal_path)) continue;
        const auto current_bot = has_bot ? std::optional(look.bot_text.view()) : std::nullopt;
        if (pending->change.is_committed(current_bot)) changed = pending->change.content_of(file);
      }
      if (changed != nullptr) {
        found = *changed ? std::optional<std::string_view>(**changed) : std::nullopt;
      } else if (installer ? !root_->is_in_place(*installer, path)
                           : root_->open_file(path, IfMissing::believe).has_value()) {
        continue;
      }
      if (!found) return std::nullopt;
      Stored stored{decode<InstallationT>(*found, path), {}};
      if (key && !belongs_to(stored.installation, *key)) throw_not_of_its_place(path);
      if (has_bot) stored.bot = decode_bot(look.bot_text.view(), bot_path, key);
      return stored;
    }
    throw_busy(path);
  }

  /// The names of all users' files, in order, with those that only a change has.
  [[nodiscard]] std::vector<std::string> user_files(const std::string& folder, const FolderChange* change) const {
    std::vector<std::string> names;
    const auto keep = [&names](std::string_view name) {
      if (is_installer_name(name)) names.emplace_back(name);
    };
    if (change != nullptr) {
      for (const auto& [name, content] : change->files) keep(name);
    }
    Descriptor listed = root_->open_workspace_or_none(folder);
    if (listed.is_open()) for_each_entry(std::move(listed), root_->shown(folder), keep);
    // A file that is replaced during the listing may be listed twice.
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  /// With those that only a journal has.
  [[nodiscard]] std::vector<std::string> user_files_of(const std::string& folder) const {
    const Descriptor workspace = root_->open_workspace_or_none(folder);
    if (!workspace.is_open()) return {};
    const auto pending = journal(folder + "/" + std::string(journal_file));
    return user_files(folder, pending ? &pending->change : nullptr);
  }

  /// As the files are once `change` is done.
  [[nodiscard]] std::optional<std::string> newest_user_file(const std::string& folder,
                                                            const FolderChange* change) const {
    std::vector<std::string> files = user_files(folder, change);
    if (files.size() == 1) return std::move(files.front());
    std::optional<std::string> newest;
    RecordOrder newest_order;
    FileText file_text;
    for (std::string& file : files) {
      const std::string path = folder + "/" + file;
      const FileContent* const changed = change == nullptr ? nullptr : change->content_of(file);
      if (changed != nullptr ? !*changed : !read(path, file_text)) continue;
      const std::string_view text = changed != nullptr ? std::string_view(**changed) : file_text.view();
      const RecordOrder order{decode<InstallationT>(text, path).installed_at, order_number(text)};
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
