// What tests of token rotation need: a stand-in for Slack whose clock the test sets, and a store whose calls the test
// may take over.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/composition.hpp>
#include <slack/oauth/models/oauth_response.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/wrappers/forwarding.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/json_answer.hpp"

namespace test {

namespace so = slack::oauth;

/// Copies are one clock.
class Clock {
 public:
  so::Timestamp operator()() const { return so::Timestamp{std::chrono::seconds{seconds_->load()}}; }
  void advance(std::chrono::seconds time) const { *seconds_ += time.count(); }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> seconds_ = std::make_shared<std::atomic<std::int64_t>>(1'767'225'600);
};

/// Hands each call to a function where there is one, and else to a store in memory.
class HookedStore : public so::ForwardingInstallationStore {
 public:
  explicit HookedStore(std::shared_ptr<so::InstallationStore> store = std::make_shared<so::MemoryInstallationStore>())
      : so::ForwardingInstallationStore(std::move(store)) {}

  std::function<void(const so::Installation&)> on_save{};  ///< also a user's record with a new pair of tokens
  std::function<void(const so::Bot&)> on_save_bot{};       ///< also a bot with a new pair of tokens
  std::function<bool(const so::TokenReplacement&)> on_replace_tokens{};
  std::function<std::unique_ptr<so::WorkspaceLease>()> on_try_lease{};

  so::InstallationStore& inner() { return wrapped(); }

  void save(const so::Installation& installation) override {
    on_save ? on_save(installation) : wrapped().save(installation);
  }
  void save_bot(const so::Bot& bot) override { on_save_bot ? on_save_bot(bot) : wrapped().save_bot(bot); }
  bool replace_tokens(const so::TokenReplacement& replacement) override {
    if (on_replace_tokens) return on_replace_tokens(replacement);
    if (replacement.user_id && on_save) {
      auto user = wrapped().find_installation(
          {replacement.enterprise_id, replacement.team_id, replacement.user_id, replacement.is_enterprise_install});
      if (!user || user->user_refresh_token != replacement.used_refresh_token) return false;
      so::put_user_token(*user, replacement.token);
      on_save(so::without_bot(*user));
      return true;
    }
    if (!replacement.user_id && on_save_bot) {
      auto bot =
          wrapped().find_bot({replacement.enterprise_id, replacement.team_id, replacement.is_enterprise_install});
      if (!bot || bot->bot_refresh_token != replacement.used_refresh_token) return false;
      so::put_bot_token(*bot, replacement.token);
      on_save_bot(*bot);
      return true;
    }
    return wrapped().replace_tokens(replacement);
  }
  std::unique_ptr<so::WorkspaceLease> try_lease(const so::WorkspaceRef& ref,
                                                std::chrono::milliseconds lifetime) override {
    return on_try_lease ? on_try_lease() : wrapped().try_lease(ref, lifetime);
  }
  std::unique_ptr<so::WorkspaceLease> wait_lease(const so::WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                 std::chrono::milliseconds timeout) override {
    return on_try_lease ? on_try_lease() : wrapped().wait_lease(ref, lifetime, timeout);
  }
};

/// One app, its store, and Slack.
class Rotation {
 public:
  using Answer = std::function<so::HttpResponse(const so::HttpRequest&)>;

  Clock clock{};
  so::testing::FakeSlack slack{settings(clock)};
  HookedStore store{};
  Answer instead{};  ///< answers in place of the stand-in
  std::vector<std::chrono::milliseconds> pauses{};

  static so::ClientCredentials credentials() { return {"111.222", "not-a-real-client-secret"}; }

  so::TokenRotator rotator(so::TokenRotatorOptions options = {}) {
    options.clock = clock;
    if (!options.sleep) options.sleep = [this](std::chrono::milliseconds time) { pauses.push_back(time); };
    so::SlackClient client([this](const so::HttpRequest& request) {
      const Answer answer = instead;  // which may take itself away
      return answer ? answer(request) : slack.send(request);
    });
    return {std::move(client), credentials(), std::move(options)};
  }

  /// Installs the app, as a user allows it.
  so::Installation install(const std::string& team_id, const std::string& user_id = "U0ADA",
                           const std::string& user_scopes = "search:read") {
    const so::testing::SlackWorkspace workspace{.team_id = team_id, .team_name = "Furnace Works", .user_id = user_id};
    auto installation =
        so::installation_from_oauth_response(slack.grant(workspace, "chat:write", user_scopes), clock());
    installation.bot_id = "B0STANDIN";
    installation.set_custom_value("plan", "gold");
    store.inner().save(installation);
    return installation;
  }

  /// Makes all tokens due that were given until now.
  void let_expire() const { clock.advance(std::chrono::hours{11}); }

  so::Bot bot(const std::string& team_id) { return store.inner().find_bot({.team_id = team_id}).value(); }
  so::Installation user(const std::string& team_id, const std::string& user_id = "U0ADA") {
    return store.inner().find_installation({.team_id = team_id, .user_id = user_id}).value();
  }

  int refreshes() const { return slack.calls("oauth.v2.access refresh_token"); }

 private:
  static so::testing::FakeSlackOptions settings(const Clock& clock) {
    so::testing::FakeSlackOptions settings;
    settings.clock = clock;
    return settings;
  }
};

inline so::StorageError disk_is_full() {
  return so::StorageError({.backend = "test", .native_code = "FULL", .is_retryable = true}, "the disk is full");
}

}  // namespace test
