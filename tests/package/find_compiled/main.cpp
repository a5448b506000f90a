// An app whose templates slack-oauth::compiled has compiled, over each of the engines that it has.
#include <filesystem>
#include <iostream>
#include <slack/oauth/compiled.hpp>
#include <utility>

namespace {

namespace oauth = slack::oauth;

bool works(oauth::Stores stores) {
  const auto answer_as_slack = [](const oauth::HttpRequest&) {
    return oauth::HttpResponse{.body = R"({"ok": false, "error": "invalid_code"})"};
  };
  oauth::App app(std::move(stores), oauth::SlackClient(answer_as_slack),
                 {.client_id = "111.222",
                  .client_secret = "not-a-real-secret",
                  .signing_secret = "not-a-real-secret",
                  .scopes = {"chat:write"}});
  oauth::Installation installation;
  installation.team_id = "T0FURNACE";
  installation.user_id = "U0ADA";
  installation.bot_token = "xoxb-not-a-real-token-1";
  installation.bot_id = "B0SMELTER";
  app.stores().installations->save(installation);
  const auto page = app.receive({.url = "/slack/install"}).response;
  const auto tokens = app.authorize(oauth::PayloadIds{.team_id = "T0FURNACE"});
  return page && page->status == 200 && tokens && tokens->bot_token == installation.bot_token;
}

}  // namespace

int main(int, char** arguments) {
  const auto folder = std::filesystem::path(arguments[0]).parent_path() / "stores";
  if (!works(oauth::memory_stores()) ||
      !works(oauth::file_stores({.base_dir = folder.string(), .client_id = "111.222"})) ||
      !works(oauth::sqlite3_stores({.database = ":memory:", .client_id = "111.222"}))) {
    std::cerr << "the install page, or the tokens of a workspace, did not come\n";
    return 1;
  }
  std::cout << "an app works over memory, files and SQLite\n";
  return 0;
}
