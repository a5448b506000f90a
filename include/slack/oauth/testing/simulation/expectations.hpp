// What people have done at the Slack of a world, what must be so then, and the judges of whether it is.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "slack/oauth/app.hpp"
#include "slack/oauth/installation_store.hpp"
#include "slack/oauth/models/bot.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/queries.hpp"
#include "slack/oauth/testing/simulation/refresh_judge.hpp"
#include "slack/oauth/testing/simulation/slack.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Threads: as for the world.
class Expectations {
 public:
  Expectations(SimulatedWorld& world, RefreshJudge& judge, SimulatedSlack& slack)
      : world_(world), judge_(judge), slack_(slack) {}

  static constexpr std::array<const char*, 2> user_ids{"U0ADA", "U0GRACE"};

  /// One person at a time changes something in a workspace, and minutes after the last one did: what is stored and what
  /// is deleted is compared by times, of clocks that are off by less.
  class Change {
   public:
    Change(Expectations& expectations, std::string id) : expectations_(expectations), id_(std::move(id)) {
      expectations_.changes_[id_] = Timestamp::max();
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { expectations_.changes_[id_] = expectations_.world_.time(); }

   private:
    Expectations& expectations_;
    std::string id_;
  };
  [[nodiscard]] bool may_change(const std::string& id) const {
    constexpr std::chrono::minutes between{5};
    const auto found = changes_.find(id);
    return found == changes_.end() || (found->second != Timestamp::max() && world_.time() - found->second > between);
  }

  /// From here on Slack has the app installed. Whether the store has it too is known when the app says so.
  void note_consent(const std::string& id) { unsure_.insert(id); }

  void note_installation(const SlackWorkspace& workspace) {
    ++world_.counts().installations;
    world_.note("the app says that it is installed in " + workspace.team_id);
    unsure_.erase(workspace.team_id);
    users_[workspace.team_id].insert(workspace.user_id);
    judge_.forget({workspace.team_id, ""});
    judge_.forget({workspace.team_id, workspace.user_id});
  }

  /// A person takes the app away, or what it may do for them.
  void leave(const SlackWorkspace& workspace, bool is_all) {
    const std::set<std::string> before = revoked_tokens_of(workspace.team_id);
    const std::size_t mails = slack_.mail().size();
    if (is_all) {
      slack_.slack().uninstall(workspace.team_id);
      unsure_.erase(workspace.team_id);
      users_.erase(workspace.team_id);
      judge_.forget_workspace(workspace.team_id);
    } else {
      slack_.slack().revoke_user(workspace.team_id, workspace.user_id);
      users_[workspace.team_id].erase(workspace.user_id);
    }
    std::set<std::string> taken = revoked_tokens_of(workspace.team_id);
    for (const std::string& token : before) taken.erase(token);
    const std::string type = is_all ? "app_uninstalled" : "tokens_revoked";
    for (std::size_t i = mails; i < slack_.mail().size(); ++i) {
      const auto payload = nlohmann::json::parse(slack_.mail()[i].body);
      if (payload.at("event").at("type") == type) taken_by_[payload.at("event_id").get<std::string>()] = taken;
    }
    ++world_.counts().revocations;
  }

  /// The app has done what one of Slack's events asks for.
  void note_done(const nlohmann::json& payload) {
    const auto found = taken_by_.find(payload.at("event_id").get<std::string>());
    if (found != taken_by_.end()) gone_.insert(found->second.begin(), found->second.end());
  }

  /// By Slack.
  [[nodiscard]] bool is_installed(const std::string& id) const {
    const auto installed = slack_.slack().installed();
    return std::any_of(installed.begin(), installed.end(), [&](const auto& one) { return one.team_id == id; });
  }

  /// What is known when an event, or a look-up, begins.
  struct Begin {
    Timestamp time{};
    Timestamp last_change{};
    bool is_installed = false;  ///< by Slack and by the app, and nobody is about to change that
    std::set<std::string> gone{};
  };
  [[nodiscard]] Begin begin(const std::string& id) {
    const Timestamp last_change = changes_[id];
    const bool is_certain = last_change != Timestamp() && last_change != Timestamp::max() && !unsure_.contains(id);
    return {world_.time(), last_change, is_certain && is_installed(id), gone_};
  }

  /// What an event got.
  void judge(const SlackWorkspace& workspace, const std::optional<AuthorizeResult>& result, const Begin& begin) {
    if (!result) {
      const bool is_lost = judge_.lost_lineages().contains({workspace.team_id, ""});
      if (begin.is_installed && !is_lost && changes_[workspace.team_id] == begin.last_change) {
        world_.report("what is found", "an event finds nothing of " + workspace.team_id + ", which is installed");
      }
      return;
    }
    ++world_.counts().authorized;
    require_unexpired(result->bot_token, workspace, begin);
    require_unexpired(result->user_token, workspace, begin);
    require_owner(result->bot_token, workspace, true, begin);
    require_owner(result->user_token, workspace, false, begin);
  }

  void require_owner(const std::optional<std::string>& token, const SlackWorkspace& workspace, bool is_bot,
                     const Begin& begin) {
    if (!token) return;
    const auto known = slack_.slack().access_tokens();
    const auto found = known.find(*token);
    const std::string whose = (is_bot ? "the bot of " : workspace.user_id + " in ") + workspace.team_id;
    if (found == known.end()) {
      world_.report("tokens in use", "an event gets a token for " + whose + " that Slack never gave");
      return;
    }
    const bool is_theirs = found->second.workspace_id == workspace.team_id && found->second.is_bot == is_bot &&
                           (is_bot || found->second.user_id == workspace.user_id);
    if (!is_theirs) world_.report("other people's tokens", "an event gets somebody else's token for " + whose);
    if (begin.gone.contains(*token)) {
      world_.report("deleted tokens", "an event gets a token for " + whose + " that was deleted before");
    }
  }

  /// In the end, of so many workspaces: the store has what Slack has, and events get it.
  void judge_end(App& app, std::size_t workspaces) {
    const std::set<LineageOwner> lost = judge_.lost_lineages();
    world_.counts().lost_lineages += lost.size();
    for (std::size_t number = 0; number < workspaces; ++number) {
      const std::string id = slack_.workspace(number, "").team_id;
      if (!is_installed(id)) {
        require_nothing_of(*app.stores().installations, id);
      } else if (unsure_.contains(id)) {
        ++world_.counts().unsure;
      } else {
        require_all_of(*app.stores().installations, id, lost);
        for (const std::string& user_id : users_[id]) require_event_of(app, slack_.workspace(number, user_id), lost);
      }
    }
  }

 private:
  [[nodiscard]] std::set<std::string> revoked_tokens_of(const std::string& id) const {
    std::set<std::string> revoked;
    for (const auto& [token, record] : slack_.slack().access_tokens()) {
      if (record.workspace_id == id && record.is_revoked) revoked.insert(token);
    }
    return revoked;
  }

  /// A process's clock may be behind.
  void require_unexpired(const std::optional<std::string>& token, const SlackWorkspace& workspace, const Begin& begin) {
    const auto known = slack_.slack().access_tokens();
    const auto found = known.find(token.value_or(""));
    if (found == known.end() || !found->second.expires_at) return;
    if (*found->second.expires_at + world_.faults().clock_skew < begin.time) {
      world_.report("tokens in use", "an event in " + workspace.team_id + " gets a token that has expired");
    }
  }

  /// Where the records of a workspace may be: under its organisation, and where they were before it joined that.
  [[nodiscard]] std::vector<OptionalId> enterprises_of(const std::string& id) const {
    if (!slack_.has_joined(id)) return {std::nullopt};
    return {SimulatedSlack::organisation, std::nullopt};
  }
  [[nodiscard]] std::optional<Bot> stored_bot(const InstallationStore& store, const std::string& id) const {
    for (const OptionalId& enterprise_id : enterprises_of(id)) {
      if (auto bot = store.find_bot({enterprise_id, id})) return bot;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Installation> stored_installation(const InstallationStore& store, const std::string& id,
                                                                const OptionalId& user_id = std::nullopt) const {
    for (const OptionalId& enterprise_id : enterprises_of(id)) {
      if (auto installation = store.find_installation({enterprise_id, id, user_id})) return installation;
    }
    return std::nullopt;
  }

  void require_nothing_of(const InstallationStore& store, const std::string& id) {
    if (stored_bot(store, id) || stored_installation(store, id)) {
      world_.report("what is stored", "records of " + id + " are there, which is not installed");
    }
  }

  void require_all_of(const InstallationStore& store, const std::string& id, const std::set<LineageOwner>& lost) {
    if (!lost.contains({id, ""})) require_bot_of(store, id);
    for (const std::string user_id : user_ids) {
      const auto user = stored_installation(store, id, user_id);
      const std::string whose = "the token of " + user_id + " in " + id;
      if (user && user->user_token && gone_.contains(*user->user_token)) {
        world_.report("what is stored", whose + " is there, which was revoked");
      }
      if (!users_[id].contains(user_id) || lost.contains({id, user_id})) continue;
      if (!user || !user->user_token || !slack_.slack().is_working(*user->user_token)) {
        world_.report("what is stored", whose + " is not there, or does not work");
      }
    }
  }

  void require_bot_of(const InstallationStore& store, const std::string& id) {
    const auto bot = stored_bot(store, id);
    if (!bot) {
      world_.report("what is stored", "the bot of " + id + " is not there, which is installed");
      return;
    }
    const auto known = slack_.slack().refresh_tokens();
    int newest = 0;
    for (const auto& [token, record] : known) {
      if (record.is_bot && record.workspace_id == id) newest = std::max(newest, record.lineage);
    }
    const auto stored = known.find(bot->bot_refresh_token.value_or(""));
    if (stored == known.end() || stored->second.lineage != newest) {
      world_.report("what is stored", "the bot of " + id + " is not of the last installation");
    }
    if (!slack_.slack().is_working(bot->bot_token)) {
      world_.report("what is stored", "the token of the bot of " + id + " does not work, and none was lost");
    }
  }

  void require_event_of(App& app, const SlackWorkspace& workspace, const std::set<LineageOwner>& lost) {
    const Received received = app.receive(slack_.event_of(workspace));
    const auto result = received.response ? std::nullopt : app.authorize(received.payload);
    const auto works = [&](const std::optional<std::string>& token) {
      return token && slack_.slack().is_working(*token);
    };
    const auto require = [&](const std::string& user_id, bool is_working) {
      if (lost.contains({workspace.team_id, user_id}) || is_working) return;
      world_.report("what is found", "in the end an event of " + workspace.team_id + " does not get the token of " +
                                         (user_id.empty() ? "the bot" : user_id));
    };
    require("", result && works(result->bot_token));
    require(workspace.user_id, result && works(result->user_token));
  }

  SimulatedWorld& world_;
  RefreshJudge& judge_;
  SimulatedSlack& slack_;
  std::map<std::string, Timestamp> changes_{};            ///< when a person has changed something last, by workspace
  std::map<std::string, std::set<std::string>> users_{};  ///< who has installed the app, by workspace
  std::set<std::string> unsure_{};  ///< workspaces whose last installation the app did not confirm
  std::map<std::string, std::set<std::string>> taken_by_{};  ///< tokens that an event takes away, by its id
  std::set<std::string> gone_{};                             ///< tokens of events that are done
};

}  // namespace slack::oauth::inline v0::testing::detail
