// The SQLite engine: all of slack/oauth/sqlite3/.
//
// Needs SQLite 3 (https://www.sqlite.org) and nlohmann/json.
#pragma once

#include "slack/oauth/models/json.hpp"
#include "slack/oauth/sqlite3/event_deduplicator.hpp"
#include "slack/oauth/sqlite3/installation_store.hpp"
#include "slack/oauth/sqlite3/state_store.hpp"
#include "slack/oauth/sqlite3/stores.hpp"
