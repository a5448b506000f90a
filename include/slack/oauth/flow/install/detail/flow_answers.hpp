// What OAuthFlow answers and logs: pages or redirects, and no secret.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "slack/oauth/detail/hex.hpp"
#include "slack/oauth/detail/system_random.hpp"
#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"
#include "slack/oauth/flow/install/authorize_url.hpp"
#include "slack/oauth/flow/install/detail/slack_links.hpp"
#include "slack/oauth/flow/install/detail/success_page_cookie.hpp"
#include "slack/oauth/flow/install/pages.hpp"
#include "slack/oauth/flow/install/settings.hpp"
#include "slack/oauth/logger.hpp"
#include "slack/oauth/models/installation.hpp"
#include "slack/oauth/scopes.hpp"
#include "slack/oauth/timestamp.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/workspace_key.hpp"

namespace slack::oauth::inline v0::detail {

struct FlowFailure {
  std::string reason{};
  int status = 500;
  std::exception_ptr error{};
  std::optional<std::chrono::seconds> retry_after{};
  nlohmann::json unread_answer{};
};

[[nodiscard]] inline bool has_parameter(const HttpParameters& parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const HttpParameter& parameter) { return parameter.name == name; });
}

[[nodiscard]] inline LogLevel level_of(const FlowFailure& failure) noexcept {
  if (failure.status >= 500) return LogLevel::error;
  return failure.status == 200 ? LogLevel::info : LogLevel::warning;
}

[[nodiscard]] inline std::string describe(const FlowFailure& failure, bool has_unsaved) {
  std::string line = "an installation ended with ";
  append_quoted(line, failure.reason, 80);
  // What a hook throws is the app's own, and may hold anything.
  if (failure.error != nullptr && failure.reason != "hook_error") line += ": " + describe(failure.error);
  if (has_unsaved) line += "; its tokens are not saved";
  return line;
}

[[nodiscard]] inline std::string describe_tenant(const Installation& installation) {
  return line_with_ids(installation.is_enterprise_install ? "in an organisation:" : "in a workspace:",
                       {id_or_empty(installation.enterprise_id), id_or_empty(installation.team_id)},
                       installation.user_id);
}

[[nodiscard]] inline std::string describe_missing(const InstallationScopes& missing) {
  std::string line = "scopes were not granted:";
  if (!missing.bot_scopes.empty()) line += " " + join_scopes(missing.bot_scopes) + " of the bot";
  if (!missing.user_scopes.empty()) line += " " + join_scopes(missing.user_scopes) + " of the user";
  return line;
}

/// Threads: any thread may call any method at any time.
class FlowAnswers {
 public:
  explicit FlowAnswers(const OAuthSettings& settings)
      : logger_(settings.logger),
        pages_(settings.pages),
        app_name_(settings.app_name),
        install_path_(settings.public_install_path()),
        success_url_(settings.success_url),
        failure_url_(settings.failure_url),
        success_cookie_(settings.state_cookie_name + "-done", cookie_secret(settings)),
        clock_(settings.clock),
        shows_install_page_(settings.install_page_rendering_enabled) {}

  void say(LogLevel level, std::string_view line) const noexcept { logger_.log(level, line); }

  [[nodiscard]] HttpResponse install(const std::string& authorize_url) const {
    if (!shows_install_page_) return redirect(authorize_url);
    return render(pages_.install, default_install_page, {.app_name = app_name_, .authorize_url = authorize_url});
  }

  /// Leads to the success page, or is that page where the browser could not keep what it says, or may not keep cookies.
  [[nodiscard]] HttpResponse success(const Installation& installation, const InstallationScopes& missing,
                                     bool keeps_cookies) const {
    if (!success_url_.empty()) return redirect(success_url_);
    const auto& name = installation.is_enterprise_install ? installation.enterprise_name : installation.team_name;
    const SuccessPage page{.app_name = app_name_,
                           .tenant_name = name.value_or(""),
                           .is_enterprise_install = installation.is_enterprise_install,
                           .app_url = app_url_of(installation),
                           .browser_url = browser_url_of(installation),
                           .missing_scopes = missing};
    const auto cookie =
        keeps_cookies ? if_it_can([&] { return success_cookie_.set_cookie(page, clock_()); }) : std::nullopt;
    if (!cookie) return render(pages_.success, default_success_page, page);
    HttpResponse response = redirect("?" + std::string(success_marker) + "=1");
    response.headers.push_back({"Set-Cookie", *cookie});
    return response;
  }

  /// Whether they are those of the address that success() leads to. It is relative to the callback's, so that it stays
  /// right behind a proxy that takes a prefix off.
  [[nodiscard]] static bool is_success_page(const HttpParameters& parameters) {
    return has_parameter(parameters, success_marker) && !has_parameter(parameters, "code") &&
           !has_parameter(parameters, "error") && !has_parameter(parameters, "state");
  }

  /// For the browser that installed the app within the last hour. Anybody can make a link to this address: others are
  /// told nothing that is not true.
  [[nodiscard]] HttpResponse success_page(const HttpRequest& request) const {
    if (auto page = if_it_can([&] { return success_cookie_.find(request.headers, clock_()); })) {
      page->app_name = app_name_;
      return render(pages_.success, default_success_page, *page);
    }
    // Not failure(): nothing has failed that an address of the app's own should hear of.
    return failure_page("page_expired", 404);
  }

  [[nodiscard]] HttpResponse failure(const FlowFailure& failure) const {
    HttpResponse response;
    if (failure_url_.empty()) {
      response = failure_page(failure.reason, failure.status);
    } else {
      const auto [url, fragment] = split_at(failure_url_, '#');
      std::string target = url_with_parameters(std::string(url), {{"reason", failure.reason}});
      if (!fragment.empty()) target += "#" + std::string(fragment);
      response = redirect(target);
    }
    if (failure.retry_after) {
      response.headers.push_back({"Retry-After", std::to_string(failure.retry_after->count())});
    }
    return response;
  }

  /// A browser throws this away, and asks again when the person visits the page.
  [[nodiscard]] static HttpResponse not_ahead_of_time() {
    return {.status = 503,
            .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
            .body = "Not ahead of time.\n"};
  }

  [[nodiscard]] static HttpResponse method_not_allowed(const std::string& allowed) {
    return {
        .status = 405,
        .headers = {{"Allow", allowed}, {"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
        .body = "Allowed here: " + allowed + ".\n"};
  }

 private:
  /// Without a client secret, the page can be loaded again as long as the app runs.
  [[nodiscard]] static std::string cookie_secret(const OAuthSettings& settings) {
    constexpr std::size_t secret_bytes = 32;
    return settings.client_secret.empty() ? hex_of(random_bytes(secret_bytes)) : settings.client_secret;
  }

  [[nodiscard]] HttpResponse failure_page(const std::string& reason, int status) const {
    return render(pages_.failure, default_failure_page,
                  {.app_name = app_name_, .reason = reason, .install_path = install_path_, .status = status});
  }

  static constexpr std::string_view success_marker = "installed";

  static HttpResponse redirect(const std::string& url) {
    return {.status = 302,
            .headers = {{"Location", url}, {"Referrer-Policy", "no-referrer"}, {"Cache-Control", "no-store"}}};
  }

  /// Absent where the app's clock, or OpenSSL, throws: a page is not worth the answer.
  template <class Function>
  auto if_it_can(const Function& function) const -> decltype(function()) {
    try {
      return function();
    } catch (...) {
      say(LogLevel::error, "a success page cannot be kept: " + describe(std::current_exception()));
      return std::nullopt;
    }
  }

  /// The app's own page, or where it has none or that throws, the one that ships.
  template <class Page>
  HttpResponse render(const std::function<HttpResponse(const Page&)>& own, HttpResponse (*shipped)(const Page&),
                      const std::type_identity_t<Page>& page) const {
    if (!own) return shipped(page);
    try {
      return own(page);
    } catch (...) {
      say(LogLevel::error, "a page of the app's threw " + describe(std::current_exception()));
      return shipped(page);
    }
  }

  Logger logger_;
  OAuthPages pages_;
  std::string app_name_;
  std::string install_path_;
  std::string success_url_;
  std::string failure_url_;
  SuccessPageCookie success_cookie_;
  std::function<Timestamp()> clock_;
  bool shows_install_page_;
};

}  // namespace slack::oauth::inline v0::detail
