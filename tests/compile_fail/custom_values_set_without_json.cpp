// expect: slack-oauth: to read or set custom values, #include <slack/oauth/models/json.hpp>
// errors: 1
#include <slack/oauth/models/bot.hpp>

void program(slack::oauth::Bot& bot) {
  bot.set_custom_value("plan", "gold");
  bot.set_custom_value("limits", {{"seats", 12}});
}
