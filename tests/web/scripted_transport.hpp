// A transport that answers from a script and keeps what it was asked.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <slack/oauth/web/http.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// An answer, or an exception that it throws.
using Step = std::function<slack::oauth::HttpResponse()>;

inline Step answers(int status, std::string body, slack::oauth::HttpHeaders headers = {}) {
  return [=] { return slack::oauth::HttpResponse{.status = status, .headers = headers, .body = body}; };
}

inline Step answers(std::string body) {
  return answers(200, std::move(body), {{"Content-Type", "application/json; charset=utf-8"}});
}

inline Step is_rate_limited(const std::string& retry_after) {
  return answers(429, R"({"ok":false,"error":"ratelimited"})", {{"retry-after", retry_after}});
}

inline Step is_lost(slack::oauth::HttpError::Reach reach) {
  return [=]() -> slack::oauth::HttpResponse {
    throw slack::oauth::HttpError("no answer from slack.com", "CONNECTION_LOST", reach);
  };
}

/// Copies share the script.
class ScriptedTransport {
 public:
  explicit ScriptedTransport(std::vector<Step> steps) : shared_(std::make_shared<Shared>()) {
    shared_->steps = std::move(steps);
  }

  slack::oauth::HttpResponse send(const slack::oauth::HttpRequest& request) {
    shared_->requests.push_back(request);
    const std::size_t step = shared_->requests.size() - 1;
    if (step >= shared_->steps.size()) throw std::logic_error("the script has ended: nothing more was expected");
    return shared_->steps[step]();
  }

  [[nodiscard]] const std::vector<slack::oauth::HttpRequest>& requests() const { return shared_->requests; }

 private:
  struct Shared {
    std::vector<Step> steps;
    std::vector<slack::oauth::HttpRequest> requests;
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace test
