// The OAuth life of an installation: install, authorize, rotate, revoke.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include "slack/oauth/flow/authorize_result.hpp"
#include "slack/oauth/flow/authorize_url.hpp"
#include "slack/oauth/flow/authorizer.hpp"
#include "slack/oauth/flow/hooks.hpp"
#include "slack/oauth/flow/html.hpp"
#include "slack/oauth/flow/oauth_flow.hpp"
#include "slack/oauth/flow/pages.hpp"
#include "slack/oauth/flow/payload.hpp"
#include "slack/oauth/flow/refreshed_token.hpp"
#include "slack/oauth/flow/rejected_tokens.hpp"
#include "slack/oauth/flow/revocation.hpp"
#include "slack/oauth/flow/rotation_report.hpp"
#include "slack/oauth/flow/settings.hpp"
#include "slack/oauth/flow/signed_state.hpp"
#include "slack/oauth/flow/state_utils.hpp"
#include "slack/oauth/flow/token_rotation_error.hpp"
#include "slack/oauth/flow/token_rotator.hpp"
#include "slack/oauth/flow/workspace_turn.hpp"
#include "slack/oauth/web.hpp"
