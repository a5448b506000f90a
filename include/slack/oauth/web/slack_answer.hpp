// What Slack answered to a call of its Web API, and the errors for every other answer.
// https://docs.slack.dev/apis/web-api#responses
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/models/detail/refusal.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/web/detail/json_text.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0 {

/// Slack did not act on the call, since the app made too many: HTTP 429.
/// https://docs.slack.dev/apis/web-api/rate-limits
class RateLimitedError : public SlackApiError {
 public:
  explicit RateLimitedError(std::chrono::seconds retry_after)
      : SlackApiError("ratelimited"), retry_after_(retry_after) {}

  [[nodiscard]] bool is_retryable() const noexcept override { return true; }

  /// Returns how long to wait before the next call; a second or more.
  [[nodiscard]] std::chrono::seconds retry_after() const noexcept { return retry_after_; }

 private:
  std::chrono::seconds retry_after_;
};

/// An HTTP answer came that is not Slack's JSON: a proxy's page, a truncated text, a server's failure. Nobody knows
/// what Slack did. subject() returns the method ("oauth.v2.access") and code() the status ("http_502").
/// The message says what came, and holds nothing of the body.
class InvalidAnswerError : public detail::SubjectError {
 public:
  InvalidAnswerError(std::string_view method, const HttpResponse& response, std::string_view problem)
      : SubjectError(std::string(method), describe(response, problem)),
        code_("http_" + std::to_string(response.status)),
        status_(response.status) {}

  [[nodiscard]] std::string_view code() const noexcept override { return code_; }
  [[nodiscard]] bool is_retryable() const noexcept override { return status_ >= 500; }
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  static std::string describe(const HttpResponse& response, std::string_view problem) {
    const auto type = find_header(response.headers, "Content-Type");
    return "got an answer that is not Slack's: HTTP " + std::to_string(response.status) + ", " +
           (type ? "content type " + detail::quoted(*type, 80) : "no content type") + ", " +
           std::to_string(response.body.size()) + " bytes, which " + std::string(problem);
  }

  std::string code_;
  int status_;
};

namespace detail {

/// In whole seconds, and never less than one; Slack says no date. One also where the header is missing or malformed,
/// and 2^32 - 1 where it is more.
[[nodiscard]] inline std::chrono::seconds retry_after_of(const HttpHeaders& headers) {
  constexpr std::chrono::seconds least{1};
  const std::string_view text = trimmed(find_header(headers, "Retry-After").value_or(""));
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return least;
  if (error == std::errc::result_out_of_range) seconds = std::numeric_limits<std::uint32_t>::max();
  return std::max(least, std::chrono::seconds{seconds});
}

[[nodiscard]] inline std::string text_or_empty(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Returns the whole answer, where it says `ok: true`.
/// Throws RateLimitedError, SlackApiError where it says `ok: false`, and InvalidAnswerError for all else.
[[nodiscard]] inline nlohmann::json read_slack_answer(std::string_view method, const HttpResponse& response,
                                                      std::size_t max_bytes) {
  constexpr int too_many_requests = 429;
  if (response.status == too_many_requests) throw RateLimitedError(retry_after_of(response.headers));

  nlohmann::json answer;
  try {
    answer = parse_slack_json(response.body, "the answer", {.max_bytes = max_bytes});
  } catch (const InvalidDataError& error) {
    throw InvalidAnswerError(method, response, std::string_view(error.what()).substr(error.subject().size() + 1));
  }
  if (!answer.is_object()) throw InvalidAnswerError(method, response, "is not a JSON object");
  const auto ok = answer.find("ok");
  if (ok == answer.end()) throw InvalidAnswerError(method, response, "has no field ok");
  if (!ok->is_boolean()) throw InvalidAnswerError(method, response, "has a field ok that is not true or false");
  if (*ok == false) {
    const std::string code = text_or_empty(answer, "error");
    if (code.empty()) throw InvalidAnswerError(method, response, "has no error code");
    if (code == "ratelimited" || code == "rate_limited") throw RateLimitedError(retry_after_of(response.headers));
    throw refusal(code, text_or_empty(answer, "needed"), text_or_empty(answer, "provided"));
  }
  if (response.status < 200 || response.status > 299) {
    throw InvalidAnswerError(method, response, "says ok with a status that does not");
  }
  return answer;
}

}  // namespace detail

}  // namespace slack::oauth::inline v0
