// expect: slack-oauth: the contract kit needs a function that takes nothing and returns a std::unique_ptr or
// errors: 1
#include "slack/oauth/testing/state_store_contract.hpp"

void program() {
  static_cast<void>(slack::oauth::testing::state_store_contract([] { return 5; }));
}
