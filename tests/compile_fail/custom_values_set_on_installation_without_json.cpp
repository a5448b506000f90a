// expect: slack-oauth: to read or set custom values, #include <slack/oauth/models/json.hpp>
// errors: 1
#include <slack/oauth/installation_store.hpp>

void program(slack::oauth::Installation& installation) { installation.set_custom_value("plan", "gold"); }
