#include "slack/oauth/testing/installation_store/random_rules.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "catch.hpp"
#include "faulty_store.hpp"
#include "simple_backend.hpp"

namespace {

using namespace kit_tests;
using Catch::Matchers::ContainsSubstring;

const std::string random_check = "rules 1 to 15: random calls are answered as by a simple model";

// The third save of one user in a row deletes the bot of the workspace.
MakeStore rarely_wrong() {
  return hooked([](HookedStore& store, SimpleStore& simple) {
    auto last = std::make_shared<std::pair<std::string, int>>();
    store.on_save = [&simple, last](const so::Installation& installation) {
      simple.save(installation);
      const std::string owner = installation.enterprise_id.value_or("") + "\n" + installation.team_id.value_or("") +
                                "\n" + installation.user_id;
      *last = {owner, last->first == owner ? last->second + 1 : 1};
      if (last->second == 3) simple.delete_bot({installation.enterprise_id, installation.team_id});
    };
  });
}

std::size_t calls_in(const std::string& finding) {
  std::size_t calls = 0;
  for (auto at = finding.find("\n    store."); at != std::string::npos; at = finding.find("\n    store.", at + 1))
    ++calls;
  return calls;
}

auto random_options(std::uint64_t seed) {
  auto options = fault_options();
  options.random_operations = 3'000;
  options.seed = seed;
  return options;
}

}  // namespace

TEST_CASE("random calls find a rare fault, and show the shortest trace") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const std::string finding = finding_of(random_check, rarely_wrong(), random_options(seed));
    INFO(finding);
    CHECK_THAT(finding, ContainsSubstring("seed " + std::to_string(seed)));
    CHECK_THAT(finding, ContainsSubstring("expected"));
    CHECK(calls_in(finding) <= 5);
    CHECK(calls_in(finding) >= 4);
    CHECK_THAT(finding, ContainsSubstring("\n    store.save({"));
  }
}

TEST_CASE("a seed says the same each time, and without one each run has its own") {
  const std::string finding = finding_of(random_check, rarely_wrong(), random_options(7));
  CHECK(finding == finding_of(random_check, rarely_wrong(), random_options(7)));
  auto options = random_options(0);
  options.seed.reset();
  const std::string one = finding_of(random_check, rarely_wrong(), options);
  const std::string other = finding_of(random_check, rarely_wrong(), options);
  const auto seed_of = [](const std::string& text) { return text.substr(text.find("seed "), 12); };
  CHECK(seed_of(one) != seed_of(other));
}

TEST_CASE("random calls find the plain faults too") {
  for (const Flaws& flaws :
       {Flaws{.joins_ids = true}, Flaws{.ignores_enterprise = true}, Flaws{.gives_ties_to_the_first = true},
        Flaws{.erases_by_prefix = true}, Flaws{.ignores_installed_at = true}}) {
    const std::string finding = finding_of(random_check, flawed(flaws), random_options(1));
    INFO(finding);
    CHECK(calls_in(finding) >= 2);
    CHECK(calls_in(finding) <= 6);
  }
}

TEST_CASE("a fault that does not come again is told as such") {
  auto is_wrong = std::make_shared<bool>(true);
  const auto once = hooked([is_wrong](HookedStore& store, SimpleStore& simple) {
    store.on_find_bot = [&simple, is_wrong](const so::BotQuery& query) {
      auto bot = simple.find_bot(query);
      if (bot && *is_wrong) {
        *is_wrong = false;
        bot.reset();
      }
      return bot;
    };
  });
  CHECK_THAT(finding_of(random_check, once, random_options(1)), ContainsSubstring("did not fail again"));
}

TEST_CASE("the model and a correct store agree, whatever the seed and the profile") {
  using so::testing::Profile;
  for (const auto profile : {Profile::full, Profile::bot_only, Profile::installation_only}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      auto options = random_options(seed);
      options.profile = profile;
      const MakeStore make_store = [] { return std::make_shared<HookedStore>(); };
      CHECK(finding_of(random_check, make_store, options).empty());
    }
  }
}
