// Keeps OAuth states in files, as the Python SDK's FileOAuthStateStore does, so that both can use one folder.
// docs/state.md
//
//     slack::oauth::FileOAuthStateStore states({.base_dir = "states", .client_id = "111.222"});
//
// Needs nlohmann/json.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
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
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/records/names.hpp"
#include "slack/oauth/state_backend.hpp"
#include "slack/oauth/state_store.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0 {

struct FileOAuthStateStoreOptions {
  /// The folder that holds a folder for each client_id. Made, with all above it, by the first state. Another one than
  /// the installation store's, since the states in it are looked through for those that have expired. Required.
  std::string base_dir{};

  /// The app's client id. Stores of different ids on one folder never see each other. Required.
  std::string client_id{};

  /// How long a state can be consumed: what a person may take to read Slack's page and agree. It goes by the store that
  /// consumes it, so all that share a folder should have the same.
  std::chrono::seconds expiration = std::chrono::minutes{10};

  /// Waits until the disk knows that a state was consumed. On by default. Off, one may come back after a power failure,
  /// and then be consumed again. A new state is not waited for in any case: one that is lost is asked for again.
  bool sync = true;

  std::function<Timestamp()> clock = now;  ///< of another kind for tests

  Logger logger{};  ///< hears of every state at level debug; silent by default
};

/// A file for each state, which holds the time when it was issued, and one for its payload, if it has any. Only what
/// has the form of a state names a file; symbolic links are not followed.
///
/// Threads: any thread, and any process, may call any method at any time.
/// Errors: StorageError with the system's code, and InvalidDataError for a file that means nothing.
class FileOAuthStateStore final : public OAuthStateStore {
 public:
  /// Touches no file. Throws InvalidArgumentError, which names the option.
  explicit FileOAuthStateStore(FileOAuthStateStoreOptions options)
      : options_(checked(std::move(options))),
        client_(detail::client_name(options_.client_id)),
        root_(options_.base_dir, client_, false) {}

  [[nodiscard]] const Logger& logger() const override { return options_.logger; }

  [[nodiscard]] std::string issue(const nlohmann::json& payload = {}) override {
    const bool has_payload = detail::encode_state_payload(payload).has_value();
    std::string state = generate_state();
    const Timestamp time = options_.clock();
    detail::StateFolder folder(root_.make_itself(), shown());
    purge(folder, time);
    if (has_payload) folder.create(state + payload_suffix, encode_payload(payload, time));
    try {
      folder.create(state, detail::seconds_text(time) + (has_payload ? payload_mark : ""));
    } catch (...) {
      if (has_payload) remove_quietly(folder, state + payload_suffix);
      throw;
    }
    logger().debug("issued a state");
    return state;
  }

  [[nodiscard]] std::optional<nlohmann::json> consume(std::string_view state) override {
    if (!detail::has_form_of_state(state)) return std::nullopt;
    auto opened = root_.open_itself();
    if (!opened.is_open()) return std::nullopt;
    detail::StateFolder folder(std::move(opened), shown());
    const std::string name(state);
    // Before the state is taken: who takes it removes this too.
    const auto payload = folder.read(name + payload_suffix, longest_payload_file);
    const auto text = folder.take(name, longest_file);
    if (!text) return std::nullopt;
    if (payload) remove_quietly(folder, name + payload_suffix);
    if (options_.sync) folder.sync();
    const auto issued_at = issue_time(*text);
    if (!issued_at) throw InvalidDataError(shown(), "does not hold the time when it was issued");
    if (is_expired(*issued_at, options_.clock())) return std::nullopt;
    if (!payload && text->ends_with(payload_mark)) throw InvalidDataError(shown(), "has lost its payload");
    logger().debug("consumed a state");
    return payload ? decode_payload(*payload) : nlohmann::json();
  }

 private:
  static constexpr const char* payload_suffix = ".payload";
  // Python reads the time with float(), which skips white space: a state that has a payload says so in a way of its
  // own.
  static constexpr const char* payload_mark = "\n";
  static constexpr std::size_t longest_file = 64;
  static constexpr std::size_t longest_payload_file = detail::max_state_payload_bytes + 128;
  // Bounds the work of one call, and is more than one call adds.
  static constexpr int most_looked_at = 32;

  [[nodiscard]] static FileOAuthStateStoreOptions checked(FileOAuthStateStoreOptions options) {
    detail::require_folder_options(options.base_dir, options.client_id);
    detail::require_state_rules(options.expiration, options.clock);
    return options;
  }

  /// What errors call a state's file: its name is the state, and so a secret.
  [[nodiscard]] std::string shown() const { return client_ + "/<state>"; }

  // An object, which float() takes for no time whatever the payload is.
  [[nodiscard]] static std::string encode_payload(const nlohmann::json& payload, Timestamp time) {
    const nlohmann::json file = {{"issued_at", detail::seconds_since_epoch(time)}, {"payload", payload}};
    return file.dump();
  }

  [[nodiscard]] nlohmann::json decode_payload(const std::string& text) const {
    auto file = parse_json(text, shown());
    if (!file.is_object() || !file.contains("payload")) throw InvalidDataError(shown(), "has a file of no payload");
    return std::move(file["payload"]);
  }

  [[nodiscard]] static std::optional<Timestamp> issue_time(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return detail::parse_unix_time(text);
  }

  [[nodiscard]] bool is_expired(Timestamp issued_at, Timestamp time) const {
    return time >= issued_at + options_.expiration;
  }

  static void remove_quietly(detail::StateFolder& folder, const std::string& name) {
    try {
      folder.remove(name);
    } catch (const StorageError&) {  // NOLINT(bugprone-empty-catch): it is purged when it has expired
    }
  }

  /// Removes the expired ones among the next few files; over many calls it comes by all of them.
  void purge(detail::StateFolder& folder, Timestamp time) {
    const std::unique_lock lock(purging_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    try {
      const std::filesystem::directory_iterator end;
      if (next_ == end) next_ = std::filesystem::directory_iterator(path());
      for (int i = 0; i < most_looked_at && next_ != end; ++i) {
        const std::string name = next_->path().filename().string();
        std::error_code error;
        const auto written_at = next_->last_write_time(error);
        const bool is_old = !error && written_at + options_.expiration <= std::filesystem::file_time_type::clock::now();
        next_.increment(error);
        if (error) next_ = end;
        purge_file(folder, name, time, is_old);
      }
    } catch (const std::exception&) {
      next_ = {};  // whatever it is that cannot be read, the state can be issued
      logger().warning("could not look for states that have expired");
    }
  }

  /// `is_old` decides where the file does not say when it was issued.
  void purge_file(detail::StateFolder& folder, const std::string& name, Timestamp time, bool is_old) const {
    const std::string_view suffix = payload_suffix;
    std::string_view state = name;
    const bool is_payload = state.ends_with(suffix);
    if (is_payload) state.remove_suffix(suffix.size());
    if (!detail::has_form_of_state(state)) return;
    const auto issued_at = issue_time_of_file(folder, name, is_payload);
    if (issued_at ? is_expired(*issued_at, time) : is_old) remove_quietly(folder, name);
  }

  [[nodiscard]] static std::optional<Timestamp> issue_time_of_file(const detail::StateFolder& folder,
                                                                   const std::string& name, bool is_payload) {
    try {
      const auto text = folder.read(name, is_payload ? longest_payload_file : longest_file);
      if (!text) return std::nullopt;
      if (!is_payload) return issue_time(*text);
      return detail::timestamp_from_seconds(parse_json(*text).at("issued_at").get<double>());
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }

  [[nodiscard]] std::filesystem::path path() const { return std::filesystem::path(options_.base_dir) / client_; }

  FileOAuthStateStoreOptions options_;
  std::string client_;
  detail::ClientFolder root_;
  std::mutex purging_;
  std::filesystem::directory_iterator next_;
};

}  // namespace slack::oauth::inline v0
