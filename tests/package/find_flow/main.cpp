#include <iostream>
#include <slack/oauth/flow.hpp>
#include <slack/oauth/sqlite3.hpp>
#include <slack/oauth/web/curl.hpp>

int main() {
  slack::oauth::OAuthFlow flow(
      slack::oauth::sqlite3_stores({.database = ":memory:", .client_id = "111.222"}),
      slack::oauth::SlackClient(slack::oauth::CurlTransport()),
      {.client_id = "111.222", .client_secret = "not-a-real-secret", .scopes = {"chat:write"}});
  const auto page = flow.handle_installation({.url = "/slack/install"});
  const auto cookie = slack::oauth::find_header(page.headers, "set-cookie");
  if (page.status != 200 || !cookie) {
    std::cerr << "the install page was answered with status " << page.status << '\n';
    return 1;
  }
  std::cout << "the install page has " << page.body.size() << " bytes\n";
  return 0;
}
