// The PostgreSQL engine: all of slack/oauth/postgresql/.
//
// Needs libpq 14 (https://www.postgresql.org/docs/current/libpq.html) and nlohmann/json.
#pragma once

#include "slack/oauth/models/json.hpp"
#include "slack/oauth/postgresql/event_deduplicator.hpp"
#include "slack/oauth/postgresql/installation_store.hpp"
#include "slack/oauth/postgresql/options.hpp"
#include "slack/oauth/postgresql/state_store.hpp"
#include "slack/oauth/postgresql/stores.hpp"
