// An app that acts only as a bot, with storage of its own: a store that overrides four methods and keeps its bots in
// one JSON file. The program hands it what Slack sends, one file after the other, and says what happens.
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using slack::oauth::Bot;

[[noreturn]] void fail(std::string_view action, const fs::path& path, const std::error_code& error = {}) {
  const std::string reason = error ? ": " + error.message() : "";
  throw slack::oauth::StorageError({.backend = "file", .native_code = {}},
                                   "cannot " + std::string(action) + " " + path.string() + reason);
}

std::string read_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) fail("read", path, error);
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) fail("read", path);
  return text;
}

/// Replaces the file as a whole, so that an app that is stopped leaves the old one or the new one. Its tokens are
/// written when only its owner may read it.
void replace_file(const fs::path& path, std::string_view text) {
  const fs::path fresh = path.string() + ".new";
  std::error_code error;
  fs::remove(fresh, error);
  std::ofstream(fresh, std::ios::binary).close();
  if (!error) fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) fail("write", fresh, error);
  std::ofstream file(fresh, std::ios::binary);
  file << text;
  file.close();
  if (!file) fail("write", fresh);
  fs::rename(fresh, path, error);
  if (error) fail("write", path, error);
}

// [store]
class BotFileStore : public slack::oauth::InstallationStore {
 public:
  explicit BotFileStore(fs::path path) : path_(std::move(path)) {
    if (!fs::exists(path_)) return;
    constexpr slack::oauth::JsonLimits limits{.max_bytes = std::size_t{1} << 30U};
    for (const auto& json : slack::oauth::parse_json(read_file(path_), path_.string(), limits)) {
      auto bot = json.get<Bot>();
      bots_[key_of(bot.enterprise_id, bot.team_id, bot.is_enterprise_install)] = std::move(bot);
    }
  }

  void save(const slack::oauth::Installation& installation) override {
    const Key key = key_of(installation.enterprise_id, installation.team_id, installation.is_enterprise_install);
    if (key == Key{}) throw slack::oauth::InvalidArgumentError("team_id", "and enterprise_id are both missing");
    const auto bot = installation.to_bot();
    if (!bot) return;  // a user's token alone is nothing to an app that acts as a bot
    change([&](Bots& bots) { bots[key] = *bot; });
  }

  std::optional<Bot> find_bot(const slack::oauth::BotQuery& query) const override {
    const std::lock_guard lock(mutex_);
    const auto found = bots_.find(key_of(query.enterprise_id, query.team_id, query.is_enterprise_install));
    return found == bots_.end() ? std::nullopt : std::optional(found->second);
  }

  void delete_bot(const slack::oauth::WorkspaceRef& ref) override {
    change([&](Bots& bots) {
      const auto found = bots.find(key_of(ref.enterprise_id, ref.team_id, false));
      if (found == bots.end()) return;
      const bool is_newer = ref.installed_until && found->second.installed_at > *ref.installed_until;
      if (!is_newer) bots.erase(found);
    });
  }

  void delete_all(const slack::oauth::WorkspaceRef& ref) override { delete_bot(ref); }

 private:
  using Key = std::pair<std::string, std::string>;  // enterprise, team; an absent id is empty
  using Bots = std::map<Key, Bot>;

  template <class Id>
  static Key key_of(const Id& enterprise_id, const Id& team_id, bool is_enterprise_install) {
    return {std::string(enterprise_id.value_or("")), is_enterprise_install ? "" : std::string(team_id.value_or(""))};
  }

  /// What the file does not hold, the memory does not show: a failed write changes neither.
  template <class Change>
  void change(const Change& apply) {
    const std::lock_guard lock(mutex_);
    Bots changed = bots_;
    apply(changed);
    nlohmann::json file = nlohmann::json::array();
    for (const auto& [key, bot] : changed) file.push_back(bot);
    replace_file(path_, file.dump(2));
    bots_ = std::move(changed);
  }

  fs::path path_;
  mutable std::mutex mutex_;
  Bots bots_;
};
// [store]

/// The installation that an event came through: https://docs.slack.dev/apis/events-api#authorizations
struct Source {
  std::optional<std::string> enterprise_id;
  std::optional<std::string> team_id;  // absent for an organisation's installation
};

/// A value of the payload, or null where there is none. Throws InvalidDataError where it has another type.
nlohmann::json value_at(const nlohmann::json& object, const char* name, nlohmann::json::value_t type) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return nullptr;
  if (found->type() != type) throw slack::oauth::InvalidDataError(name, "has the wrong type");
  return *found;
}

std::optional<std::string> text_at(const nlohmann::json& object, const char* name) {
  const auto value = value_at(object, name, nlohmann::json::value_t::string);
  return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

Source source_of(const nlohmann::json& payload) {
  const auto authorizations = value_at(payload, "authorizations", nlohmann::json::value_t::array);
  const nlohmann::json& place = authorizations.empty() ? payload : authorizations.front();
  if (!place.is_object()) throw slack::oauth::InvalidDataError("authorizations", "must hold objects");
  Source source{text_at(place, "enterprise_id"), text_at(place, "team_id")};
  const auto is_enterprise_install = value_at(place, "is_enterprise_install", nlohmann::json::value_t::boolean);
  if (is_enterprise_install == true) source.team_id.reset();
  if (!source.enterprise_id && !source.team_id) throw slack::oauth::InvalidDataError("team_id", "is missing");
  return source;
}

std::string name_of(const Source& source) {
  std::string organisation = "organisation " + source.enterprise_id.value_or("(none)");
  if (!source.team_id) return organisation;
  const std::string workspace = "workspace " + *source.team_id;
  return source.enterprise_id ? workspace + " of " + organisation : workspace;
}

void handle_installation(BotFileStore& store, const nlohmann::json& answer) {
  const auto installation = slack::oauth::installation_from_oauth_response(answer);
  const Source source{installation.enterprise_id,
                      installation.is_enterprise_install ? std::nullopt : installation.team_id};
  store.save(installation);
  const std::string token = installation.bot_token ? "bot token " + slack::oauth::redact(*installation.bot_token)
                                                   : "no bot token, so nothing is kept";
  std::cout << "installed in " << name_of(source) << ": " << token << "\n";
}

void handle_event(BotFileStore& store, const nlohmann::json& payload) {
  const Source source = source_of(payload);
  const auto event = value_at(payload, "event", nlohmann::json::value_t::object);
  const auto type = text_at(event, "type");
  if (!type) throw slack::oauth::InvalidDataError("event.type", "is missing");
  const slack::oauth::WorkspaceRef ref{.enterprise_id = source.enterprise_id, .team_id = source.team_id};
  std::string outcome;
  if (type == "app_uninstalled") {
    store.delete_all(ref);
    outcome = "deleted everything";
  } else if (type == "tokens_revoked") {
    const auto tokens = value_at(event, "tokens", nlohmann::json::value_t::object);
    const bool is_bot_revoked = !value_at(tokens, "bot", nlohmann::json::value_t::array).empty();
    if (is_bot_revoked) store.delete_bot(ref);
    outcome = is_bot_revoked ? "deleted the bot" : "users' tokens only, the bot stays";
  } else {
    const auto bot = store.find_bot({.enterprise_id = source.enterprise_id, .team_id = source.team_id});
    outcome = bot ? "answer with bot token " + slack::oauth::redact(bot->bot_token) : "not installed";
  }
  std::cout << *type << " from " << name_of(source) << ": " << outcome << "\n";
}

void handle_file(BotFileStore& store, const fs::path& path) {
  const std::string name = path.filename().string();
  const auto json = slack::oauth::parse_json(read_file(path), name);
  if (!json.is_object()) throw slack::oauth::InvalidDataError(name, "is not a JSON object");
  if (json.contains("ok")) {
    handle_installation(store, json);
  } else if (text_at(json, "type") == "event_callback") {
    handle_event(store, json);
  } else {
    throw slack::oauth::InvalidDataError(name, "is neither an oauth.v2.access answer nor an event");
  }
}

std::vector<fs::path> samples() {
  std::vector<fs::path> paths;
  for (const char* name :
       {"oauth.v2.access.bot_and_user", "oauth.v2.access.org_wide", "event.app_mention", "event.app_mention.org_wide",
        "event.tokens_revoked", "event.app_mention", "event.tokens_revoked.bot", "event.app_mention",
        "oauth.v2.access.bot_and_user", "event.app_mention", "event.app_uninstalled", "event.app_mention",
        "event.app_uninstalled.org_wide", "event.app_mention.org_wide"}) {
    paths.push_back(fs::path(SLACK_OAUTH_EXAMPLE_DATA) / (std::string(name) + ".json"));
  }
  return paths;
}

constexpr std::string_view usage =
    "Usage: bot_only_store [--store FILE] [PAYLOAD...]\n"
    "\n"
    "Hands each PAYLOAD (a JSON file: Slack's answer to oauth.v2.access, or an event) to a store that keeps an app's\n"
    "bots in FILE (by default bots.json), and says what happens. Without a PAYLOAD, shipped samples are taken.\n"
    "The store is closed and opened again before each PAYLOAD, as by an app that restarts.\n";

struct Arguments {
  fs::path store = "bots.json";
  std::vector<fs::path> payloads;
  bool wants_help = false;
};

Arguments parse_arguments(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] == "--help" || given[i] == "-h") {
      arguments.wants_help = true;
    } else if (given[i] == "--store") {
      if (++i == given.size()) throw slack::oauth::InvalidArgumentError("--store", "needs a file");
      arguments.store = given[i];
    } else if (given[i].starts_with("-")) {
      throw slack::oauth::InvalidArgumentError(given[i], "is not an option; see --help");
    } else {
      arguments.payloads.emplace_back(given[i]);
    }
  }
  if (arguments.payloads.empty()) arguments.payloads = samples();
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = parse_arguments({argv + 1, argv + argc});
    if (arguments.wants_help) {
      std::cout << usage;
      return EXIT_SUCCESS;
    }
    for (const auto& payload : arguments.payloads) {
      BotFileStore store(arguments.store);
      handle_file(store, payload);
    }
    std::cout << "The bots are kept in " << arguments.store.string() << "\n";
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "bot_only_store: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
