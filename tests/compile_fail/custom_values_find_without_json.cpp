// expect: slack-oauth: to read or set custom values, #include <slack/oauth/models/json.hpp>
// errors: 1
#include <slack/oauth/models/bot.hpp>

bool program(slack::oauth::Bot& bot) {
  bot.custom_values.erase("seats");
  return bot.custom_values.find("plan") != nullptr;
}
