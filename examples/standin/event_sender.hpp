// Sends signed events to the app. https://docs.slack.dev/authentication/verifying-requests-from-slack
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/signature.hpp>
#include <slack/oauth/web/transport.hpp>
#include <string>
#include <utility>
#include <vector>

#include "events.hpp"
#include "ledger.hpp"

namespace standin {

/// An event that was sent to the app, and how the app answered.
struct Delivery {
  std::string workspace_id{};
  std::string type{};
  int status = 0;  ///< 0 where no answer came
};

/// Any thread may call it at any time.
class EventSender {
 public:
  struct Settings {
    std::string app_id{};
    std::string events_url{};  ///< empty: nothing is sent
    std::string signing_secret{};
    std::function<slack::oauth::Timestamp()> clock{};
  };

  EventSender(Settings settings, slack::oauth::AnyHttpTransport transport)
      : settings_(std::move(settings)), transport_(std::move(transport)) {}

  void send(const Workspace& workspace, nlohmann::json event, const std::string& event_id) {
    const std::string type = event.at("type");
    deliver({workspace.id(), type},
            event_callback(settings_.app_id, workspace, std::move(event), event_id, settings_.clock()));
  }

  /// True where the app gives back the challenge, as Slack wants it before it sends events.
  bool verify_url() {
    const std::string challenge = "not-a-real-challenge";
    const auto answer = deliver({"", "url_verification"}, url_verification(challenge));
    return answer && answer->status == 200 && answer->body.find(challenge) != std::string::npos;
  }

  [[nodiscard]] std::vector<Delivery> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }

 private:
  /// Absent where no answer came.
  std::optional<slack::oauth::HttpResponse> deliver(Delivery delivery, const nlohmann::json& payload) {
    if (settings_.events_url.empty()) return std::nullopt;
    slack::oauth::HttpRequest request{
        .method = "POST", .url = settings_.events_url, .headers = {}, .body = payload.dump()};
    const auto now = std::chrono::floor<std::chrono::seconds>(settings_.clock().time_since_epoch());
    const std::string timestamp = std::to_string(now.count());
    const slack::oauth::SignatureVerifier signer(settings_.signing_secret);
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Slack-Request-Timestamp", timestamp},
                       {"X-Slack-Signature", signer.generate_signature(timestamp, request.body)}};
    std::optional<slack::oauth::HttpResponse> answer;
    try {
      answer = transport_.send(request);
      delivery.status = answer->status;
    } catch (const slack::oauth::HttpError&) {  // the delivery says so
    }
    const std::lock_guard lock(mutex_);
    deliveries_.push_back(std::move(delivery));
    return answer;
  }

  Settings settings_;
  slack::oauth::AnyHttpTransport transport_;
  mutable std::mutex mutex_;
  std::vector<Delivery> deliveries_;
};

}  // namespace standin
