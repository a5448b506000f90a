// How a FakeSlack's answers go over HTTP: as JSON, refused, spoilt by a fault, or put off by a rate limit.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/fake_slack/answer.hpp"
#include "slack/oauth/testing/fake_slack/faults.hpp"
#include "slack/oauth/testing/fake_slack/options.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline HttpResponse refusal(std::string_view code) {
  return json_answer({{"ok", false}, {"error", code}});
}

[[nodiscard]] inline HttpResponse refusal(const SlackApiError& error) {
  nlohmann::json answer{{"ok", false}, {"error", error.code()}};
  if (!error.needed().empty()) answer.update({{"needed", error.needed()}, {"provided", error.provided()}});
  return json_answer(answer);
}

/// https://docs.slack.dev/apis/web-api/rate-limits
[[nodiscard]] inline HttpResponse too_many_requests(std::chrono::seconds retry_after) {
  HttpResponse answer = refusal("ratelimited");
  answer.status = 429;
  answer.headers.push_back({"Retry-After", std::to_string(retry_after.count())});
  return answer;
}

/// What answers in place of Slack, where that does nothing. Throws HttpError where no answer comes.
[[nodiscard]] inline std::optional<HttpResponse> answer_of(const FaultRule& rule, const HttpRequest& request) {
  if (rule.answer) return rule.answer(request);
  switch (rule.fault) {
    case Fault::api_error:
      return refusal(rule.error);
    case Fault::server_error:
      return HttpResponse{.status = 500, .headers = {{"Content-Type", "text/html"}}, .body = "<h1>Server Error</h1>"};
    case Fault::rate_limit:
      return too_many_requests(rule.retry_after);
    case Fault::proxy_page:
      return HttpResponse{.status = 200, .headers = {{"Content-Type", "text/html"}}, .body = "<h1>Log in</h1>"};
    case Fault::drop_before:
      throw HttpError("FakeSlack dropped the request", "drop_before", HttpError::Reach::not_sent);
    default:
      return std::nullopt;
  }
}

/// Each text becomes a number.
inline void spoil_types(nlohmann::json& json) {
  if (json.is_string()) json = 42;
  if (json.is_structured()) {
    for (auto& element : json) spoil_types(element);
  }
}

/// What happens to the answer of something that was done. Throws HttpError where it is lost.
inline void spoil(HttpResponse& answer, Fault fault) {
  if (fault == Fault::drop_after) {
    throw HttpError("FakeSlack dropped the answer", "drop_after", HttpError::Reach::maybe_sent);
  }
  if (fault == Fault::truncated) answer.body.resize(answer.body.size() / 2);
  if (fault == Fault::wrong_types) {
    auto json = nlohmann::json::parse(answer.body);
    spoil_types(json);
    answer.body = json.dump();
  }
}

/// Counts the requests of the last minute. Threads: one at a time.
class RequestLimiter {
 public:
  /// Counts a request for the method, where it may come now; otherwise returns how long to wait with another one.
  [[nodiscard]] std::optional<std::chrono::seconds> admit(const FakeSlackOptions& options, const std::string& method,
                                                          Timestamp time) {
    const auto limit = options.requests_per_minute.find(method);
    if (limit == options.requests_per_minute.end()) return std::nullopt;
    auto& seen = times_[method];
    while (!seen.empty() && seen.front() <= time - minute) seen.pop_front();
    if (seen.size() < static_cast<std::size_t>(limit->second)) {
      seen.push_back(time);
      return std::nullopt;
    }
    const Timestamp first = seen.empty() ? time : seen.front();
    return std::chrono::ceil<std::chrono::seconds>(first + minute - time);
  }

 private:
  static constexpr std::chrono::minutes minute{1};

  std::map<std::string, std::deque<Timestamp>> times_;
};

/// Empty where it is missing or no text.
[[nodiscard]] inline std::string text_at(const nlohmann::json& json, const char* pointer) {
  const nlohmann::json::json_pointer at(pointer);
  if (!json.is_object() || !json.contains(at) || !json.at(at).is_string()) return {};
  return json.at(at);
}

/// What a request to the app is about, whatever it holds.
[[nodiscard]] inline Delivery delivery_of(const HttpRequest& request) {
  nlohmann::json payload = nlohmann::json::parse(request.body, nullptr, false);
  if (payload.is_discarded()) {
    const auto form = parse_parameters(request.body).value_or(HttpParameters{});
    if (find_parameter(form, "command")) {
      return {.workspace_id = std::string(find_parameter(form, "team_id").value_or("")), .type = "slash_command"};
    }
    payload = nlohmann::json::parse(find_parameter(form, "payload").value_or(""), nullptr, false);
  }
  Delivery delivery{.workspace_id = text_at(payload, "/team_id"), .type = text_at(payload, "/event/type")};
  if (delivery.workspace_id.empty()) delivery.workspace_id = text_at(payload, "/team/id");
  if (delivery.workspace_id.empty()) delivery.workspace_id = text_at(payload, "/enterprise_id");
  if (delivery.type.empty()) delivery.type = text_at(payload, "/type");
  return delivery;
}

}  // namespace slack::oauth::inline v0::testing::detail
