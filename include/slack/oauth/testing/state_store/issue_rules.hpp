// Rule 1: what a state looks like. Rule 2: what becomes of its payload.
//
// Needs nlohmann/json.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slack/oauth/errors.hpp"
#include "slack/oauth/testing/state_store/trial.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// RFC 3986 section 2.3: these mean themselves in every part of a URL, and in a cookie (RFC 6265 section 4.1.1).
[[nodiscard]] constexpr bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// An upper bound, in bits, of what a guesser has to find: what the characters at each place make of many states.
[[nodiscard]] inline double variety(const std::vector<std::string>& states) {
  double bits = 0;
  for (std::size_t place = 0; place < states.front().size(); ++place) {
    std::set<char> seen;
    for (const std::string& state : states) {
      if (place < state.size()) seen.insert(state[place]);
    }
    bits += std::log2(static_cast<double>(std::max<std::size_t>(seen.size(), 1)));
  }
  return bits;
}

inline void add_rule_1(StateDefinitions& checks) {
  checks.push_back({"rule 1: no state is issued twice", [](StateTrial& trial) {
                      std::set<std::string> seen;
                      for (std::size_t i = 0; i < trial.options().states; ++i) {
                        const bool is_new = seen.insert(trial.issue(StateTrial::kept)).second;
                        trial.expect(is_new, "expected " + std::to_string(trial.options().states) +
                                                 " different states, but number " + std::to_string(i + 1) +
                                                 " was issued before");
                      }
                    }});
  checks.push_back({"rule 1: nobody can guess a state", [](StateTrial& trial) {
                      // A random UUID, as the Python SDK issues it, has 122.
                      constexpr double fewest_bits = 120;
                      const double bits = variety(trial.issue_many(std::max<std::size_t>(trial.options().states, 200)));
                      trial.expect(bits >= fewest_bits,
                                   "expected 128 random bits or more, but the characters that change from one state to "
                                   "the next make " +
                                       std::to_string(std::lround(bits)) + " at most");
                    }});
  checks.push_back({"rule 1: a state needs no encoding in a URL or a cookie", [](StateTrial& trial) {
                      for (std::size_t i = 0; i < 50; ++i) {
                        const std::string state = trial.issue({{"return_to", "/a b?c=d&e=f"}, {"name", "Zoë \"Z\""}});
                        trial.expect(!state.empty() && std::all_of(state.begin(), state.end(), is_unreserved),
                                     "issue(): expected letters, digits, '-', '.', '_' and '~', but got others");
                      }
                    }});
  checks.push_back({"rule 1: a state fits into a URL and a cookie", [](StateTrial& trial) {
                      const std::size_t longest = 512 + 4 * trial.options().longest_payload;
                      const auto length = trial.issue(std::string(trial.options().longest_payload - 2, 'x')).size();
                      trial.expect(length <= longest, "issue(): expected at most " + std::to_string(longest) +
                                                          " characters, but got " + std::to_string(length));
                    }});
}

[[nodiscard]] inline std::vector<nlohmann::json> sample_payloads() {
  using nlohmann::json;
  std::vector<json> samples{
      true,  false, 0, -1, 0.1, 1e-300, "", "/home?tab=2#top", "'; drop table oauth_states; --", "\"\\\n\r\t\x7f",
      "null"};
  samples.emplace_back(std::numeric_limits<std::int64_t>::min());
  samples.emplace_back(std::numeric_limits<std::uint64_t>::max());
  samples.emplace_back(std::string("a\0b", 3));
  samples.emplace_back("\xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x91\x8B \xC3\xA9");
  samples.push_back(json::array());
  samples.push_back(json::object());
  samples.push_back(json::array({nullptr, json::array({1, "2"}), json::object({{"", nullptr}})}));
  samples.push_back({{"tenant", "acme"}, {"return_to", "/settings"}});
  samples.push_back({{"exp", 1}, {"jti", "x"}, {"payload", nullptr}, {"state", "x"}});
  return samples;
}

inline void add_rule_2(StateDefinitions& checks) {
  checks.push_back({"rule 2: a payload comes back exactly", [](StateTrial& trial) {
                      for (const auto& payload : sample_payloads()) {
                        trial.expect_payload("its state", trial.issue(payload), payload);
                      }
                    }});
  checks.push_back({"rule 2: without a payload null comes back",
                    [](StateTrial& trial) { trial.expect_payload("its state", trial.issue(), nullptr); }});
  checks.push_back({"rule 2: each state has a payload of its own", [](StateTrial& trial) {
                      std::vector<std::string> states;
                      states.reserve(5);
                      for (int i = 0; i < 5; ++i) states.push_back(trial.issue({{"number", i}}));
                      for (int i = 4; i >= 0; --i) {
                        trial.expect_payload("state number " + std::to_string(i), states[static_cast<std::size_t>(i)],
                                             {{"number", i}});
                      }
                    }});
  checks.push_back({"rule 2: a payload of the longest size comes back", [](StateTrial& trial) {
                      const nlohmann::json payload = std::string(trial.options().longest_payload - 2, 'x');
                      trial.expect_payload("its state", trial.issue(payload), payload);
                    }});
  checks.push_back({"rule 2: a payload that cannot be kept is refused", [](StateTrial& trial) {
                      nlohmann::json deep = 1;
                      for (int i = 0; i < 1'000; ++i) {
                        auto outer = nlohmann::json::array();
                        outer.push_back(std::move(deep));
                        deep = std::move(outer);
                      }
                      const std::vector<std::pair<std::string, nlohmann::json>> payloads{
                          {"text that is not UTF-8", "\xFF"},
                          {"not a number", std::numeric_limits<double>::quiet_NaN()},
                          {"nested 1000 levels deep", std::move(deep)}};
                      for (const auto& [what, payload] : payloads) {
                        trial.expect_error<InvalidArgumentError>(
                            "issue(" + what + ")", "InvalidArgumentError",
                            [&, &refused = payload] { static_cast<void>(trial.store().issue(refused)); });
                      }
                    }});
  checks.push_back({"rule 2: a payload of 1 MB is refused or comes back", [](StateTrial& trial) {
                      const nlohmann::json payload = std::string(1'000'000, 'x');
                      std::string state;
                      try {
                        state = trial.store().issue(payload);
                      } catch (const InvalidArgumentError&) {
                        return;
                      }
                      trial.expect_payload("its state", state, payload);
                    }});
}

}  // namespace slack::oauth::inline v0::testing::detail
