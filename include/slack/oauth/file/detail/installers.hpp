// What a write makes of the installers' files of a workspace. Called under its lock; nothing is changed before the
// change is committed.
//
// No file but "bot-latest" holds a bot's token: the Python SDK's file store takes it from there for every query with a
// user, and for one without where "installer-latest" has none. What others wrote otherwise is stripped of it in the
// same step in which the token changes.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/backend.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/change.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/records/record_codec.hpp"

namespace slack::oauth::inline v0::detail {

/// What becomes of a bot's token in superseded records.
enum class Superseded { kept, stripped };

template <class Writer, class InstallationT>
class InstallerFiles {
 public:
  InstallerFiles(Writer& writer, FolderChange& change) : writer_(&writer), change_(&change) {}

  void put(const InstallationT& installation, bool keeps_history) {
    const std::string file = installer_name(installation.user_id);
    auto latest = read_if_sound(newest_installer_name);
    // What "installer-latest" says is not enough where it says nothing, where it was this user's own, or where its
    // user's file is another by now, as the Python SDK leaves it.
    const bool is_own = latest && latest->user_id == installation.user_id;
    const bool is_later = latest && latest->order.installed_at < installation.installed_at;
    auto newest = latest;
    if (!latest || (is_own && installation.installed_at < latest->order.installed_at) ||
        (!is_own && !is_later && writer_->read_if_sound(installer_name(latest->user_id)) != latest->text)) {
      newest = newest_but({name_of_id(installation.user_id)});
    }
    RecordOrder order{installation.installed_at};
    // Most saves are newer than all before them, and need no number to show it.
    if (newest && installation.installed_at <= newest->order.installed_at) {
      const bool is_newest_again = is_own && newest->text == latest->text;
      order.number = is_newest_again ? newest->order.number : writer_->next_number(newest->order.number);
    }
    std::string text = writer_->encode(installation, order.number);
    if (keeps_history) {
      const std::string stamp = seconds_text(installation.installed_at);
      change_->files["installer-" + stamp] = text;
      change_->files[user_prefix(installation.user_id) + stamp] = text;
    }
    if (!newest || !(order < newest->order)) {
      change_->files[std::string(newest_installer_name)] = text;
    } else if (!latest || newest->text != latest->text) {
      put_newest(*newest);
    }
    change_->files[file] = std::move(text);
  }

  /// Erases what `what` says of installations.
  void erase(const Erasure& what) {
    if (what.user_ids.empty() && !what.installed_until) {
      for (const std::string& name : writer_->names()) {
        if (name.starts_with(installer_prefix)) change_->files[name] = std::nullopt;
      }
      return;
    }
    const Users users = erased_users(what);
    if (users.empty()) return;
    for (const std::string& name : writer_->names()) {
      const std::string_view user = user_in(name);
      if (!has(users, user)) continue;
      change_->files[name] = std::nullopt;
      if (is_installer_name(name)) continue;
      const std::string_view stamp = std::string_view(name).substr(installer_prefix.size() + user.size() + 1);
      erase_of_all(std::string(installer_prefix).append(stamp), user);
    }
    erase_newest(users);
  }

  /// Takes the bot's tokens out of all files.
  void strip_bot(Superseded superseded) {
    for (const std::string& name : writer_->names()) {
      if (!name.starts_with(installer_prefix) || change_->files.contains(name)) continue;
      const bool is_superseded = !history_stamp(name).empty();
      if (is_superseded ? superseded == Superseded::kept : !is_installer_name(name) && name != newest_installer_name) {
        continue;
      }
      const auto text = writer_->read_if_sound(name);
      if (!text) continue;
      std::string stripped = without_bot_token(*text, name);
      if (stripped != *text) change_->files[name] = std::move(stripped);
    }
  }

 private:
  using Users = std::vector<std::string>;  // as they stand in names, in order

  struct Found {
    std::string name{};
    std::string text{};
    std::string user_id{};
    RecordOrder order{};
  };

  /// Absent where there is no such file, or it is damaged, which is said to the logger.
  [[nodiscard]] std::optional<Found> read_if_sound(std::string_view name) const {
    auto text = writer_->read_if_sound(name);
    auto record = text ? writer_->template decode_if_sound<InstallationT>(*text, name) : std::nullopt;
    if (!record) return std::nullopt;
    const RecordOrder order{record->installed_at, order_number(*text)};
    return Found{std::string(name), *std::move(text), std::move(record->user_id), order};
  }

  /// The newest of the users' files, but for some users.
  [[nodiscard]] std::optional<Found> newest_but(const Users& left_out) const {
    std::optional<Found> newest;
    for (const std::string& name : writer_->names()) {
      if (!is_installer_name(name) || has(left_out, user_in(name))) continue;
      auto found = read_if_sound(name);
      if (found && (!newest || newest->order < found->order)) newest = std::move(found);
    }
    return newest;
  }

  void put_newest(const Found& found) {
    change_->files[std::string(newest_installer_name)] = without_bot_token(found.text, found.name);
  }

  /// As it is where it holds none, or is damaged.
  [[nodiscard]] std::string without_bot_token(const std::string& text, std::string_view name) const {
    if (!may_hold_bot_token(text)) return text;
    const auto record = writer_->template decode_if_sound<InstallationT>(text, name);
    return record ? encode_record(*record, order_number(text)) : text;
  }

  [[nodiscard]] static bool has(const Users& users, std::string_view user) {
    return std::binary_search(users.begin(), users.end(), user, std::less<>());
  }

  /// The user in "installer-<user>-latest" and "installer-<user>-<installed_at>"; empty in other names.
  [[nodiscard]] static std::string_view user_in(std::string_view name) {
    if (!name.starts_with(installer_prefix)) return {};
    name.remove_prefix(installer_prefix.size());
    const auto dash = name.find('-');
    return dash == std::string_view::npos ? std::string_view{} : name.substr(0, dash);
  }

  /// Whose records are to be erased.
  [[nodiscard]] Users erased_users(const Erasure& what) const {
    Users users;
    for (const std::string_view id : what.user_ids) users.push_back(name_of_id(id));
    std::sort(users.begin(), users.end());
    if (!what.installed_until) return users;
    Users in_time;
    for (const std::string& name : writer_->names()) {
      const std::string_view user = user_in(name);
      if (!is_installer_name(name) || !(what.user_ids.empty() || has(users, user))) continue;
      if (writer_->template is_of<InstallationT>(name, what)) in_time.emplace_back(user);
    }
    std::sort(in_time.begin(), in_time.end());
    return in_time;
  }

  /// Erases a superseded record that is kept for the whole workspace, where it is this user's.
  void erase_of_all(const std::string& name, std::string_view user) {
    const auto found = read_if_sound(name);
    if (found && name_of_id(found->user_id) == user) change_->files[name] = std::nullopt;
  }

  void erase_newest(const Users& erased) {
    const auto& names = writer_->names();
    if (std::find(names.begin(), names.end(), newest_installer_name) == names.end()) return;
    const auto latest = read_if_sound(newest_installer_name);
    if (latest && !has(erased, name_of_id(latest->user_id))) return;
    if (const auto next = newest_but(erased)) {
      put_newest(*next);
    } else {
      change_->files[std::string(newest_installer_name)] = std::nullopt;
    }
  }

  Writer* writer_;
  FolderChange* change_;
};

}  // namespace slack::oauth::inline v0::detail
