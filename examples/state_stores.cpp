// Every store of OAuth states that ships, and one of an app's own. Can be run again in the same folder.
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <slack/oauth/file.hpp>
#include <slack/oauth/flow/install/signed_state.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/testing/state_store_contract.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace so = slack::oauth;

/// Stands for what an app has already: a cache that its servers share, with an operation that reads and removes.
class Cache {
 public:
  void put(const std::string& key, std::string value, std::chrono::seconds lifetime) {
    const std::lock_guard lock(mutex_);
    values_[key] = {std::move(value), std::chrono::steady_clock::now() + lifetime};
  }
  std::optional<std::string> take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = values_.extract(key);
    if (found.empty() || std::chrono::steady_clock::now() >= found.mapped().second) return std::nullopt;
    return found.mapped().first;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>> values_;
};

// [own]
class CacheStateStore : public so::OAuthStateStore {
 public:
  explicit CacheStateStore(std::shared_ptr<Cache> cache) : cache_(std::move(cache)) {}

  std::string issue(const nlohmann::json& payload = {}) override {
    std::string state = so::generate_state();
    cache_->put("slack-state:" + state, so::format_state_payload(payload), std::chrono::minutes{10});
    return state;
  }

  std::optional<nlohmann::json> consume(std::string_view state) override {
    if (state.size() > 40) return std::nullopt;                              // a stranger's
    const auto payload = cache_->take("slack-state:" + std::string(state));  // in one step, so that one request gets it
    return payload ? std::optional(so::parse_json(*payload)) : std::nullopt;
  }

 private:
  std::shared_ptr<Cache> cache_;
};
// [own]

namespace {

bool shows_once(so::OAuthStateStore& states) {
  // [use]
  const std::string state = states.issue({{"tenant", "acme"}, {"return_to", "/settings"}});
  // … the browser goes to Slack and comes back, with the state in the URL …
  const std::optional<nlohmann::json> payload = states.consume(state);
  if (!payload) return false;  // forged, late, or used before
  std::cout << "this install is for " << (*payload)["tenant"] << '\n';
  // [use]
  return !states.consume(state);
}

}  // namespace

int main() {
  try {
    // [memory]
    so::MemoryOAuthStateStore in_memory({.expiration = std::chrono::minutes{10}});
    // [memory]

    // [file]
    so::FileOAuthStateStore in_files({.base_dir = "states", .client_id = "111.222"});
    // [file]

    // [sqlite3]
    so::SQLite3OAuthStateStore in_sqlite3({.database = "installations.db"});
    // [sqlite3]

    const std::string secret_from_environment = "not-a-real-secret-of-32-bytes-or-more";
    // [signed]
    so::SignedOAuthStateStore signed_states({.secret = secret_from_environment});
    // [signed]

    // [guarded]
    so::SignedOAuthStateStore one_time({
        .secret = secret_from_environment,
        .expiration = std::chrono::minutes{10},
        .one_time_guard = std::make_shared<so::SQLite3OAuthStateStore>(
            so::SQLite3OAuthStateStoreOptions{.database = "installations.db"}),
    });
    // [guarded]

    for (so::OAuthStateStore* states :
         {static_cast<so::OAuthStateStore*>(&in_memory), static_cast<so::OAuthStateStore*>(&in_files),
          static_cast<so::OAuthStateStore*>(&in_sqlite3), static_cast<so::OAuthStateStore*>(&one_time)}) {
      if (!shows_once(*states)) return 1;
    }
    if (shows_once(signed_states)) return 1;  // it can be consumed again

    // [kit]
    const auto cache = std::make_shared<Cache>();
    const auto report = so::testing::run_state_contract(
        [&] { return std::make_unique<CacheStateStore>(cache); },
        {.reopen = [&](CacheStateStore&) { return std::make_shared<CacheStateStore>(cache); }});
    for (const std::string& failure : report.failures) std::cerr << failure << '\n';
    // [kit]
    return report.passed() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
