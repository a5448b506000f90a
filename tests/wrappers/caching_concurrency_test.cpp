// Threads that save, rotate, delete and re-key while others look up: no look-up that began after a write returned sees
// what was there before it.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <slack/oauth/memory.hpp>
#include <slack/oauth/models/json.hpp>
#include <slack/oauth/models/refreshed_token.hpp>
#include <slack/oauth/testing/race.hpp>
#include <slack/oauth/wrappers/caching.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "catch.hpp"
#include "support/sanitizers.hpp"
#include "wrappers/slow_store.hpp"

using namespace slack::oauth;
using slack::oauth::testing::detail::Race;

namespace {

constexpr std::size_t writers = 2;
constexpr std::size_t workspaces_of_writer = 2;
constexpr std::string_view organisation = "E1";
constexpr std::array<std::string_view, 2> user_ids{"U1", "U2"};

std::string token_of(const char* kind, std::int64_t version) {
  return std::string(kind) + "-not-a-real-token-" + std::to_string(version);
}
std::optional<std::int64_t> version_of(const std::optional<std::string>& token) {
  if (!token) return std::nullopt;
  return std::stoll(token->substr(token->rfind('-') + 1));
}

/// What was written to one record, by one writer, who numbers what it writes.
struct Slot {
  std::atomic<std::int64_t> written{0};        ///< the last write that has returned
  std::atomic<std::int64_t> saved{0};          ///< the last save that has returned: this is its installed_at
  std::atomic<std::int64_t> last_deletion{0};  ///< the last deletion that has begun

  void note_save(std::int64_t version) {
    saved = version;
    written = version;
  }
};

/// The records that are filed under one key.
struct Place {
  OptionalId enterprise_id{};
  std::string team_id{};
  Slot bot{};
  std::array<Slot, user_ids.size()> users{};

  WorkspaceRef ref() const { return {.enterprise_id = enterprise_id, .team_id = team_id}; }
  BotQuery bot_query() const { return {.enterprise_id = enterprise_id, .team_id = team_id}; }
  InstallationQuery query(OptionalId user_id = std::nullopt) const {
    return {.enterprise_id = enterprise_id, .team_id = team_id, .user_id = user_id};
  }
};

struct Workspace {
  Place alone{};
  Place in_organisation{};
};

/// What a look-up has to find at least: made before it begins, and asked when it has returned.
class Expected {
 public:
  explicit Expected(const Place& place) : place_(place), bot_(place.bot.written) {
    for (std::size_t user = 0; user < user_ids.size(); ++user) {
      users_[user] = place.users[user].written;
      saved_[user] = place.users[user].saved;
    }
  }

  /// `seen` is absent where there was none.
  void check_bot(const std::optional<std::int64_t>& seen) const { check("the bot", place_.bot, bot_, seen); }

  void check_user(std::size_t user, const Installation* found) const {
    check(user_ids.at(user), place_.users.at(user), users_.at(user),
          found == nullptr ? std::nullopt : version_of(found->user_token));
    if (found != nullptr) check_bot(version_of(found->bot_token));
  }

  void check_newest(const Installation* found) const {
    const std::int64_t seen = found == nullptr ? 0 : found->installed_at.time_since_epoch().count();
    for (std::size_t user = 0; user < user_ids.size(); ++user) {
      const bool is_newer = saved_[user] > seen && place_.users[user].last_deletion < saved_[user];
      if (is_newer) fail("the newest installation", saved_[user], seen);
      if (found != nullptr && found->user_id == user_ids[user]) check_user(user, found);
    }
  }

 private:
  void check(std::string_view what, const Slot& slot, std::int64_t written,
             const std::optional<std::int64_t>& seen) const {
    const bool is_fresh = seen ? *seen >= written : slot.last_deletion >= written;
    if (!is_fresh) fail(what, written, seen.value_or(0));
  }

  [[noreturn]] void fail(std::string_view what, std::int64_t written, std::int64_t seen) const {
    throw std::runtime_error(std::string(what) + " of " + std::string(place_.enterprise_id.value_or("")) + " " +
                             place_.team_id + " was seen as of write " + std::to_string(seen) + ", and write " +
                             std::to_string(written) + " had returned before");
  }

  const Place& place_;
  std::int64_t bot_;
  std::array<std::int64_t, user_ids.size()> users_{};
  std::array<std::int64_t, user_ids.size()> saved_{};
};

/// Writes to workspaces that nobody else writes to.
class Writer {
 public:
  Writer(InstallationStore& store, std::span<Workspace> workspaces, unsigned seed)
      : store_(store), workspaces_(workspaces), random_(seed) {}

  void write(std::size_t turn) {
    constexpr std::int64_t versions_of_turn = 3;
    const std::int64_t version = static_cast<std::int64_t>(turn) * versions_of_turn + 1;
    Workspace& workspace = workspaces_[random_() % workspaces_.size()];
    Place& place = random_() % 2 == 0 ? workspace.alone : workspace.in_organisation;
    const std::size_t user = random_() % user_ids.size();
    switch (random_() % 12) {
      case 0:
        return erase({&place.bot, place.users.data(), &place.users[1]}, version,
                     [&] { store_.delete_all(place.ref()); });
      case 1:
        return erase({&place.bot}, version, [&] { store_.delete_bot(place.ref()); });
      case 2:
        return erase({&place.users.at(user)}, version, [&] {
          store_.delete_installation(
              {.enterprise_id = place.enterprise_id, .team_id = place.team_id, .user_id = user_ids.at(user)});
        });
      case 3:
        return erase({place.users.data(), &place.users[1]}, version,
                     [&] { store_.delete_installations(place.ref(), user_ids); });
      case 4:
        return rekey(workspace, version);
      case 5:
        store_.save_bot(*installation_of(place, user, version).to_bot());
        place.bot.note_save(version);
        return;
      case 6:
      case 7:
        if (rotate_bot(place, version)) return;
        break;
      case 8:
      case 9:
        if (rotate_user(place, user, version)) return;
        break;
      default:
        break;
    }
    save(place, user, version);
  }

 private:
  static Installation installation_of(const Place& place, std::size_t user, std::int64_t version) {
    Installation installation{.team_id = place.team_id,
                              .bot_token = token_of("xoxb", version),
                              .bot_refresh_token = token_of("xoxe", version),
                              .user_id = std::string(user_ids.at(user)),
                              .user_token = token_of("xoxp", version),
                              .user_refresh_token = token_of("xoxe", version),
                              .installed_at = Timestamp(std::chrono::microseconds{version})};
    if (place.enterprise_id) installation.enterprise_id = std::string(*place.enterprise_id);
    return installation;
  }

  void save(Place& place, std::size_t user, std::int64_t version) {
    store_.save(installation_of(place, user, version));
    place.bot.note_save(version);
    place.users.at(user).note_save(version);
  }

  template <std::size_t Count, class Erase>
  static void erase(Slot* const (&slots)[Count], std::int64_t version, const Erase& erase_them) {
    for (Slot* const slot : slots) slot->last_deletion = version;
    erase_them();
    for (Slot* const slot : slots) slot->written = version;
  }

  bool rotate_bot(Place& place, std::int64_t version) {
    const auto bot = store_.find_bot(place.bot_query());
    if (!bot) return false;
    rotate(place, std::nullopt, *bot->bot_refresh_token, version);
    place.bot.written = version;
    return true;
  }

  bool rotate_user(Place& place, std::size_t user, std::int64_t version) {
    const auto installation = store_.find_installation(place.query(user_ids.at(user)));
    if (!installation) return false;
    rotate(place, user_ids.at(user), *installation->user_refresh_token, version);
    place.users.at(user).written = version;
    return true;
  }

  void rotate(const Place& place, OptionalId user_id, const std::string& used, std::int64_t version) {
    const RefreshedToken token{.token_type = user_id ? "user" : "bot",
                               .access_token = token_of(user_id ? "xoxp" : "xoxb", version),
                               .refresh_token = token_of("xoxe", version)};
    const bool is_replaced = store_.replace_tokens({.enterprise_id = place.enterprise_id,
                                                    .team_id = place.team_id,
                                                    .user_id = user_id,
                                                    .used_refresh_token = used,
                                                    .token = token});
    if (!is_replaced) throw std::runtime_error("a writer was shown an old refresh token of " + place.team_id);
  }

  /// Does what the library does once a workspace has joined an organisation, but takes no turn of the workspace: for
  /// that the cache forgets it, which would hide a fault. All install anew before, so that nothing newer is there.
  void rekey(Workspace& workspace, std::int64_t version) {
    Place& from = workspace.alone;
    Place& to = workspace.in_organisation;
    for (std::size_t user = 0; user < user_ids.size(); ++user) {
      save(from, user, version + static_cast<std::int64_t>(user));
    }
    erase({&from.bot}, version + 2, [&] {
      move(store_.find_bot(from.bot_query()), store_.find_bot(to.bot_query()),
           [&](const auto& stored, const auto& bot) { return store_.replace_bot(stored, bot); });
    });
    to.bot.note_save(from.bot.saved);
    for (std::size_t user = 0; user < user_ids.size(); ++user) {
      erase({&from.users[user]}, version + 2, [&] {
        move(store_.find_installation(from.query(user_ids[user])), store_.find_installation(to.query(user_ids[user])),
             [&](const auto& stored, const auto& one) { return store_.replace_installation(stored, one); });
      });
      to.users[user].note_save(from.users[user].saved);
    }
  }

  /// Puts a copy with a mark, sees that the old record is there still, takes the mark away, and then the old record.
  template <class Record, class Replace>
  static void move(const std::optional<Record>& old, const std::optional<Record>& present, const Replace& replace) {
    const std::optional<Record> none;
    if (!old) throw std::runtime_error("a writer was shown no record where it had just saved one");
    std::optional<Record> moved = old;
    moved->enterprise_id = std::string(organisation);
    std::optional<Record> marked = moved;
    marked->set_custom_value("being_rekeyed", true);
    if (!replace(present, marked) || !replace(old, old) || !replace(marked, moved) || !replace(old, none)) {
      throw std::runtime_error("a writer was shown an old record of " + old->team_id.value());
    }
  }

  InstallationStore& store_;
  std::span<Workspace> workspaces_;
  std::minstd_rand random_;
};

template <class Cache>
void look_up(const Cache& cache, const Place& place, std::minstd_rand& random) {
  const Expected expected(place);
  const std::size_t user = random() % user_ids.size();
  const auto address = [](const auto& found) { return found ? &*found : nullptr; };
  switch (random() % 5) {
    case 0: {
      const auto bot = cache.find_bot(place.bot_query());
      return expected.check_bot(bot ? version_of(bot->bot_token) : std::nullopt);
    }
    case 1: {
      const auto bot = cache.bot_snapshot(place.bot_query());
      return expected.check_bot(bot ? version_of(bot->bot_token) : std::nullopt);
    }
    case 2:
      return expected.check_newest(address(cache.find_installation(place.query())));
    case 3:
      return expected.check_user(user, address(cache.find_installation(place.query(user_ids.at(user)))));
    default:
      return expected.check_user(user, address(cache.installation_snapshot(place.query(user_ids.at(user)))));
  }
}

template <class Generations>
using Cache = BasicCachingInstallationStore<Installation, Bot, Generations>;

/// Throws where a look-up was stale. What is written goes to `written_to`, which is the cache or one beside it.
template <class Generations>
CacheStatistics race(Cache<Generations>& cache, InstallationStore& written_to, unsigned seed,
                     std::chrono::milliseconds time) {
  std::array<Workspace, writers * workspaces_of_writer> workspaces{};
  for (std::size_t i = 0; i < workspaces.size(); ++i) {
    workspaces[i].alone.team_id = workspaces[i].in_organisation.team_id = "T" + std::to_string(i);
    workspaces[i].in_organisation.enterprise_id = organisation;
  }
  Race race({.least_turns = 100, .time = time, .patience = std::chrono::seconds{20}});
  std::minstd_rand seeds(seed);
  for (std::size_t i = 0; i < writers; ++i) {
    const auto own = std::span(workspaces).subspan(i * workspaces_of_writer, workspaces_of_writer);
    race.add_writer([writer = Writer(written_to, own, static_cast<unsigned>(seeds()))](std::size_t turn) mutable {
      writer.write(turn);
      std::this_thread::sleep_for(std::chrono::microseconds{test::is_sanitized ? 2'000 : 200});  // for others to hit
    });
  }
  for (int reader = 0; reader < 3; ++reader) {
    race.add_reader([&, random = std::minstd_rand(static_cast<unsigned>(seeds()))]() mutable {
      const Workspace& workspace = workspaces[random() % workspaces.size()];
      look_up(cache, random() % 2 == 0 ? workspace.alone : workspace.in_organisation, random);
      return true;
    });
  }
  race.run();
  return cache.statistics();
}

void require_never_stale(const char* what, bool reports_changes, CacheOptions options) {
  const unsigned seed = std::random_device{}();
  INFO(what << ", seed " << seed);
  const auto store = std::make_shared<test::SlowStore>(reports_changes);
  Cache<detail::CacheGenerations> cache(store, std::move(options));
  Cache<detail::CacheGenerations> other(store);
  InstallationStore& writer = reports_changes ? other : cache;
  CacheStatistics statistics;
  REQUIRE_NOTHROW(statistics = race(cache, writer, seed, std::chrono::milliseconds{500}));
  std::printf("cache, %s: %llu hits, %llu misses, %llu evictions, none stale; seed %u\n", what,
              static_cast<unsigned long long>(statistics.hits), static_cast<unsigned long long>(statistics.misses),
              static_cast<unsigned long long>(statistics.evictions), seed);
  CHECK(statistics.hits > 0);
  CHECK(statistics.misses > 0);
}

// Faults that only threads show.

/// What is read while a write is under way is kept.
struct CountsWritesBefore : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  void begin_write(std::uint64_t workspace_hash) { forget(workspace_hash); }
  static void end_write(std::uint64_t) {}
};

/// A thread takes what others have written while another one that is told nothing of it goes on.
struct DoesNotWaitForNews : detail::CacheGenerations {
  using CacheGenerations::CacheGenerations;
  bool hear() {
    static_cast<void>(CacheGenerations::hear());
    return true;
  }
};

template <class Generations>
void require_found(bool reports_changes) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  const auto store = std::make_shared<test::SlowStore>(reports_changes);
  Cache<Generations> cache(store);
  InstallationStore& writer = reports_changes ? static_cast<InstallationStore&>(*store) : cache;
  CHECK_THROWS_AS(race(cache, writer, seed, std::chrono::seconds{20}), std::runtime_error);
}

}  // namespace

TEST_CASE("no look-up that began after a write returned sees what was there before") {
  require_never_stale("over a store that reports nothing", false, {});
  require_never_stale("beside another cache that writes", true, {});
  require_never_stale("with two places", false, {.max_bots = 2, .max_installations = 2});
  CacheOptions brief;
  brief.expiration = std::chrono::milliseconds{20};
  brief.miss_expiration = std::chrono::milliseconds{20};
  require_never_stale("whose records soon expire", false, brief);
}

TEST_CASE("the race finds a cache that keeps what was read during a write") {
  require_found<CountsWritesBefore>(false);
}

TEST_CASE("the race finds a cache that goes on while another thread takes in what others wrote") {
  require_found<DoesNotWaitForNews>(true);
}
