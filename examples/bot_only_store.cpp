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
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using slack::oauth::Bot;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file)
    throw slack::oauth::StorageError({.backend = "example", .native_code = {}}, "cannot read " + path.string());
  return text;
}

/// Replaces the file as a whole, so that a crash leaves the old one or the new one. Only its owner may read it.
void replace_file(const fs::path& path, std::string_view text) {
  const fs::path fresh = path.string() + ".new";
  fs::remove(fresh);
  std::ofstream file(fresh, std::ios::binary);
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
  file << text;
  file.close();
  if (!file)
    throw slack::oauth::StorageError({.backend = "example", .native_code = {}}, "cannot write " + path.string());
  fs::rename(fresh, path);
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
    const auto bot = installation.to_bot();
    if (!bot) return;  // a user's token alone is nothing to an app that acts as a bot
    const Key key = key_of(bot->enterprise_id, bot->team_id, bot->is_enterprise_install);
    if (key == Key{}) throw slack::oauth::InvalidArgumentError("team_id", "and enterprise_id are both missing");
    change([&](Bots& bots) { bots[key] = *bot; });
  }

  std::optional<Bot> find_bot(const slack::oauth::BotQuery& query) const override {
    const std::lock_guard lock(mutex_);
    const auto found = bots_.find(key_of(query.enterprise_id, query.team_id, query.is_enterprise_install));
    return found == bots_.end() ? std::nullopt : std::optional(found->second);
  }

  void delete_bot(const slack::oauth::WorkspaceRef& ref) override {
    change([&](Bots& bots) { bots.erase(key_of(ref.enterprise_id, ref.team_id, false)); });
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
  std::optional<std::string> team_id;
  bool is_enterprise_install = false;
};

std::optional<std::string> text_at(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) throw slack::oauth::InvalidDataError(name, "must be a string");
  return found->get<std::string>();
}

Source source_of(const nlohmann::json& event) {
  const auto authorizations = event.find("authorizations");
  const bool has_authorization =
      authorizations != event.end() && authorizations->is_array() && !authorizations->empty();
  const nlohmann::json& place = has_authorization ? authorizations->front() : event;
  return {text_at(place, "enterprise_id"), text_at(place, "team_id"),
          has_authorization && place.value("is_enterprise_install", false)};
}

std::string name_of(const Source& source) {
  const std::string organisation = "organisation " + source.enterprise_id.value_or("(none)");
  if (source.is_enterprise_install || !source.team_id) return organisation;
  const std::string workspace = "workspace " + *source.team_id;
  return source.enterprise_id ? workspace + " of " + organisation : workspace;
}

void handle_installation(BotFileStore& store, const nlohmann::json& answer) {
  const auto installation = slack::oauth::installation_from_oauth_response(answer);
  store.save(installation);
  const Source source{installation.enterprise_id, installation.team_id, installation.is_enterprise_install};
  std::cout << "installed in " << name_of(source) << ": bot token "
            << slack::oauth::redact(installation.bot_token.value_or("")) << "\n";
}

void handle_event(BotFileStore& store, const nlohmann::json& payload) {
  const Source source = source_of(payload);
  const nlohmann::json event = payload.value("event", nlohmann::json::object());
  const std::string type = text_at(event, "type").value_or("");
  const slack::oauth::WorkspaceRef ref{.enterprise_id = source.enterprise_id, .team_id = source.team_id};
  std::cout << type << " from " << name_of(source) << ": ";
  if (type == "app_uninstalled") {
    store.delete_all(ref);
    std::cout << "deleted everything\n";
  } else if (type == "tokens_revoked") {
    const auto tokens = event.value("tokens", nlohmann::json::object());
    const bool is_bot_revoked = !tokens.value("bot", nlohmann::json::array()).empty();
    if (is_bot_revoked) store.delete_bot(ref);
    std::cout << (is_bot_revoked ? "deleted the bot\n" : "users' tokens only, the bot stays\n");
  } else {
    const auto bot = store.find_bot({.enterprise_id = source.enterprise_id,
                                     .team_id = source.team_id,
                                     .is_enterprise_install = source.is_enterprise_install});
    std::cout << (bot ? "answer with bot token " + slack::oauth::redact(bot->bot_token) : "not installed") << "\n";
  }
}

void handle_file(BotFileStore& store, const fs::path& path) {
  const auto json = slack::oauth::parse_json(read_file(path), path.filename().string());
  if (!json.is_object()) throw slack::oauth::InvalidDataError(path.filename().string(), "is not a JSON object");
  if (json.contains("ok")) {
    handle_installation(store, json);
  } else if (json.value("type", "") == "event_callback") {
    handle_event(store, json);
  } else {
    throw slack::oauth::InvalidDataError(path.filename().string(), "is neither an oauth.v2.access answer nor an event");
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
