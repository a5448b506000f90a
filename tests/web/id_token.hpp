// Slack as far as it signs people in: its keys, and a transport that serves them and counts.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <slack/oauth/testing/fake_slack/signing_key.hpp>
#include <slack/oauth/timestamp.hpp>
#include <slack/oauth/web/http.hpp>
#include <slack/oauth/web/id_token.hpp>
#include <string>
#include <utility>
#include <vector>

namespace test {

inline constexpr const char* sign_in_client_id = "25259531569.1115229246291";
inline constexpr std::chrono::sys_seconds sign_in_time{std::chrono::seconds{1'767'225'600}};

/// Made once, since that takes a while.
inline const slack::oauth::testing::detail::SigningKey& first_key() {
  static const slack::oauth::testing::detail::SigningKey key;
  return key;
}

inline const slack::oauth::testing::detail::SigningKey& second_key() {
  static const slack::oauth::testing::detail::SigningKey key;
  return key;
}

/// The claims of a sound token, as Slack's page of openid.connect.token has them.
inline nlohmann::json sign_in_claims() {
  const auto time = sign_in_time.time_since_epoch().count();
  return {{"iss", "https://slack.com"},
          {"sub", "U0ADA"},
          {"aud", sign_in_client_id},
          {"exp", time + 300},
          {"iat", time},
          {"auth_time", time - 5},
          {"nonce", "not-a-real-nonce"},
          {"at_hash", "tUbyWGBHe0V32FJEupkgVQ"},
          {"https://slack.com/team_id", "T0FURNACE"},
          {"https://slack.com/user_id", "U0ADA"},
          {"email", "ada@example.com"},
          {"email_verified", true},
          {"date_email_verified", 1622128723},
          {"locale", "en-US"},
          {"name", "Ada"},
          {"given_name", ""},
          {"family_name", nullptr},
          {"https://slack.com/team_image_default", true}};
}

/// Copies share what they hold.
class KeyServer {
 public:
  KeyServer() { publish({first_key().json_web_key("first")}); }

  void publish(const std::vector<nlohmann::json>& keys) { answer({.body = nlohmann::json{{"keys", keys}}.dump()}); }
  void answer(slack::oauth::HttpResponse response) {
    shared_->answer = [response = std::move(response)] { return response; };
  }
  template <std::invocable Answer>
  void answer(Answer answer) {
    shared_->answer = std::move(answer);
  }

  slack::oauth::HttpResponse send(const slack::oauth::HttpRequest& request) {
    shared_->last_request = request;
    ++shared_->fetches;
    return shared_->answer();
  }

  [[nodiscard]] int fetches() const { return shared_->fetches; }
  [[nodiscard]] const slack::oauth::HttpRequest& last_request() const { return shared_->last_request; }

  /// The clock of the verifiers.
  void pass(std::chrono::seconds time) { shared_->time = shared_->time.load() + time; }
  [[nodiscard]] slack::oauth::IdTokenVerifier verifier() const {
    return slack::oauth::IdTokenVerifier(
        *this, {.client_id = sign_in_client_id, .clock = [shared = shared_] { return shared->time.load(); }});
  }

 private:
  struct Shared {
    std::function<slack::oauth::HttpResponse()> answer;
    slack::oauth::HttpRequest last_request;
    std::atomic<int> fetches{0};
    std::atomic<slack::oauth::Timestamp> time{sign_in_time};
  };

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace test
