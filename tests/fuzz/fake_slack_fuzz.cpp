// FakeSlack answers any request: with a page, a redirect, or JSON that says whether it is ok; also where a token of its
// own comes along, and where the code of a consent page is exchanged. The first line is the URL, the rest the body.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

namespace {

void check_answer(const HttpResponse& answer) {
  if (answer.status == 200) fuzz::check(nlohmann::json::parse(answer.body).at("ok").is_boolean());
}

/// `back` is where the browser goes from the consent page.
void exchange(testing::FakeSlack& slack, std::string_view back) {
  fuzz::check(back.find_first_of("\r\n") == std::string_view::npos);
  const auto parameters = parse_parameters(query_of(back)).value_or(HttpParameters{});
  const std::string code(find_parameter(parameters, "code").value_or(""));
  check_answer(slack.send({.method = "POST",
                           .url = "/api/oauth.v2.access",
                           .body = format_parameters({{"client_id", slack.options().client_id},
                                                      {"client_secret", slack.options().client_secret},
                                                      {"redirect_uri", std::string(back.substr(0, back.find('?')))},
                                                      {"code", code}})}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  HttpRequest request{.method = "POST",
                      .url = std::string(text.substr(0, end)),
                      .body = end == std::string_view::npos ? "" : std::string(text.substr(end + 1))};
  testing::FakeSlack slack;
  const std::string token = slack.grant(slack.options().workspaces.front()).at("access_token");
  slack.connect([](const HttpRequest&) { return HttpResponse{}; });

  check_answer(slack.send(request));
  const HttpResponse page = slack.send({.method = "GET", .url = request.url});
  fuzz::check(page.status == 200 || page.status == 302 || page.status == 400 || page.status == 404);
  if (page.status == 302) exchange(slack, find_header(page.headers, "Location").value());
  slack.deliver(request);
  fuzz::check(slack.deliveries().back().status == 200);

  for (const char* type : {"application/x-www-form-urlencoded", "application/json"}) {
    request.headers = {{"Authorization", "Bearer " + token}, {"Content-Type", type}};
    check_answer(slack.send(request));
  }
  return 0;
}
