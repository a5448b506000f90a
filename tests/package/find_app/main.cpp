// An app over stores in memory and a transport of its own, which needs neither libcurl nor SQLite.
#include <iostream>
#include <slack/oauth/app.hpp>
#include <slack/oauth/memory.hpp>

int main() {
  const auto answer_as_slack = [](const slack::oauth::HttpRequest&) {
    return slack::oauth::HttpResponse{.body = R"({"ok": false, "error": "invalid_code"})"};
  };
  slack::oauth::App app(slack::oauth::memory_stores(), slack::oauth::SlackClient(answer_as_slack),
                        {.client_id = "111.222",
                         .client_secret = "not-a-real-secret",
                         .signing_secret = "not-a-real-secret",
                         .scopes = {"chat:write"}});
  const auto page = app.receive({.url = "/slack/install"}).response;
  const auto forged = app.receive({.method = "POST", .url = "/slack/events", .body = "{}"}).response;
  if (!page || page->status != 200 || !forged || forged->status != 401) {
    std::cerr << "the install page, or a forged event, was not answered as it should be\n";
    return 1;
  }
  std::cout << "the install page has " << page->body.size() << " bytes\n";
  return 0;
}
