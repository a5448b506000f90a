// expect: slack-oauth: to read or set custom values, #include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/bot.hpp>

bool program(const slack::oauth::Bot& bot) { return bot.get_custom_value("plan").has_value(); }
