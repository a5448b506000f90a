// A Slack that refuses single tokens, for a reason that the test chooses.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>

#include "support/json_answer.hpp"

namespace test {

/// By access token or refresh token, the error that Slack has for it.
using Refusals = std::map<std::string, std::string>;

/// Lets Slack refuse what `refusals` names whenever it is asked, and carry out the rest. Borrows `refusals`.
inline void refuse(slack::oauth::testing::FakeSlack& slack, const Refusals& refusals) {
  using slack::oauth::HttpRequest;
  using slack::oauth::HttpResponse;
  slack.add_fault({.times = slack::oauth::testing::FaultRule::always,
                   .answer = [&refusals](const HttpRequest& request) -> std::optional<HttpResponse> {
                     const auto form = slack::oauth::parse_parameters(request.body).value();
                     const auto refresh_token = slack::oauth::find_parameter(form, "refresh_token");
                     const auto bearer = slack::oauth::find_header(request.headers, "Authorization");
                     for (const auto& [token, error] : refusals) {
                       if (refresh_token != token && bearer != "Bearer " + token) continue;
                       return json_answer({{"ok", false}, {"error", error}});
                     }
                     return std::nullopt;
                   }});
}

}  // namespace test
