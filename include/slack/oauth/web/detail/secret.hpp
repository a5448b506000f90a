// What Slack gave an app, on its page "Basic Information".
#pragma once

#include <string_view>

#include "slack/oauth/detail/text.hpp"
#include "slack/oauth/errors.hpp"

namespace slack::oauth::inline v0::detail {

/// Slack would refuse every request, and every signature be wrong, for a line end that came along from a file. Throws
/// InvalidArgumentError, which does not show the value.
inline void require_secret(const char* name, std::string_view value) {
  if (trimmed(value) != value) throw InvalidArgumentError(name, "must have no white space at its ends");
}

}  // namespace slack::oauth::inline v0::detail
