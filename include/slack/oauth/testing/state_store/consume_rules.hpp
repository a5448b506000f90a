// Rule 3: a state is consumed at most once. Rule 4: what was not issued is absent, whatever it is.
//
// Needs nlohmann/json and threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/testing/state_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

[[nodiscard]] inline bool is_for_one_time_states(const StateContractOptions<>& options) { return options.is_one_time; }

/// That of the threads one gets each state. `store_of(number)` is the store that a thread asks.
template <class StoreOf>
void expect_one_winner(StateTrial& trial, std::size_t threads, const StoreOf& store_of) {
  for (std::size_t race = 0; race < trial.options().races; ++race) {
    const auto states = trial.issue_many(trial.options().states_a_race);
    std::vector<std::atomic<int>> wins(states.size());
    trial.at_once(threads, states.size(), [&](std::size_t number) {
      for (std::size_t i = 0; i < states.size(); ++i) {
        if (store_of(number).consume(states[i])) ++wins[i];
      }
    });
    for (const auto& won : wins) {
      trial.expect(won == 1, "consume(a state) by several threads at once: expected one of them to get it, but " +
                                 std::to_string(won) + " did");
    }
  }
}

inline void add_rule_3(StateDefinitions& checks) {
  checks.push_back({"rule 3: a state is consumed at most once",
                    [](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      trial.expect_kept("a state", state);
                      for (int i = 0; i < 3; ++i) trial.expect_nothing("a state that was consumed", state);
                      static_cast<void>(trial.issue(StateTrial::kept));
                      trial.expect_nothing("a state that was consumed before another was issued", state);
                    },
                    is_for_one_time_states});
  checks.push_back({"rule 3: issuing and consuming one state leaves the others", [](StateTrial& trial) {
                      const auto states = trial.issue_many(20);
                      for (const std::string& state : states) trial.expect_kept("one of 20 states", state);
                    }});
  checks.push_back({"rule 3: of threads that consume a state at the same moment one gets it",
                    [](StateTrial& trial) {
                      const std::size_t threads = std::max<std::size_t>(trial.options().threads, 2);
                      expect_one_winner(trial, threads, [&](std::size_t) -> OAuthStateStore& { return trial.store(); });
                    },
                    is_for_one_time_states});
  checks.push_back({"rule 3: threads with states of their own do not disturb one another", [](StateTrial& trial) {
                      const std::size_t threads = std::max<std::size_t>(trial.options().threads, 2);
                      trial.at_once(threads, trial.options().races, [&](std::size_t number) {
                        for (std::size_t i = 0; i < trial.options().races; ++i) {
                          const nlohmann::json payload = {number, i};
                          trial.expect_payload("a thread's own state", trial.issue(payload), payload);
                        }
                      });
                    }});
}

/// The same state but for one character.
[[nodiscard]] inline std::string with_another(std::string state, std::size_t place) {
  char& c = state[place];
  c = c == 'a' ? 'b' : 'a';
  return state;
}

/// That these are absent, and that a state which was issued before them holds.
inline void expect_harmless(StateTrial& trial, const std::vector<std::string>& strange, std::string_view what) {
  const std::string state = trial.issue(StateTrial::kept);
  for (const std::string& each : strange) {
    trial.expect_nothing(what.empty() ? oauth::detail::quoted(each, 60) : what, each);
  }
  trial.expect_kept("a state that was issued before", state);
}

inline void add_rule_4(StateDefinitions& checks) {
  checks.push_back({"rule 4: a state that differs in one character is absent", [](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      for (std::size_t i = 0; i < state.size(); ++i) {
                        trial.expect_nothing("a state with another character at " + std::to_string(i),
                                             with_another(state, i));
                      }
                      trial.expect_kept("the state itself", state);
                    }});
  checks.push_back({"rule 4: a part of a state, and one with more around it, is absent", [](StateTrial& trial) {
                      const std::string state = trial.issue(StateTrial::kept);
                      for (std::size_t i = 1; i < state.size(); ++i) {
                        trial.expect_nothing("the beginning of a state", state.substr(0, i));
                        trial.expect_nothing("the end of a state", state.substr(i));
                      }
                      for (const std::string& more :
                           {state + " ", " " + state, state + "\n", state + std::string(1, '\0'), state + "=",
                            state + "." + state, "./" + state, state + "/", state + ".payload", state + "%",
                            "\"" + state + "\""}) {
                        trial.expect_nothing("a state with more around it", more);
                      }
                      trial.expect_kept("the state itself", state);
                    }});
  checks.push_back({"rule 4: an empty, a huge and a binary state are absent", [](StateTrial& trial) {
                      std::vector<std::string> strange{"",
                                                       std::string(1, '\0'),
                                                       std::string(40, '\0'),
                                                       "\xFF\xFE",
                                                       std::string(36, '\xC3'),
                                                       std::string(100'000, 'a'),
                                                       std::string(100'000, '.')};
                      std::string bytes;
                      for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
                      strange.push_back(bytes);
                      expect_harmless(trial, strange, "an empty, huge or binary state");
                    }});
  checks.push_back({"rule 4: a path, a pattern and SQL are data", [](StateTrial& trial) {
                      expect_harmless(trial,
                                      {".",
                                       "..",
                                       "/",
                                       "../..",
                                       "/etc/passwd",
                                       "../../etc/passwd",
                                       "..\\..\\windows",
                                       "C:\\",
                                       "nul",
                                       "con",
                                       "~",
                                       "*",
                                       "%",
                                       "_",
                                       "?",
                                       "[a-f]*",
                                       "-",
                                       "--help",
                                       "' or '1'='1",
                                       "' or 1=1 --",
                                       "'; drop table oauth_states; --",
                                       "\" or \"\"=\"",
                                       "${jndi:ldap://x}",
                                       "%2e%2e%2f",
                                       "$(id)",
                                       "00000000-0000-0000-0000-000000000000",
                                       "0",
                                       "null",
                                       "{}",
                                       "state"},
                                      "");
                    }});
}

}  // namespace slack::oauth::inline v0::testing::detail
