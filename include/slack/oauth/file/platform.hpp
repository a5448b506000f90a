// Files, folders and locks of this operating system.
#pragma once

// What both need comes first, so that neither branch of a single header holds it alone.
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/error.hpp"

#if defined(_WIN32)
#include "slack/oauth/file/windows/client_folder.hpp"
#include "slack/oauth/file/windows/open_file.hpp"
#include "slack/oauth/file/windows/state_folder.hpp"
#include "slack/oauth/file/windows/workspace_folder.hpp"
#else
#include "slack/oauth/file/posix/client_folder.hpp"
#include "slack/oauth/file/posix/open_file.hpp"
#include "slack/oauth/file/posix/state_folder.hpp"
#include "slack/oauth/file/posix/workspace_folder.hpp"
#endif
