// Tells tokens apart without keeping them.
//
// Needs OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "slack/oauth/detail/base64url.hpp"
#include "slack/oauth/web/detail/digest.hpp"

namespace slack::oauth::inline v0::detail {

/// SHA-256, in base64url. Tokens hold too much chance for it to be turned back.
[[nodiscard]] inline std::string token_hash(std::string_view token) { return base64url_encode(sha256(token)); }

}  // namespace slack::oauth::inline v0::detail
