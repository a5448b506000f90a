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
#include "slack/oauth/testing/simulation/expectations.hpp"
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
    if (replicated_) replicated_->end_faults();
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
        leases_->forget(me.number);
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
    stores.states = std::make_shared<SimulatedStateStore>(stores.states, world_, consumed_states_);
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
    const std::string user_id = Expectations::user_ids[me.random.below(Expectations::user_ids.size())];
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
    } catch (const Error& error) {  // what an app has to expect of a storage and a Slack that fail
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

  /// A person installs the app, all of it with this process.
  void install(App& app, const SlackWorkspace& workspace, SimulatedRandom& random) {
    if (!expectations_.may_change(workspace.team_id)) return;
    const Expectations::Change change(expectations_, workspace.team_id);
    world_.note("a person installs the app in " + workspace.team_id);
    Browser browser(AnyHttpTransport([&](const HttpRequest& request) { return *app.receive(request).response; }));
    const OAuthSettings& settings = app.settings();
    const FakeSlackOptions& about = slack_.slack().options();
    const std::string page = target_of(browser.get(about.app_url + settings.install_path));
    if (!page.starts_with("https://")) return;
    const std::string back = slack_.slack().allow(page, workspace);
    expectations_.note_consent(workspace.team_id);
    const std::string last_page = about.app_url + std::string(path_of(back)) + "?" + std::string(query_of(back));
    const HttpResponse last = browser.get(last_page);
    if (last.status == 200) expectations_.note_installation(workspace);
    if (random.below(4) != 0) return;
    world_.note("the person loads the page again");
    static_cast<void>(browser.get(last_page));
  }

  void handle_event(App& app, const SlackWorkspace& workspace) {
    const Expectations::Begin begin = expectations_.begin(workspace.team_id);
    world_.note("an event of " + workspace.user_id + " in " + workspace.team_id);
    const Received received = app.receive(slack_.event_of(workspace));
    if (!received.response) expectations_.judge(workspace, app.authorize(received.payload), begin);
  }

  /// What the Python SDK does with an event, but for refreshing.
  void look_up(App& app, const SlackWorkspace& workspace) {
    const Expectations::Begin begin = expectations_.begin(workspace.team_id);
    world_.note("looks " + workspace.user_id + " in " + workspace.team_id + " up");
    const InstallationStore& store = *app.stores().installations;
    const OptionalId enterprise_id =
        slack_.has_joined(workspace.team_id) ? OptionalId(workspace.enterprise_id) : std::nullopt;
    if (const auto bot = store.find_bot({enterprise_id, workspace.team_id})) {
      expectations_.require_owner(bot->bot_token, workspace, true, begin);
    }
    if (const auto user = store.find_installation({enterprise_id, workspace.team_id, workspace.user_id})) {
      expectations_.require_owner(user->user_token, workspace, false, begin);
    }
  }

  /// The workspace joins an organisation, once. An event from before does not name the organisation, so that nobody can
  /// tell where the records are that it is about.
  void migrate(const std::string& team_id) {
    if (!may_change_installed(team_id) || slack_.has_joined(team_id) || slack_.has_mail_of(team_id)) return;
    const Expectations::Change change(expectations_, team_id);
    world_.note(team_id + " joins an organisation");
    slack_.migrate(team_id);
    ++world_.counts().migrations;
  }

  void leave(const SlackWorkspace& workspace, bool is_all) {
    if (!may_change_installed(workspace.team_id)) return;
    const Expectations::Change change(expectations_, workspace.team_id);
    world_.note(is_all ? "a person uninstalls the app in " + workspace.team_id
                       : workspace.user_id + " revokes their token in " + workspace.team_id);
    expectations_.leave(workspace, is_all);
  }

  [[nodiscard]] bool may_change_installed(const std::string& id) const {
    return expectations_.may_change(id) && expectations_.is_installed(id);
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
    if (is_done) expectations_.note_done(payload);
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
    expectations_.judge_end(app, options_.workspaces);
  }

  const SimulationOptions& options_;
  SimulatedWorld world_;
  RefreshJudge judge_{world_};
  StoreHistory history_;
  std::shared_ptr<SimulatedLeases> leases_ = std::make_shared<SimulatedLeases>(world_, judge_);
  SimulatedSlack slack_{world_, judge_, *leases_};
  Expectations expectations_{world_, judge_, slack_};
  std::vector<Stores> stores_;
  std::shared_ptr<ReplicatedStorage> replicated_{};  ///< where the world has a replica
  std::set<std::string> consumed_states_;
};

}  // namespace slack::oauth::inline v0::testing::detail
