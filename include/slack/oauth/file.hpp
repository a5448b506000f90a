// The file engine: all of slack/oauth/file/. Needs no library but nlohmann/json.
#pragma once

#include "slack/oauth/file/event_deduplicator.hpp"
#include "slack/oauth/file/installation_store.hpp"
#include "slack/oauth/file/options.hpp"
#include "slack/oauth/file/state_store.hpp"
#include "slack/oauth/file/stores.hpp"
#include "slack/oauth/models/json.hpp"
