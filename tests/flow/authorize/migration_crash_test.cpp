// A migration that stops anywhere, with tokens that are due: the next event or job completes it, and no refresh token
// is offered to Slack a second time.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <slack/oauth/flow/authorize/authorizer.hpp>
#include <slack/oauth/flow/detail/rekey.hpp>
#include <slack/oauth/flow/rotate/token_rotator.hpp>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/web/parameters.hpp>
#include <string>
#include <string_view>

#include "catch.hpp"
#include "flow/rotate/rotation.hpp"
#include "flow/stores.hpp"

using namespace slack::oauth;
using namespace std::chrono_literals;
using test::Rotation;

namespace {

/// The process is gone: nothing of what it goes on to do happens.
struct Died {};

enum class Next { event, job };

struct World {
  World() {
    rotation.install("T1", "U0ADA");
    rotation.let_expire();
    rotation.instead = [this](const HttpRequest& request) {
      const auto parameters = parse_parameters(request.body).value();
      ++offered[std::string(find_parameter(parameters, "refresh_token").value())];
      return rotation.slack.send(request);
    };
  }

  /// Lets the process die before its call of that number.
  void die_at(int call) {
    watched.before = [left = call](std::string_view) mutable {
      if (left-- <= 0) throw Died();
    };
  }
  void revive() {
    watched.before = [](std::string_view) {};
  }

  std::optional<AuthorizeResult> event() {
    AuthorizerOptions options;
    options.rotator = std::make_shared<TokenRotator>(rotation.rotator());
    options.clock = rotation.clock;
    Authorizer authorizer(static_cast<InstallationStore&>(watched), options);
    return authorizer.authorize(PayloadIds{.enterprise_id = "E1", .team_id = "T1", .user_id = "U0ADA"});
  }

  void job() { rotation.rotator().rotate_all(static_cast<InstallationStore&>(watched), 2h); }

  void check_all_is_filed_anew() {
    auto& store = rotation.store.inner();
    CHECK_FALSE(store.find_bot({.team_id = "T1"}));
    CHECK_FALSE(store.find_installation({.team_id = "T1"}));
    const auto bot = store.find_bot({.enterprise_id = "E1", .team_id = "T1"});
    const auto user = store.find_installation({.enterprise_id = "E1", .team_id = "T1", .user_id = "U0ADA"});
    REQUIRE(bot);
    REQUIRE(user);
    CHECK(rotation.slack.is_working(bot->bot_token));
    CHECK(rotation.slack.is_working(user->user_token.value()));
    CHECK(user->bot_token == bot->bot_token);
    int bots = 0;
    store.for_each_bot([&](const Bot&) { ++bots; });
    CHECK(bots == 1);
    for (const auto& [token, times] : offered) CHECK(times == 1);
  }

  Rotation rotation{};
  test::WatchedStore watched{rotation.store.inner()};
  std::map<std::string, int> offered{};
};

void move(InstallationStore& store) { detail::rekey_workspace(store, "E1", "T1", std::nullopt, {}); }

}  // namespace

TEST_CASE("a move that stops at any step is completed by the next event or job", "[flow]") {
  const Next next = GENERATE(Next::event, Next::job);
  bool has_died = true;
  for (int call = 0; has_died; ++call) {
    CAPTURE(call, static_cast<int>(next));
    World world;
    world.die_at(call);
    has_died = false;
    try {
      move(world.watched);
    } catch (const Died&) {
      has_died = true;
    }
    world.revive();
    // Nothing of this workspace says which organisation it is in until a record is filed there.
    if (next == Next::job && world.rotation.store.inner().find_bot({.enterprise_id = "E1", .team_id = "T1"})) {
      world.job();
    } else {
      CHECK(world.event()->bot_token);
    }
    world.check_all_is_filed_anew();
  }
}

TEST_CASE("steps of a move that fail are taken again by the next event", "[flow]") {
  bool has_failed = true;
  for (int call = 0; has_failed; ++call) {
    CAPTURE(call);
    World world;
    has_failed = false;
    world.watched.before = [left = call, &has_failed](std::string_view) mutable {
      if (left-- == 0) {
        has_failed = true;
        test::fail();
      }
    };
    try {
      move(world.watched);
    } catch (const StorageError&) {
    }
    world.revive();
    CHECK(world.event()->user_token);
    world.check_all_is_filed_anew();
  }
}

TEST_CASE("a workspace that was installed anew in its organisation keeps nothing of before", "[flow]") {
  World world;
  world.rotation.clock.advance(1h);
  const slack::oauth::testing::SlackWorkspace workspace{.team_id = "T1", .enterprise_id = "E1", .user_id = "U0ADA"};
  auto installation = installation_from_oauth_response(
      world.rotation.slack.grant(workspace, "chat:write", "search:read"), world.rotation.clock());
  world.rotation.store.inner().save(installation);
  const Next next = GENERATE(Next::event, Next::job);
  if (next == Next::event) {
    CHECK(world.event()->bot_token == installation.bot_token);
  } else {
    world.job();
  }
  world.check_all_is_filed_anew();
  CHECK(world.rotation.store.inner().find_bot({.enterprise_id = "E1", .team_id = "T1"})->bot_token ==
        installation.bot_token);
}

TEST_CASE("a refresh under the old key that ends after the move saves its pair under the new one", "[flow]") {
  World world;
  const bool is_bot = GENERATE(true, false);
  world.rotation.instead = [&](const HttpRequest& request) {
    world.rotation.instead = nullptr;
    // Its holder stood still for longer than its lease: somebody else moves the records.
    HttpResponse answer = world.rotation.slack.send(request);
    detail::Rekeying<InstallationStore>(world.rotation.store.inner(), "E1", "T1").run(std::nullopt);
    return answer;
  };
  auto rotator = world.rotation.rotator();
  if (is_bot) {
    const Bot bot = rotator.rotate_bot(world.watched, world.rotation.bot("T1"));
    CHECK(bot.enterprise_id == "E1");
    CHECK(world.rotation.slack.is_working(bot.bot_token));
  } else {
    auto user = world.rotation.user("T1");
    user.bot_token_expires_at.reset();
    CHECK(world.rotation.slack.is_working(*rotator.rotate(world.watched, user).user_token));
  }
  world.rotation.instead = nullptr;
  CHECK(world.event()->bot_token);
  world.check_all_is_filed_anew();
}

TEST_CASE("a refresh under the old key whose records were deleted brings nothing back", "[flow]") {
  World world;
  world.rotation.instead = [&](const HttpRequest& request) {
    HttpResponse answer = world.rotation.slack.send(request);
    detail::Rekeying<InstallationStore>(world.rotation.store.inner(), "E1", "T1").run(std::nullopt);
    world.rotation.store.inner().delete_all({.enterprise_id = "E1", .team_id = "T1"});
    return answer;
  };
  auto rotator = world.rotation.rotator();
  CHECK_THROWS_AS(rotator.rotate_bot(world.watched, world.rotation.bot("T1")), UnsavedRotationError<Bot>);
  int records = 0;
  world.rotation.store.inner().for_each_bot([&](const Bot&) { ++records; });
  world.rotation.store.inner().for_each_installation([&](const Installation&) { ++records; });
  CHECK(records == 0);
}

TEST_CASE("a workspace that is uninstalled in the middle of a move does not come back", "[flow]") {
  bool is_over = false;
  for (int call = 0; !is_over; ++call) {
    CAPTURE(call);
    World world;
    auto& store = world.rotation.store.inner();
    is_over = true;
    world.watched.before = [&, left = call](std::string_view) mutable {
      if (left-- != 0) return;
      is_over = false;
      store.delete_all({.team_id = "T1"});
      store.delete_all({.enterprise_id = "E1", .team_id = "T1"});
    };
    move(world.watched);
    world.revive();
    int records = 0;
    store.for_each_bot([&](const Bot&) { ++records; });
    store.for_each_installation([&](const Installation&) { ++records; });
    CHECK(records == (is_over ? 2 : 0));
  }
}

TEST_CASE("two that move one workspace at once lose nothing", "[flow]") {
  bool is_over = false;
  for (int call = 0; !is_over; ++call) {
    CAPTURE(call);
    World world;
    is_over = true;
    world.watched.before = [&, left = call](std::string_view) mutable {
      if (left-- != 0) return;
      is_over = false;
      move(world.rotation.store.inner());
    };
    detail::Rekeying<InstallationStore>(world.watched, "E1", "T1").run(std::nullopt);
    world.revive();
    world.check_all_is_filed_anew();
    CHECK_FALSE(world.rotation.store.inner()
                    .find_bot({.enterprise_id = "E1", .team_id = "T1"})
                    ->get_custom_value(detail::being_rekeyed_value));
  }
}

TEST_CASE("a workspace that is uninstalled in the middle of a move that then dies is gone after the next event",
          "[flow]") {
  bool is_over = false;
  for (int uninstall = 0; !is_over; ++uninstall) {
    bool has_died = true;
    for (int death = uninstall; has_died; ++death) {
      CAPTURE(uninstall, death);
      World world;
      auto& store = world.rotation.store.inner();
      is_over = true;
      has_died = false;
      world.watched.before = [&, call = 0](std::string_view) mutable {
        if (call == uninstall) {
          is_over = false;
          store.delete_all({.team_id = "T1"});
          store.delete_all({.enterprise_id = "E1", .team_id = "T1"});
        }
        if (call++ >= death) throw Died();
      };
      try {
        move(world.watched);
      } catch (const Died&) {
        has_died = true;
      }
      world.revive();
      const auto result = world.event();
      if (!is_over) {
        CHECK_FALSE(result);
        CHECK_FALSE(store.find_bot({.enterprise_id = "E1", .team_id = "T1"}));
        CHECK_FALSE(store.find_installation({.enterprise_id = "E1", .team_id = "T1"}));
        CHECK(world.offered.empty());
      }
    }
  }
}
