#define SLACK_OAUTH_DEFINE_COMPILED
#include <slack/oauth/compiled.hpp>
