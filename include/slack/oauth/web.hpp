// Talking HTTP: to Slack, and in the requests that Slack and browsers send.
//
// Needs nlohmann/json, libcurl and OpenSSL.
#pragma once

#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/transport.hpp"
