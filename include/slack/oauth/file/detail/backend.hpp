// Records in the files of the Python SDK's file store. docs/stores/file.md says how they are laid out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/change.hpp"
#include "slack/oauth/file/detail/changes.hpp"
#include "slack/oauth/file/detail/installers.hpp"
#include "slack/oauth/file/detail/leases.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/file/detail/reader.hpp"
#include "slack/oauth/file/detail/steps.hpp"
#include "slack/oauth/file/detail/writer.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/store_changes.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

template <class InstallationT, class BotT, class Steps = NoFileSteps>
class FileBackend {
  using Writer = FileWriter<InstallationT, BotT, Steps>;
  using Reader = FileReader<InstallationT, BotT>;
  using Installers = InstallerFiles<Writer, InstallationT>;
  using Leases = FileLeases<Steps>;
  using Stored = StoredInstallation<InstallationT, BotT>;

 public:
  explicit FileBackend(FileInstallationStoreOptions options)
      : options_(checked(std::move(options))),
        shared_root_(
            std::make_shared<const ClientFolder>(options_.base_dir, client_name(options_.client_id), options_.sync)),
        root_(*shared_root_),
        leases_(std::make_shared<Leases>(shared_root_, options_.lock_timeout)),
        reader_(root_, options_.max_file_bytes) {}

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const { return reader_.bot(key); }

  [[nodiscard]] std::optional<Stored> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return user_id ? reader_.installation(key, *user_id) : reader_.newest(key);
  }

  void write(const WorkspaceKey& key, const InstallationT* installation, const BotT* bot) {
    const std::string workspace = workspace_name(key);
    Writer writer = make_writer(root_.make_workspace(workspace), workspace);
    FolderChange change;
    if (installation != nullptr) put_installation(writer, *installation, change);
    if (bot != nullptr) put_bot(writer, *bot, change);
    writer.commit(change);
  }

  bool replace_bot(const WorkspaceKey& key, const BotT* stored, const BotT* bot) {
    return replace(key, bot_name, stored, bot != nullptr, [&](Writer& writer, FolderChange& change) {
      if (bot != nullptr) {
        put_bot(writer, *bot, change);
      } else {
        erase_bot(writer, change);
      }
    });
  }

  bool replace_installation(const WorkspaceKey& key, const InstallationT* stored, const InstallationT* installation) {
    const std::string_view user_id = (stored != nullptr ? stored : installation)->user_id;
    return replace(key, installer_name(user_id), stored, installation != nullptr,
                   [&](Writer& writer, FolderChange& change) {
                     if (installation != nullptr) {
                       put_installation(writer, *installation, change);
                     } else {
                       Installers(writer, change).erase({.installations = true, .user_ids = std::span(&user_id, 1)});
                     }
                   });
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    const std::string workspace = workspace_name(key);
    Descriptor folder = root_.open_workspace(workspace);
    if (!folder.is_open()) return;
    Writer writer = make_writer(std::move(folder), workspace);
    FolderChange change;
    if (what.installations) Installers(writer, change).erase(what);
    if (what.bot && (!what.installed_until || writer.template is_of<BotT>(bot_name, what))) erase_bot(writer, change);
    writer.commit(change);
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const { reader_.for_each_bot(visit); }

  void for_each_installation(const std::function<void(Stored)>& visit) const { reader_.for_each_installation(visit); }

  [[nodiscard]] std::shared_ptr<Leases> leases() const { return leases_; }

  [[nodiscard]] std::unique_ptr<StoreChanges> changes() const {
    return std::make_unique<FileChanges>(root_, options_.map_changes);
  }

  /// See BasicFileInstallationStore.
  std::size_t purge_history(Timestamp before) {
    std::size_t removed = 0;
    root_.for_each_workspace([&](std::string_view workspace) {
      if (workspace.find('-') == std::string_view::npos) return;
      const std::string name(workspace);
      Descriptor folder = root_.open_workspace_or_none(name);
      if (!folder.is_open()) return;
      Writer writer = make_writer(std::move(folder), name);
      for (const std::string& file : writer.names()) {
        const auto time = parse_unix_time(history_stamp(file));
        if (!time || *time >= before) continue;
        writer.remove(file);
        ++removed;
      }
      writer.sync();
    });
    return removed;
  }

 private:
  [[nodiscard]] static FileInstallationStoreOptions checked(FileInstallationStoreOptions options) {
    require_folder_options(options.base_dir, options.client_id);
    if (options.max_file_bytes == 0)
      throw InvalidArgumentError("max_file_bytes", "is 0, so that no record could be kept");
    return options;
  }

  [[nodiscard]] Writer make_writer(Descriptor folder, const std::string& workspace) const {
    return Writer(root_, std::move(folder), workspace, {options_.max_file_bytes, options_.lock_timeout, options_.sync},
                  options_.logger);
  }

  /// Changes what `fill` says where the file still holds `stored`.
  template <class Record, class Fill>
  bool replace(const WorkspaceKey& key, std::string_view file, const Record* stored, bool is_to_be, const Fill& fill) {
    const std::string workspace = workspace_name(key);
    const bool is_first = stored == nullptr && is_to_be;
    Descriptor folder = is_first ? root_.make_workspace(workspace) : root_.open_workspace(workspace);
    if (!folder.is_open()) return false;
    Writer writer = make_writer(std::move(folder), workspace);
    const auto text = writer.read(file);
    std::optional<Record> current;
    if (text) current = writer.template decode<Record>(*text, file);
    if (!is_still(stored, pointer_to(current))) return false;
    FolderChange change;
    fill(writer, change);
    writer.commit(change);
    return true;
  }

  void put_bot(Writer& writer, const BotT& bot, FolderChange& change) const {
    std::string text = writer.encode(bot);
    const auto old_text = writer.read_if_sound(bot_name);
    if (options_.historical_data_enabled) change.files["bot-" + seconds_text(bot.installed_at)] = text;
    change.changes_bot = text != old_text;
    change.bot = std::move(text);
    if (old_text && has_token_of(bot, *old_text)) return;
    if (old_text) static_cast<void>(writer.template decode_if_sound<BotT>(*old_text, bot_name));  // for its warning
    Installers(writer, change).strip_bot(Superseded::kept);
  }

  /// Whether this library wrote that text, with the token of `bot`: then no installer's file holds another one.
  [[nodiscard]] static bool has_token_of(const BotT& bot, std::string_view text) {
    return text.ends_with(end_of_record) && names_value(text, "bot_token", bot.bot_token) &&
           names_value(text, "bot_refresh_token", bot.bot_refresh_token);
  }

  static void erase_bot(Writer& writer, FolderChange& change) {
    for (const std::string& name : writer.names()) {
      if (name == bot_name) {
        change.changes_bot = true;
      } else if (name.starts_with(bot_prefix)) {
        change.files[name] = std::nullopt;
      }
    }
    Installers(writer, change).strip_bot(Superseded::stripped);
  }

  void put_installation(Writer& writer, const InstallationT& installation, FolderChange& change) const {
    Installers(writer, change).put(installation, options_.historical_data_enabled);
  }

  FileInstallationStoreOptions options_;
  std::shared_ptr<const ClientFolder> shared_root_;  // with leases, which may outlive the store
  const ClientFolder& root_;
  std::shared_ptr<Leases> leases_;
  Reader reader_;
};

}  // namespace slack::oauth::inline v0::detail
