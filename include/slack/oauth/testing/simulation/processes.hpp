// What the processes of a world do: each is an App, which people install, which Slack sends events, and which rotates
// its tokens as a job.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/app.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/stores.hpp"
#include "slack/oauth/testing/fake_slack/browser.hpp"
#include "slack/oauth/testing/simulation/history.hpp"
#include "slack/oauth/testing/simulation/leases.hpp"
#include "slack/oauth/testing/simulation/options.hpp"
#include "slack/oauth/testing/simulation/python_store.hpp"
#include "slack/oauth/testing/simulation/refresh_judge.hpp"
#include "slack/oauth/testing/simulation/replica.hpp"
#include "slack/oauth/testing/simulation/slack.hpp"
#include "slack/oauth/testing/simulation/store.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// One world, from its beginning to what its judges find.
///
/// Threads: as for the world.
class SimulatedRun {
 public:
  /// Counts what happens in `report` too.
  SimulatedRun(std::uint64_t seed, const SimulatedStorage& storage, const SimulationOptions& options,
               SimulationReport& report, bool keeps_steps = false)
      : options_(options),
        world_(seed, options, most_points(options), report, keeps_steps),
        stores_(storage(options.processes)) {
    if (stores_.size() < options.processes) throw InvalidArgumentError("make_stores", "gave too few stores");
    if (!options.replica) return;
    replicated_ = std::make_shared<ReplicatedStorage>(world_, *options.replica,
                                                      [&storage] { return storage(1).at(0).installations; });
  }

  void run() {
    world_.run(options_.processes, [this](SimulatedWorld::Process& me) { live(me); });
    if (world_.finding()) return;
    world_.end_faults();
    world_.run(1, [this](SimulatedWorld::Process& me) { see_to_the_rest(me); });
    history_.judge(world_);
  }

  [[nodiscard]] SimulatedWorld& world() { return world_; }

 private:
  using Process = SimulatedWorld::Process;

  static std::uint64_t most_points(const SimulationOptions& options) {
    constexpr std::uint64_t of_a_step = 500;
    return of_a_step * (options.processes * options.steps + options.workspaces);
  }

  void live(Process& me) {
    std::size_t done = 0;
    while (done < options_.steps && !world_.finding()) {
      try {
        App app(stores_of(me), slack_.client(), settings(), app_options());
        for (; done < options_.steps; ++done) {
          act(me, app);
          if (me.is_dead) throw ProcessDeath();  // the app took it for an error
        }
      } catch (const ProcessDeath&) {
        if (world_.finding()) return;
        judge_.excuse_open(me.number, "", "its process died");
        me.is_dead = false;
        ++done;
      }
    }
  }

  [[nodiscard]] Stores stores_of(const Process& me) {
    Stores stores = stores_[me.number - 1];
    if (replicated_) stores.installations = std::make_shared<ReplicatedInstallationStore>(replicated_, leases_);
    stores.installations = std::make_shared<SimulatedInstallationStore>(stores.installations, world_, leases_, judge_);
    if (is_python(me))
      stores.installations = std::make_shared<PythonInstallationStore>(std::move(stores.installations));
    if (options_.wrap) stores.installations = options_.wrap(std::move(stores.installations));
    stores.installations = std::make_shared<HistoryStore>(std::move(stores.installations), history_);
    stores.states = std::make_shared<SimulatedStateStore>(stores.states, world_, judge_, consumed_states_);
    return stores;
  }

  [[nodiscard]] bool is_python(const Process& me) const {
    return me.number > options_.processes - options_.python_processes;
  }

  [[nodiscard]] OAuthSettings settings() {
    OAuthSettings settings = slack_.slack().settings();
    settings.clock = [this] { return world_.time_here(); };
    settings.sleep = [this](std::chrono::milliseconds time) { world_.sleep(time); };
    return settings;
  }

  [[nodiscard]] AppOptions app_options() {
    AppOptions options;
    options.rotator.lease_lifetime = SimulatedWorld::lease_lifetime;
    options.rotator.lease_timeout = SimulatedWorld::lease_lifetime * 2;
    options.rotator.sleep = [this](std::chrono::milliseconds time) { world_.sleep(time); };
    options.authorizer.lease_lifetime = SimulatedWorld::lease_lifetime;
    options.revocation.lease_lifetime = SimulatedWorld::lease_lifetime;
    // A thread of the app's own would not wait for the baton.
    options.authorizer.executor = [](const std::function<void()>& task) { task(); };
    return options;
  }

  void act(Process& me, App& app) {
    const std::size_t number = me.random.below(options_.workspaces);
    const std::string user_id = me.random.below(2) == 0 ? "U0ADA" : "U0GRACE";
    const std::size_t choice = me.random.below(100);
    try {
      if (choice < 12) {
        install(app, slack_.workspace(number, user_id), me.random);
      } else if (is_python(me) && !options_.python_rotates) {
        choice < 60 ? look_up(app, slack_.workspace(number, user_id)) : sleep_until_hour(1 + me.random.below(3));
      } else if (choice < 45) {
        handle_event(app, slack_.workspace(number, user_id));
      } else if (choice < 60) {
        world_.note("runs the job that rotates");
        static_cast<void>(app.rotate_all());
      } else if (choice < 75) {
        sleep_until_hour(1 + me.random.below(3));
      } else if (choice < 79) {
        migrate(slack_.workspace(number, user_id).team_id);
      } else if (choice < 83) {
        leave(slack_.workspace(number, user_id), me.random.below(2) == 0);
      } else {
        open_mail(app, me.random);
      }
    } catch (const std::exception& error) {  // what an app has to expect of a storage and a Slack that fail
      if (world_.keeps_steps()) world_.note(std::string("gets an error: ") + error.what());
    }
  }

  /// Whoever waits wakes up at the same moments, as jobs do that run by the clock: so they meet.
  void sleep_until_hour(std::size_t sections) {
    constexpr std::chrono::hours section{5};
    const auto begun = world_.time().time_since_epoch() / section;
    const Timestamp until{(begun + static_cast<std::int64_t>(sections)) * section};
    world_.sleep(until - world_.time());
  }

  /// One person at a time changes something in a workspace, and minutes after the last one did: what is stored and what
  /// is deleted is compared by times, of clocks that are off by less.
  class Change {
   public:
    Change(SimulatedRun& run, std::string id) : run_(run), id_(std::move(id)) { run_.changes_[id_] = Timestamp::max(); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    ~Change() { run_.changes_[id_] = run_.world_.time(); }

   private:
    SimulatedRun& run_;
    std::string id_;
  };
  [[nodiscard]] bool may_change(const std::string& id) {
    constexpr std::chrono::minutes between{5};
    const auto found = changes_.find(id);
    return found == changes_.end() || (found->second != Timestamp::max() && world_.time() - found->second > between);
  }

  /// A person installs the app, all of it with this process.
  void install(App& app, const SlackWorkspace& workspace, SimulatedRandom& random) {
    if (!may_change(workspace.team_id)) return;
    const Change change(*this, workspace.team_id);
    world_.note("a person installs the app in " + workspace.team_id);
    Browser browser(AnyHttpTransport([&](const HttpRequest& request) { return *app.receive(request).response; }));
    const OAuthSettings& settings = app.settings();
    const FakeSlackOptions& about = slack_.slack().options();
    const std::string page = target_of(browser.get(about.app_url + settings.install_path));
    if (!page.starts_with("https://")) return;
    const std::string back = slack_.slack().allow(page, workspace);
    // From here on Slack has the app installed. Whether the store has it too is known when the last page says so.
    unsure_.insert(workspace.team_id);
    const std::string last_page = about.app_url + std::string(path_of(back)) + "?" + std::string(query_of(back));
    const HttpResponse last = browser.get(last_page);
    if (last.status == 200) note_installation(workspace);
    if (random.below(4) != 0) return;
    world_.note("the person loads the page again");
    static_cast<void>(browser.get(last_page));
  }

  void note_installation(const SlackWorkspace& workspace) {
    ++world_.counts().installations;
    world_.note("the app says that it is installed in " + workspace.team_id);
    unsure_.erase(workspace.team_id);
    users_[workspace.team_id].insert(workspace.user_id);
    judge_.forget({workspace.team_id, ""});
    judge_.forget({workspace.team_id, workspace.user_id});
  }

  void handle_event(App& app, const SlackWorkspace& workspace) {
    const auto gone_before = gone_;
    const bool is_there = is_installed_for_certain(workspace.team_id);
    const Timestamp last_change = changes_[workspace.team_id];
    const HttpRequest request = slack_.slack().event_request(
        workspace.team_id,
        {{"type", "app_mention"}, {"user", workspace.user_id}, {"text", "hello"}, {"channel", "C0CASTINGS"}});
    world_.note("an event of " + workspace.user_id + " in " + workspace.team_id);
    const Received received = app.receive(request);
    if (received.response) return;
    const auto result = app.authorize(received.payload);
    if (!result) {
      const bool is_lost = judge_.lost_lineages().contains({workspace.team_id, ""});
      if (is_there && !is_lost && changes_[workspace.team_id] == last_change) {
        world_.report("what is found", "an event finds nothing of " + workspace.team_id + ", which is installed");
      }
      return;
    }
    ++world_.counts().authorized;
    require_owner(result->bot_token, workspace, true, gone_before);
    require_owner(result->user_token, workspace, false, gone_before);
  }

  /// What the Python SDK does with an event, but for refreshing.
  void look_up(App& app, const SlackWorkspace& workspace) {
    const auto gone_before = gone_;
    world_.note("looks " + workspace.user_id + " in " + workspace.team_id + " up");
    const InstallationStore& store = *app.stores().installations;
    const OptionalId enterprise_id =
        slack_.has_joined(workspace.team_id) ? OptionalId(workspace.enterprise_id) : std::nullopt;
    if (const auto bot = store.find_bot({enterprise_id, workspace.team_id})) {
      require_owner(bot->bot_token, workspace, true, gone_before);
    }
    if (const auto user = store.find_installation({enterprise_id, workspace.team_id, workspace.user_id})) {
      require_owner(user->user_token, workspace, false, gone_before);
    }
  }

  /// The workspace joins an organisation, once.
  void migrate(const std::string& team_id) {
    const bool is_possible = may_change(team_id) && is_installed(team_id) && !slack_.has_joined(team_id);
    if (!is_possible) return;
    const Change change(*this, team_id);
    world_.note(team_id + " joins an organisation");
    slack_.migrate(team_id);
    ++world_.counts().migrations;
  }

  /// By Slack and by the app, and nobody is about to change that.
  [[nodiscard]] bool is_installed_for_certain(const std::string& id) {
    const auto found = changes_.find(id);
    return found != changes_.end() && found->second != Timestamp::max() && !unsure_.contains(id) && is_installed(id);
  }
  /// By Slack.
  [[nodiscard]] bool is_installed(const std::string& id) {
    const auto installed = slack_.slack().installed();
    return std::any_of(installed.begin(), installed.end(), [&](const auto& one) { return one.team_id == id; });
  }

  void require_owner(const std::optional<std::string>& token, const SlackWorkspace& workspace, bool is_bot,
                     const std::set<std::string>& gone_before) {
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
    if (gone_before.contains(*token)) {
      world_.report("deleted tokens", "an event gets a token for " + whose + " that was deleted before");
    }
  }

  /// A person takes the app away, or what it may do for them.
  void leave(const SlackWorkspace& workspace, bool is_all) {
    if (!may_change(workspace.team_id)) return;
    const Change change(*this, workspace.team_id);
    world_.note(is_all ? "a person uninstalls the app in " + workspace.team_id
                       : workspace.user_id + " revokes their token in " + workspace.team_id);
    if (is_all) {
      slack_.slack().uninstall(workspace.team_id);
      unsure_.erase(workspace.team_id);
      users_.erase(workspace.team_id);
      judge_.forget_workspace(workspace.team_id);
    } else {
      slack_.slack().revoke_user(workspace.team_id, workspace.user_id);
      users_[workspace.team_id].erase(workspace.user_id);
    }
    ++world_.counts().revocations;
  }

  /// Slack brings one of its requests, in no order, and some of them twice.
  void open_mail(App& app, SimulatedRandom& random) {
    auto& mail = slack_.mail();
    if (mail.empty()) return;
    const auto which = mail.begin() + static_cast<std::ptrdiff_t>(random.below(mail.size()));
    HttpRequest request = *which;
    if (random.below(4) != 0) mail.erase(which);
    if (!deliver(app, request)) slack_.mail().push_back(std::move(request));
  }

  /// Whether the app has answered that it needs no more of it.
  [[nodiscard]] bool deliver(App& app, const HttpRequest& request) {
    const auto payload = nlohmann::json::parse(request.body);
    const std::string team_id = payload.at("team_id").get<std::string>();
    const std::string type = payload.at("event").at("type").get<std::string>();
    world_.note("Slack brings " + type + " of " + team_id);
    bool is_done = false;
    try {
      const auto received = app.receive(slack_.slack().retry_of(request, 1));
      is_done =
          !received.response || received.response->status == 200;  // without an answer it is for the app's own code
    } catch (const ProcessDeath&) {
      slack_.mail().push_back(request);
      throw;
    }
    if (is_done && type == "app_uninstalled") {
      for (const auto& [token, record] : slack_.slack().access_tokens()) {
        if (record.workspace_id == team_id && record.is_revoked) gone_.insert(token);
      }
    }
    return is_done;
  }

  /// When faults have ended: what is under way arrives, the job runs, and then the store has what Slack has.
  void see_to_the_rest(Process& me) {
    App app(stores_of(me), slack_.client(), settings(), app_options());
    world_.sleep(std::chrono::hours{2});
    const std::vector<HttpRequest> rest = std::exchange(slack_.mail(), {});
    for (const HttpRequest& request : rest) {
      if (!deliver(app, request)) world_.report("what is stored", "an event is not accepted, and nothing goes wrong");
    }
    world_.sleep(std::chrono::hours{11});
    static_cast<void>(app.rotate_all());
    world_.sleep(std::chrono::hours{1});  // a replica has it all
    compare(app);
  }

  void compare(App& app) {
    const auto lost = judge_.lost_lineages();
    world_.counts().lost_lineages += lost.size();
    std::set<std::string> installed;
    for (const SlackWorkspace& one : slack_.slack().installed()) installed.insert(one.team_id);
    for (std::size_t number = 0; number < options_.workspaces; ++number) {
      const std::string id = slack_.workspace(number, "").team_id;
      if (!installed.contains(id)) {
        require_nothing_of(app, id);
      } else if (!unsure_.contains(id)) {
        require_all_of(app, id, lost);
      }
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

  void require_nothing_of(App& app, const std::string& id) {
    const InstallationStore& store = *app.stores().installations;
    if (stored_bot(store, id) || stored_installation(store, id)) {
      world_.report("what is stored", "records of " + id + " are there, which is not installed");
    }
  }

  void require_all_of(App& app, const std::string& id, const std::set<LineageOwner>& lost) {
    const InstallationStore& store = *app.stores().installations;
    if (!lost.contains({id, ""})) require_bot_of(store, id);
    for (const std::string& user_id : users_[id]) {
      if (lost.contains({id, user_id})) continue;
      const auto user = stored_installation(store, id, user_id);
      if (!user || !user->user_token || !slack_.slack().is_working(*user->user_token)) {
        world_.report("what is stored", "the token of " + user_id + " in " + id + " is not there, or does not work");
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

  const SimulationOptions& options_;
  SimulatedWorld world_;
  RefreshJudge judge_{world_};
  StoreHistory history_;
  std::shared_ptr<SimulatedLeases> leases_ = std::make_shared<SimulatedLeases>(world_, judge_);
  SimulatedSlack slack_{world_, judge_, *leases_};
  std::vector<Stores> stores_;
  std::shared_ptr<ReplicatedStorage> replicated_{};     ///< where the world has a replica
  std::map<std::string, Timestamp> changes_;            ///< when a person has changed something last, by workspace
  std::set<std::string> gone_;                          ///< tokens that a deletion has taken away
  std::map<std::string, std::set<std::string>> users_;  ///< who has installed the app, by workspace
  std::set<std::string> consumed_states_;
  std::set<std::string> unsure_;  ///< workspaces whose last installation was not told to be saved
};

}  // namespace slack::oauth::inline v0::testing::detail
