// expect: slack-oauth: to make a flow over SQLite, #include <slack/oauth/flow_sqlite3.hpp>
#include <slack/oauth/flow.hpp>

void program(const slack::oauth::OAuthSettings& settings) {
  (void)slack::oauth::OAuthFlow::sqlite3("installations.db", settings);
}
