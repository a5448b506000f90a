// Tokens that are sealed in memory, with OpenSSL and nothing else.
#include <iostream>
#include <slack/oauth.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>

int main() {
  slack::oauth::KeyRing keys;
  keys.add_text("2026-11", "bm90IGEgcmVhbCBrZXkgb2YgdGhpcnR5LXR3byBiATE=");
  keys.set_current("2026-11");
  const slack::oauth::Stores plain = slack::oauth::memory_stores();
  const slack::oauth::Stores stores = slack::oauth::encrypted(plain, keys);
  stores.installations->save_bot({.team_id = "T0FURNACE", .bot_token = "xoxb-not-a-real-token-1"});
  const auto found = stores.installations->find_bot({.team_id = "T0FURNACE"});
  const auto at_rest = plain.installations->find_bot({.team_id = "T0FURNACE"});
  if (!found || found->bot_token != "xoxb-not-a-real-token-1" || !at_rest || at_rest->bot_token == found->bot_token) {
    std::cerr << "the token was not sealed, or did not open\n";
    return 1;
  }
  std::cout << "the token is sealed in " << at_rest->bot_token.size() << " characters\n";
  return 0;
}
