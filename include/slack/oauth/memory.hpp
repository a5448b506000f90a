// The memory engine: all of slack/oauth/memory/. Needs no library but nlohmann/json.
#pragma once

#include "slack/oauth/memory/event_deduplicator.hpp"
#include "slack/oauth/memory/installation_store.hpp"
#include "slack/oauth/memory/state_store.hpp"
#include "slack/oauth/memory/stores.hpp"
#include "slack/oauth/models/json.hpp"
