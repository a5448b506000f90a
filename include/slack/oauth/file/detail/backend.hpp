// Records in the files of the Python SDK's file store. docs/stores/file.md says how they are laid out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/change.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/file/detail/reader.hpp"
#include "slack/oauth/file/detail/steps.hpp"
#include "slack/oauth/file/detail/writer.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/records/record_codec.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

template <class InstallationT, class BotT, class Steps = NoFileSteps>
class FileBackend {
  using Writer = FileWriter<InstallationT, BotT, Steps>;
  using Reader = FileReader<InstallationT, BotT>;
  using Stored = StoredInstallation<InstallationT, BotT>;

 public:
  explicit FileBackend(FileInstallationStoreOptions options)
      : options_(checked(std::move(options))),
        shared_root_(
            std::make_shared<const ClientFolder>(options_.base_dir, client_name(options_.client_id), options_.sync)),
        root_(*shared_root_),
        reader_(root_, options_.max_file_bytes) {}

  [[nodiscard]] std::optional<BotT> read_bot(const WorkspaceKey& key) const { return reader_.bot(key); }

  [[nodiscard]] std::optional<Stored> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    return user_id ? reader_.installation(key, *user_id) : reader_.newest(key);
  }

  void write(const WorkspaceKey& key, const InstallationT* new_installation, const BotT* new_bot) {
    std::optional<InstallationT> installation;
    if (new_installation != nullptr) installation = *new_installation;
    std::optional<BotT> bot;
    if (new_bot != nullptr) bot = *new_bot;
    const std::string name = workspace_name(key);
    Writer writer(root_.make_workspace(name), root_.shown(name), limits(), options_.logger);
    FolderChange change;
    const auto old_bot_text = writer.read(bot_name);
    if (bot) {
      std::string text = writer.encode(*bot);
      if (options_.historical_data_enabled) change.files["bot-" + seconds_text(bot->installed_at)] = text;
      change.refreshes_installers = is_for_others(writer, old_bot_text, *bot, installation);
      change.changes_bot = text != old_bot_text;
      change.bot = std::move(text);
    } else if (installation && old_bot_text) {
      bot = writer.template decode<BotT>(*old_bot_text, bot_name);
    }
    if (installation) {
      compose_installation(*installation, std::move(bot));
      put_installation(writer, *installation, change);
    }
    writer.commit(change);
  }

  void erase(const WorkspaceKey& key, const Erasure& what) {
    const std::string name = workspace_name(key);
    Descriptor folder = root_.open_workspace(name);
    if (!folder.is_open()) return;
    Writer writer(std::move(folder), root_.shown(name), limits(), options_.logger);
    const std::vector<std::string> names = writer.names();
    FolderChange change;
    const auto erase_prefix = [&](std::string prefix) {
      for (const std::string& file : names) {
        if (!file.starts_with(prefix) || file == bot_name) continue;
        change.erased_prefixes.push_back(std::move(prefix));
        return;
      }
    };
    if (what.bot) {
      change.changes_bot = writer.read(bot_name).has_value();
      erase_prefix(std::string(bot_prefix));
    }
    if (what.installations && what.user_ids.empty()) {
      erase_prefix(std::string(installer_prefix));
    } else {
      if (what.installations) erase_user(writer, names, what.user_ids.front(), change, erase_prefix);
      change.refreshes_installers = what.bot && has_installers(names);
    }
    writer.commit(change);
  }

  void for_each_bot(const std::function<void(const BotT&)>& visit) const { reader_.for_each_bot(visit); }

  void for_each_installation(const std::function<void(Stored)>& visit) const { reader_.for_each_installation(visit); }

  bool replace_bot(const WorkspaceKey&, const BotT*, const BotT*) { throw NotImplementedError("replace_bot"); }
  bool replace_installation(const WorkspaceKey&, const InstallationT*, const InstallationT*) {
    throw NotImplementedError("replace_installation");
  }

  /// See BasicFileInstallationStore.
  std::size_t purge_history(Timestamp before) {
    std::size_t removed = 0;
    root_.for_each_workspace([&](std::string_view workspace) {
      if (workspace.find('-') == std::string_view::npos) return;
      const std::string name(workspace);
      Descriptor folder = root_.open_workspace_or_none(name);
      if (!folder.is_open()) return;
      Writer writer(std::move(folder), root_.shown(name), limits(), options_.logger);
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

  [[nodiscard]] typename Writer::Limits limits() const {
    return {options_.max_file_bytes, options_.lock_timeout, options_.sync};
  }

  [[nodiscard]] static bool has_installers(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (name.starts_with(installer_prefix)) return true;
    }
    return false;
  }

  /// Whether other installers' files hold a bot that is no longer this one.
  [[nodiscard]] static bool is_for_others(const Writer& writer, const std::optional<std::string>& old_bot_text,
                                          const BotT& bot, const std::optional<InstallationT>& installation) {
    InstallationT before{};
    InstallationT after{};
    after.installed_at = before.installed_at;
    try {
      std::optional<BotT> old_bot;
      if (old_bot_text) old_bot = writer.template decode<BotT>(*old_bot_text, bot_name);
      compose_installation(before, std::move(old_bot));
      compose_installation(after, std::optional<BotT>(bot));
      if (before == after) return false;
    } catch (const InvalidDataError&) {
      // Whatever it was, it is replaced now.
    }
    for (const std::string& name : writer.names()) {
      if (!name.starts_with(installer_prefix)) continue;
      if (!installation || name != installer_name(installation->user_id)) return true;
    }
    return false;
  }

  struct Newest {
    std::string text{};
    std::string user_id{};
    RecordOrder order{};
  };

  [[nodiscard]] static std::optional<Newest> read_order(const Writer& writer, std::string_view name) {
    auto text = writer.read(name);
    if (!text) return std::nullopt;
    auto record = writer.template decode<InstallationT>(*text, name);
    const RecordOrder order{record.installed_at, order_number(*text)};
    return Newest{std::move(*text), std::move(record.user_id), order};
  }

  /// The newest of the users' files, but for one.
  [[nodiscard]] static std::optional<Newest> newest_but(const Writer& writer, const std::vector<std::string>& names,
                                                        std::string_view left_out) {
    std::optional<Newest> newest;
    for (const std::string& name : names) {
      if (!is_installer_name(name) || name == left_out) continue;
      auto found = read_order(writer, name);
      if (found && (!newest || newest->order < found->order)) newest = std::move(found);
    }
    return newest;
  }

  void put_installation(Writer& writer, const InstallationT& installation, FolderChange& change) const {
    const std::string file = installer_name(installation.user_id);
    auto newest = read_order(writer, newest_installer_name);
    RecordOrder order{installation.installed_at};
    // The newest file may have been this user's own, or the Python SDK without history may have written none.
    if (!newest ||
        (newest->user_id == installation.user_id && installation.installed_at < newest->order.installed_at)) {
      const bool had_file = newest.has_value();
      newest = newest_but(writer, writer.names(), file);
      if (had_file && newest) order.number = writer.next_number(newest->order.number);
    }
    // Most saves are newer than all before them, and need no number to show it.
    if (order.number == 0 && newest && installation.installed_at <= newest->order.installed_at) {
      order.number = writer.next_number(newest->order.number);
    }
    std::string text = writer.encode(installation, order.number);
    if (options_.historical_data_enabled) {
      const std::string stamp = seconds_text(installation.installed_at);
      change.files["installer-" + stamp] = text;
      change.files[user_prefix(installation.user_id) + stamp] = text;
    }
    if (!newest || newest->order < order) {
      change.files[std::string(newest_installer_name)] = text;
    } else if (newest->text != writer.read(newest_installer_name)) {
      change.files[std::string(newest_installer_name)] = std::move(newest->text);
    }
    change.files[file] = std::move(text);
  }

  template <class ErasePrefix>
  void erase_user(const Writer& writer, const std::vector<std::string>& names, std::string_view user_id,
                  FolderChange& change, const ErasePrefix& erase_prefix) const {
    const std::string prefix = user_prefix(user_id);
    const std::string file = installer_name(user_id);
    erase_prefix(prefix);
    if (change.erased_prefixes.empty() || change.erased_prefixes.back() != prefix) return;
    for (const std::string& name : names) {
      if (!name.starts_with(prefix) || name == file) continue;
      const std::string of_all = std::string(installer_prefix) + name.substr(prefix.size());
      const auto record = read_order(writer, of_all);
      if (record && record->user_id == user_id) change.files[of_all] = std::nullopt;
    }
    const auto newest = read_order(writer, newest_installer_name);
    if (!newest || newest->user_id != user_id) return;
    auto next = newest_but(writer, names, file);
    change.files[std::string(newest_installer_name)] = next ? FileContent(std::move(next->text)) : std::nullopt;
  }

  FileInstallationStoreOptions options_;
  std::shared_ptr<const ClientFolder> shared_root_;  // with leases, which may outlive the store
  const ClientFolder& root_;
  Reader reader_;
};

}  // namespace slack::oauth::inline v0::detail
