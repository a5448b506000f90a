// What the success page says, in a cookie of the browser that installed the app: the page has an address without a code
// then, and can be loaded again. A link to that address shows others nothing.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/flow/install/detail/cookies.hpp"
#include "slack/oauth/flow/install/detail/jwt.hpp"
#include "slack/oauth/flow/install/pages.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"

namespace slack::oauth::inline v0::detail {

/// Threads: any thread may call any method at any time.
class SuccessPageCookie {
 public:
  static constexpr std::chrono::seconds lifetime = std::chrono::hours{1};

  SuccessPageCookie(std::string name, std::string secret) : name_(std::move(name)), secrets_{std::move(secret)} {}

  /// The value of Set-Cookie. Absent where no browser would keep it, since it is too long (RFC 6265 section 6.1), or a
  /// name is no Unicode.
  [[nodiscard]] std::optional<std::string> set_cookie(const SuccessPage& page, Timestamp now) const {
    constexpr std::size_t longest = 3800;
    const auto expires_at = std::chrono::floor<std::chrono::seconds>(now) + lifetime;
    const nlohmann::json claims = {{"aud", audience},
                                   {"exp", expires_at.time_since_epoch().count()},
                                   {"tenant_name", page.tenant_name},
                                   {"is_enterprise_install", page.is_enterprise_install},
                                   {"app_url", page.app_url},
                                   {"browser_url", page.browser_url},
                                   {"missing_bot_scopes", page.missing_scopes.bot_scopes},
                                   {"missing_user_scopes", page.missing_scopes.user_scopes}};
    try {
      const std::string token = sign_jwt(claims, secrets_.front());
      if (token.size() > longest) return std::nullopt;
      return name_ + "=" + token + "; Max-Age=" + std::to_string(lifetime.count()) + std::string(cookie_attributes);
    } catch (const nlohmann::json::exception&) {
      return std::nullopt;
    }
  }

  /// All but the app's name. Absent where this browser has no such cookie, or only one that has expired.
  [[nodiscard]] std::optional<SuccessPage> find(const HttpHeaders& request_headers, Timestamp now) const {
    std::optional<SuccessPage> found;
    for_each_cookie(request_headers, name_, [&](std::string_view value) {
      if (!found) found = read(value, now);
    });
    return found;
  }

 private:
  /// Tells it from whatever else is signed with the client secret.
  static constexpr const char* audience = "slack-oauth success page";

  using Scopes = std::vector<std::string>;

  [[nodiscard]] std::optional<SuccessPage> read(std::string_view token, Timestamp now) const {
    const auto claims = verify_jwt(token, secrets_);
    if (!claims || claims->value("aud", nlohmann::json()) != audience) return std::nullopt;
    try {
      const Timestamp expires_at{std::chrono::seconds{claims->at("exp").get<std::int64_t>()}};
      if (now >= expires_at) return std::nullopt;
      return SuccessPage{.tenant_name = claims->at("tenant_name").get<std::string>(),
                         .is_enterprise_install = claims->at("is_enterprise_install").get<bool>(),
                         .app_url = claims->at("app_url").get<std::string>(),
                         .browser_url = claims->at("browser_url").get<std::string>(),
                         .missing_scopes = {.bot_scopes = claims->at("missing_bot_scopes").get<Scopes>(),
                                            .user_scopes = claims->at("missing_user_scopes").get<Scopes>()}};
    } catch (const nlohmann::json::exception&) {  // of a later version of this library
      return std::nullopt;
    }
  }

  std::string name_;
  std::vector<std::string> secrets_;
};

}  // namespace slack::oauth::inline v0::detail
