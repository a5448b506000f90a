// The Slack of a world: a FakeSlack in the world's time, whose answers may be lost on their way to a process.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/fake_slack.hpp"
#include "slack/oauth/testing/fake_slack/consent.hpp"
#include "slack/oauth/testing/simulation/leases.hpp"
#include "slack/oauth/testing/simulation/refresh_judge.hpp"
#include "slack/oauth/testing/simulation/world.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Threads: as for the world.
class SimulatedSlack {
 public:
  SimulatedSlack(SimulatedWorld& world, RefreshJudge& judge, const SimulatedLeases& leases)
      : world_(world), judge_(judge), leases_(leases), slack_(options()) {
    slack_.hold_requests();
  }

  [[nodiscard]] FakeSlack& slack() { return slack_; }

  /// An event for the app, which may be on its way still when the workspace has the app no longer.
  [[nodiscard]] HttpRequest event_of(const SlackWorkspace& workspace) {
    return slack_.event_request(
        workspace,
        {{"type", "app_mention"}, {"user", workspace.user_id}, {"text", "hello"}, {"channel", "C0CASTINGS"}});
  }

  /// A process's client.
  [[nodiscard]] SlackClient client() {
    return SlackClient(AnyHttpTransport([this](const HttpRequest& request) { return send(request); }),
                       {.sleep = [this](std::chrono::milliseconds time) { world_.sleep(time); }});
  }

  /// As it is now: with its organisation, where it has joined one.
  [[nodiscard]] SlackWorkspace workspace(std::size_t number, const std::string& user_id) const {
    const std::string id = "T0WORKSPACE" + std::to_string(number);
    const std::string enterprise_id = has_joined(id) ? organisation : "";
    return {.team_id = id,
            .team_name = id,
            .enterprise_id = enterprise_id,
            .enterprise_name = enterprise_id,
            .user_id = user_id};
  }

  [[nodiscard]] bool has_joined(const std::string& team_id) const { return joined_.contains(team_id); }

  /// Makes the workspace, which has the app, one of an organisation's.
  void migrate(const std::string& team_id) {
    joined_.insert(team_id);
    slack_.migrate(team_id, organisation, organisation);
  }

  static constexpr const char* organisation = "E0FOUNDRY";

  /// Requests of Slack's to the app that nobody has answered with 200.
  [[nodiscard]] std::vector<HttpRequest>& mail() {
    for (HttpRequest& request : slack_.take_held()) mail_.push_back(std::move(request));
    slack_.hold_requests();
    return mail_;
  }
  [[nodiscard]] bool has_mail_of(const std::string& team_id) {
    const auto& all = mail();
    return std::any_of(all.begin(), all.end(), [&](const HttpRequest& one) {
      return nlohmann::json::parse(one.body).at("team_id") == team_id;
    });
  }

 private:
  FakeSlackOptions options() {
    FakeSlackOptions options;
    options.user_scopes = {"search:read"};
    options.token_rotation = true;
    options.clock = [this] { return world_.time(); };
    return options;
  }

  HttpResponse send(const HttpRequest& request) {
    const std::string refresh_token = refresh_token_of(request);
    const bool is_refresh = !refresh_token.empty();
    world_.point(is_refresh ? std::string_view("sends a refresh to Slack")
                            : std::string_view("sends a request to Slack"));
    const Fault fault = draw();
    if (fault != Fault::none) slack_.add_fault({.fault = fault});
    const bool reaches = fault != Fault::drop_before && fault != Fault::api_error;
    if (is_refresh && reaches) offer(refresh_token, fault);
    HttpResponse response = slack_.send(request);
    const bool is_known = fault == Fault::none;
    if (is_refresh && is_known && slack_.refresh_token_uses().back().is_accepted) judge_.accept(refresh_token);
    world_.point("has Slack's answer");
    return response;
  }

  void offer(const std::string& refresh_token, Fault fault) {
    const auto known = slack_.refresh_tokens();
    const auto found = known.find(refresh_token);
    if (found == known.end()) {
      world_.report("refresh tokens", "a process offers a refresh token that Slack never gave");
      return;
    }
    const RefreshTokenRecord& record = found->second;
    judge_.offer(refresh_token, {record.workspace_id, record.is_bot ? "" : record.user_id},
                 leases_.has_outlived_turn_of(record.workspace_id));
    if (fault == Fault::drop_after || fault == Fault::truncated) {
      judge_.excuse(refresh_token, "its answer was lost");
      if (record.uses == 0 && !record.is_revoked) judge_.accept(refresh_token);
    }
  }

  Fault draw() {
    const SimulationFaults& faults = world_.faults();
    if (world_.draw(faults.lost_request)) return noted(Fault::drop_before, "the request is lost");
    if (world_.draw(faults.slack_failure)) return noted(Fault::api_error, "Slack answers with an error");
    if (world_.draw(faults.lost_answer)) {
      ++world_.counts().lost_answers;
      return noted(world_.below(2) == 0 ? Fault::drop_after : Fault::truncated, "Slack's answer is lost");
    }
    return Fault::none;
  }
  Fault noted(Fault fault, std::string_view what) {
    world_.note(what);
    return fault;
  }

  static std::string refresh_token_of(const HttpRequest& request) {
    const auto parameters = parse_parameters(request.body);
    if (!parameters) return {};
    return value_of(*parameters, "refresh_token");
  }

  SimulatedWorld& world_;
  RefreshJudge& judge_;
  const SimulatedLeases& leases_;
  FakeSlack slack_;
  std::vector<HttpRequest> mail_;
  std::set<std::string> joined_;
};

}  // namespace slack::oauth::inline v0::testing::detail
