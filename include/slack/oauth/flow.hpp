// The OAuth life of an installation: install, authorize, rotate, revoke.
//
// Needs nlohmann/json and OpenSSL.
#pragma once

#include "slack/oauth/web.hpp"
