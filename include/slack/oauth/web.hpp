// HTTP: calls to Slack, and the requests that Slack and browsers send. slack/oauth/web/curl.hpp has a transport.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include "slack/oauth/web/client_credentials.hpp"
#include "slack/oauth/web/http.hpp"
#include "slack/oauth/web/httplib.hpp"
#include "slack/oauth/web/id_token.hpp"
#include "slack/oauth/web/id_token_claims.hpp"
#include "slack/oauth/web/parameters.hpp"
#include "slack/oauth/web/pkce.hpp"
#include "slack/oauth/web/signature.hpp"
#include "slack/oauth/web/slack_answer.hpp"
#include "slack/oauth/web/slack_client.hpp"
#include "slack/oauth/web/transport.hpp"
