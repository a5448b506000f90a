// expect: slack-oauth: this class adds members to its base but has no fields() of its own that lists them
// errors: 1
#include <ostream>
#include <slack/oauth/models/bot.hpp>

struct TenantBot : slack::oauth::Bot {
  bool is_paid = false;
};

void program(std::ostream& out, const TenantBot& bot) { out << bot; }
