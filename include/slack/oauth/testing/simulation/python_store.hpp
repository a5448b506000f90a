// A store as a program over the Python SDK uses it: https://github.com/slackapi/python-slack-sdk
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "slack/oauth/leases/workspace_lease.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/composition.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/wrappers/forwarding.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Takes no turns. Tokens are replaced by a look and a save of the whole record. A deletion asks for no time.
class PythonInstallationStore final : public BasicForwardingInstallationStore<Installation, Bot> {
  using Base = BasicForwardingInstallationStore<Installation, Bot>;

 public:
  using Base::Base;

  bool replace_tokens(const TokenReplacement& replacement) override {
    if (replacement.user_id) return replace_user_tokens(replacement);
    auto bot = find_bot({replacement.enterprise_id, replacement.team_id, replacement.is_enterprise_install});
    if (!bot) return false;
    put_bot_token(*bot, replacement.token);
    save_bot(*bot);
    return true;
  }
  void delete_bot(const WorkspaceRef& ref) override { Base::delete_bot(without_time(ref)); }
  void delete_installation(const InstallationRef& ref) override { Base::delete_installation(without_time(ref)); }
  void delete_installations(const WorkspaceRef& ref, std::span<const std::string_view> user_ids) override {
    Base::delete_installations(without_time(ref), user_ids);
  }
  void delete_all(const WorkspaceRef& ref) override { Base::delete_all(without_time(ref)); }

  [[nodiscard]] std::unique_ptr<WorkspaceLease> try_lease(const WorkspaceRef& /*ref*/,
                                                          std::chrono::milliseconds /*lifetime*/) override {
    return std::make_unique<EveryonesLease>();
  }
  [[nodiscard]] std::unique_ptr<WorkspaceLease> wait_lease(const WorkspaceRef& ref, std::chrono::milliseconds lifetime,
                                                           std::chrono::milliseconds /*timeout*/) override {
    return try_lease(ref, lifetime);
  }

 private:
  class EveryonesLease final : public WorkspaceLease {
   public:
    [[nodiscard]] bool is_held() const override { return true; }
    bool renew(std::chrono::milliseconds /*lifetime*/) override { return true; }
  };

  bool replace_user_tokens(const TokenReplacement& replacement) {
    auto installation = find_installation(
        {replacement.enterprise_id, replacement.team_id, replacement.user_id, replacement.is_enterprise_install});
    if (!installation) return false;
    put_user_token(*installation, replacement.token);
    save(*installation);
    return true;
  }

  template <class Ref>
  static Ref without_time(Ref ref) {
    ref.installed_until.reset();
    return ref;
  }
};

}  // namespace slack::oauth::inline v0::testing::detail
