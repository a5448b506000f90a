// FakeSlack answers any request: with a page, a redirect, or JSON that says whether it is ok. The first line is the
// URL, the rest the body.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <slack/oauth/flow/install/settings.hpp>
#include <slack/oauth/testing/fake_slack.hpp>
#include <string>
#include <string_view>

#include "check.hpp"

using namespace slack::oauth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto end = text.find('\n');
  const HttpRequest request{.method = "POST",
                            .url = std::string(text.substr(0, end)),
                            .body = end == std::string_view::npos ? "" : std::string(text.substr(end + 1))};
  testing::FakeSlack slack;
  slack.grant(slack.options().workspaces.front());
  slack.connect([](const HttpRequest&) { return HttpResponse{}; });

  const HttpResponse answer = slack.send(request);
  if (answer.status == 200) fuzz::check(nlohmann::json::parse(answer.body).at("ok").is_boolean());
  const int status = slack.send({.method = "GET", .url = request.url}).status;
  fuzz::check(status == 200 || status == 302 || status == 400 || status == 404);
  slack.deliver(request);
  fuzz::check(slack.deliveries().back().status == 200);
  return 0;
}
