// What goes back over HTTP in Slack's place: JSON as Slack sends it, or what a test wants.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::testing {

namespace detail {

[[nodiscard]] inline HttpResponse json_answer(const nlohmann::json& answer) {
  return {.status = 200, .headers = {{"Content-Type", "application/json; charset=utf-8"}}, .body = answer.dump()};
}

}  // namespace detail

/// A test's own answer: a response, JSON, or a function from the request to a response.
class FaultAnswer {
 public:
  using Function = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

  FaultAnswer() = default;
  FaultAnswer(HttpResponse response)  // NOLINT(google-explicit-constructor)
      : function_([response = std::move(response)](const HttpRequest&) { return response; }) {}
  FaultAnswer(const nlohmann::json& json)  // NOLINT(google-explicit-constructor)
      : FaultAnswer(detail::json_answer(json)) {}

  /// The sender calls it, without a lock: it may call the FakeSlack. What it throws, the app's transport throws. Where
  /// it returns nothing, Slack answers by itself.
  template <class Call>  // NOLINTNEXTLINE(google-explicit-constructor)
  requires std::is_invocable_r_v<std::optional<HttpResponse>, Call&, const HttpRequest&> FaultAnswer(Call call)
      : function_(std::move(call)) {}

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(function_); }

  [[nodiscard]] std::optional<HttpResponse> operator()(const HttpRequest& request) const { return function_(request); }

 private:
  Function function_;
};

}  // namespace slack::oauth::inline v0::testing
