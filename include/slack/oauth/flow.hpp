// The OAuth life of an installation: install, authorize, rotate, revoke.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include "slack/oauth/flow/signed_state.hpp"
#include "slack/oauth/flow/workspace_turn.hpp"
#include "slack/oauth/web.hpp"
