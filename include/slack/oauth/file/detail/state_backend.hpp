// OAuth states in the files of the Python SDK's FileOAuthStateStore.
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/platform.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::detail {

/// A file for each state, which holds the time when it was issued, and one for its payload, if it has any.
///
/// Threads: any thread, and any process, may call any method at any time.
class FileStateBackend {
 public:
  FileStateBackend(const std::string& base_dir, const std::string& client_id, std::chrono::seconds expiration,
                   bool is_durable)
      : client_(checked_client(base_dir, client_id)),
        path_(std::filesystem::path(base_dir) / client_),
        root_(base_dir, client_, false),
        expiration_(expiration),
        is_durable_(is_durable) {}

  void put(const NewState& fresh) {
    StateFolder folder(root_.make_itself(), shown());
    const std::string name(fresh.state);
    if (fresh.payload) folder.create(name + payload_suffix, payload_file(*fresh.payload, fresh.issued_at));
    try {
      folder.create(name, seconds_text(fresh.issued_at) + (fresh.payload ? payload_mark : ""));
    } catch (...) {
      if (fresh.payload) remove_quietly(folder, name + payload_suffix);
      throw;
    }
  }

  /// It ends by the `expiration` of this store, whoever issued it.
  [[nodiscard]] std::optional<TakenState> take(std::string_view state, Timestamp now) {
    auto opened = root_.open_itself();
    if (!opened.is_open()) return std::nullopt;
    StateFolder folder(std::move(opened), shown());
    const std::string name(state);
    // Before the state is taken: who takes it removes this too.
    const auto payload = folder.read(name + payload_suffix, longest_payload_file);
    const auto text = folder.take(name, longest_file);
    if (!text) return std::nullopt;
    if (payload) remove_quietly(folder, name + payload_suffix);
    if (is_durable_) folder.sync();
    const auto issued_at = issue_time(*text);
    if (!issued_at) throw InvalidDataError(shown(), "does not hold the time when it was issued");
    if (is_expired(*issued_at, now)) return std::nullopt;
    if (!payload && text->ends_with(payload_mark)) throw InvalidDataError(shown(), "has lost its payload");
    return payload ? TakenState{payload_in(*payload)} : TakenState{};
  }

  /// Looks at the next few files.
  void purge(Timestamp now) {
    const std::unique_lock lock(purging_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    try {
      auto opened = root_.open_itself();
      if (!opened.is_open()) return;
      StateFolder folder(std::move(opened), shown());
      const std::filesystem::directory_iterator end;
      if (next_ == end) next_ = std::filesystem::directory_iterator(path_);
      for (int i = 0; i < most_looked_at && next_ != end; ++i) {
        const std::string name = next_->path().filename().string();
        std::error_code error;
        const auto written_at = next_->last_write_time(error);
        const bool is_old = !error && written_at + expiration_ <= std::filesystem::file_time_type::clock::now();
        next_.increment(error);
        if (error) next_ = end;
        purge_file(folder, name, now, is_old);
      }
    } catch (const std::filesystem::filesystem_error& error) {
      next_ = {};
      throw_file_error(error.code().value(), "list", client_);
    } catch (...) {
      next_ = {};
      throw;
    }
  }

 private:
  [[nodiscard]] static std::string checked_client(const std::string& base_dir, const std::string& client_id) {
    require_folder_options(base_dir, client_id);
    return client_name(client_id);
  }

  static constexpr const char* payload_suffix = ".payload";
  // Python reads the time with float(), which skips white space: a state that has a payload says so in a way of its
  // own.
  static constexpr const char* payload_mark = "\n";
  static constexpr std::size_t longest_file = 64;
  static constexpr std::size_t longest_payload_file = max_state_payload_bytes + 128;
  // Bounds the work of one call, and is more than one call adds.
  static constexpr int most_looked_at = 32;

  /// What errors call a state's file: its name is the state, and so a secret.
  [[nodiscard]] std::string shown() const { return client_ + "/<state>"; }

  // An object, which float() takes for no time whatever the payload is.
  [[nodiscard]] static std::string payload_file(std::string_view payload, Timestamp issued_at) {
    return "{\"issued_at\":" + seconds_text(issued_at) + ",\"payload\":" + std::string(payload) + "}";
  }

  [[nodiscard]] std::string payload_in(const std::string& text) const {
    const auto file = parse_json(text, shown());
    if (!file.is_object() || !file.contains("payload")) throw InvalidDataError(shown(), "has a file of no payload");
    return file["payload"].dump();
  }

  [[nodiscard]] static std::optional<Timestamp> issue_time(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return parse_unix_time(text);
  }

  [[nodiscard]] bool is_expired(Timestamp issued_at, Timestamp now) const { return now >= issued_at + expiration_; }

  static void remove_quietly(StateFolder& folder, const std::string& name) {
    try {
      folder.remove(name);
    } catch (const StorageError&) {  // NOLINT(bugprone-empty-catch): it is purged when it has expired
    }
  }

  /// `is_old` decides where the file does not say when it was issued.
  void purge_file(StateFolder& folder, const std::string& name, Timestamp now, bool is_old) const {
    const std::string_view suffix = payload_suffix;
    std::string_view state = name;
    const bool is_payload = state.ends_with(suffix);
    if (is_payload) state.remove_suffix(suffix.size());
    if (!has_form_of_state(state)) return;
    const auto issued_at = issue_time_of_file(folder, name, is_payload);
    if (issued_at ? is_expired(*issued_at, now) : is_old) remove_quietly(folder, name);
  }

  [[nodiscard]] static std::optional<Timestamp> issue_time_of_file(const StateFolder& folder, const std::string& name,
                                                                   bool is_payload) {
    try {
      const auto text = folder.read(name, is_payload ? longest_payload_file : longest_file);
      if (!text) return std::nullopt;
      if (!is_payload) return issue_time(*text);
      return timestamp_from_seconds(parse_json(*text).at("issued_at").get<double>());
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }

  std::string client_;
  std::filesystem::path path_;
  ClientFolder root_;
  std::chrono::seconds expiration_;
  bool is_durable_;
  std::mutex purging_;
  std::filesystem::directory_iterator next_;
};

}  // namespace slack::oauth::inline v0::detail
