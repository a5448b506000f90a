// Ids as the tests of stores show them.
#pragma once

#include <slack/oauth/queries.hpp>
#include <string>

namespace test {

/// "-" where the id is absent, so that an empty one is told apart.
inline std::string shown(slack::oauth::OptionalId id) { return id ? std::string(*id) : "-"; }

}  // namespace test
