// Any HTTP answer is Slack's answer that says ok, Slack's refusal, or an error that says what came, on one line of
// valid UTF-8.
//
// The input: a line for the status, one for Content-Type and Retry-After, and the body.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/detail/text.hpp>
#include <slack/oauth/models/detail/refusal.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <slack/oauth/web/slack_answer.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

constexpr std::size_t max_bytes = 4096;

void check_text(const Error& error) {
  const std::string_view text = error.what();
  fuzz::check(detail::is_valid_utf8(text));
  fuzz::check(text.find_first_of("\r\n") == std::string_view::npos);
  fuzz::check(text.size() < 1000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [status, after_status] = detail::split_at(fuzz::text_of(data, size), '\n');
  const auto [header, body] = detail::split_at(after_status, '\n');
  HttpResponse response{.headers = {{"Content-Type", std::string(header)}, {"Retry-After", std::string(header)}},
                        .body = std::string(body)};
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  try {
    const auto answer = detail::read_slack_answer("auth.test", response, max_bytes);
    fuzz::check(answer.at("ok") == true);
    fuzz::check(response.status >= 200 && response.status <= 299);
    fuzz::check(body.size() <= max_bytes);
  } catch (const RateLimitedError& error) {
    check_text(error);
    fuzz::check(error.retry_after() >= std::chrono::seconds{1});
  } catch (const SlackApiError& error) {
    check_text(error);
    fuzz::check(detail::is_error_code(error.code()));
    fuzz::check(detail::is_scope_list(error.needed()) && detail::is_scope_list(error.provided()));
  } catch (const InvalidAnswerError& error) {
    check_text(error);
    fuzz::check(error.subject() == "auth.test");
    fuzz::check(error.status() == response.status);
  }
  return 0;
}
