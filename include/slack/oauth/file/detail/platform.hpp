// Files, folders and locks of this operating system.
#pragma once

// What both need comes first, so that neither branch of a single header holds it alone.
#include "slack/oauth/errors.hpp"
#include "slack/oauth/file/detail/error.hpp"

#if defined(_WIN32)
#include "slack/oauth/file/detail/windows/change_stamp.hpp"
#include "slack/oauth/file/detail/windows/client_folder.hpp"
#include "slack/oauth/file/detail/windows/open_file.hpp"
#include "slack/oauth/file/detail/windows/state_folder.hpp"
#include "slack/oauth/file/detail/windows/workspace_folder.hpp"
#else
#include "slack/oauth/file/detail/posix/change_stamp.hpp"
#include "slack/oauth/file/detail/posix/client_folder.hpp"
#include "slack/oauth/file/detail/posix/open_file.hpp"
#include "slack/oauth/file/detail/posix/state_folder.hpp"
#include "slack/oauth/file/detail/posix/workspace_folder.hpp"
#endif
