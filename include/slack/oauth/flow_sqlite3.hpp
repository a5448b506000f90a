// The flow over one SQLite file: OAuthFlow::sqlite3().
//
// Needs nlohmann/json, OpenSSL, libcurl and SQLite 3.
#pragma once

#include "slack/oauth/flow.hpp"
#include "slack/oauth/flow_sqlite3/oauth_flow.hpp"
#include "slack/oauth/sqlite3.hpp"
