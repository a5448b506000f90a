#include <chrono>
#include <functional>
#include <optional>
#include <slack/oauth/backend.hpp>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/timestamp.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/ids.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"

using namespace slack::oauth;
using test::thrown_by;
using Calls = std::vector<std::string>;
using Stored = StoredInstallation<Installation, Bot>;

namespace {

std::string shown(const WorkspaceKey& key) {
  return "'" + std::string(key.enterprise_id) + "'/'" + std::string(key.team_id) + "'";
}

// Answers what it is told to, and keeps what it was asked.
struct RecordingBackend {
  mutable Calls calls;
  std::optional<Bot> bot;
  std::optional<Stored> stored;
  std::optional<Installation> written_installation;
  std::optional<Bot> written_bot;
  std::optional<Installation> compared_installation;
  std::optional<Bot> compared_bot;
  int replacements_that_lose = 0;
  bool fails = false;

  std::optional<Bot> read_bot(const WorkspaceKey& key) const {
    record("read_bot " + shown(key));
    return bot;
  }
  std::optional<Stored> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    record("read_installation " + shown(key) + " " + test::shown(user_id));
    return stored;
  }
  void write(const WorkspaceKey& key, const Installation* installation, const Bot* new_bot) {
    record("write " + shown(key));
    written_installation = owned(installation);
    written_bot = owned(new_bot);
  }
  bool replace_bot(const WorkspaceKey& key, const Bot* stored_bot, const Bot* new_bot) {
    record("replace_bot " + shown(key));
    compared_bot = owned(stored_bot);
    written_bot = owned(new_bot);
    return next_answer();
  }
  bool replace_installation(const WorkspaceKey& key, const Installation* stored_one, const Installation* installation) {
    record("replace_installation " + shown(key));
    compared_installation = owned(stored_one);
    written_installation = owned(installation);
    return next_answer();
  }
  void erase(const WorkspaceKey& key, const Erasure& what) {
    std::string call = "erase " + shown(key) + (what.bot ? " bot" : "") + (what.installations ? " installations" : "");
    for (const std::string_view user_id : what.user_ids) call += " " + std::string(user_id);
    if (what.installed_until) call += " until " + format_timestamp(*what.installed_until);
    record(call);
  }
  void for_each_bot(const std::function<void(const Bot&)>& visit) const {
    record("for_each_bot");
    if (bot) visit(*bot);
  }
  void for_each_installation(const std::function<void(Stored)>& visit) const {
    record("for_each_installation");
    if (stored) visit(*stored);
  }

 private:
  void record(const std::string& call) const {
    calls.push_back(call);
    if (fails) throw StorageError({.backend = "recording", .native_code = "1"}, "failed");
  }

  template <class Record>
  static std::optional<Record> owned(const Record* record) {
    return record == nullptr ? std::nullopt : std::optional(*record);
  }

  bool next_answer() { return replacements_that_lose-- <= 0; }
};

struct ComposingBackend : RecordingBackend {
  std::optional<Installation> read_installation(const WorkspaceKey& key, OptionalId user_id) const {
    calls.push_back("read_installation " + shown(key) + " " + test::shown(user_id));
    return Installation{.bot_token = "xoxb-not-a-real-token-of-the-backend", .user_id = "U0COMPOSED"};
  }
  void for_each_installation(const std::function<void(Installation)>& visit) const {
    visit(Installation{.bot_token = "xoxb-not-a-real-token-of-the-backend", .user_id = "U0COMPOSED"});
  }
};

using Store = BackendInstallationStore<RecordingBackend>;

// The ways to name a tenant, and the key that each is filed under.
struct Tenant {
  OptionalId enterprise_id{};
  OptionalId team_id{};
  bool is_enterprise_install = false;
  std::string key{};
};

std::optional<std::string> owned(OptionalId id) { return id ? std::optional<std::string>(*id) : std::nullopt; }

}  // namespace

TEST_CASE("ids are normalised into one key", "[backend]") {
  const auto tenant = GENERATE(values<Tenant>({
      {.team_id = "T1", .key = "''/'T1'"},
      {.enterprise_id = "", .team_id = "T1", .key = "''/'T1'"},
      {.enterprise_id = "E1", .team_id = "T1", .key = "'E1'/'T1'"},
      {.enterprise_id = "E1", .key = "'E1'/''"},
      {.enterprise_id = "E1", .team_id = "", .key = "'E1'/''"},
      {.enterprise_id = "E1", .is_enterprise_install = true, .key = "'E1'/''"},
      {.enterprise_id = "E1", .team_id = "T1", .is_enterprise_install = true, .key = "'E1'/''"},
      {.enterprise_id = "../*", .team_id = "a/b:%", .key = "'../*'/'a/b:%'"},
  }));
  CAPTURE(tenant.key);
  Store store;
  const auto calls = [&] { return std::exchange(store.backend().calls, {}); };

  (void)store.find_bot({tenant.enterprise_id, tenant.team_id, tenant.is_enterprise_install});
  CHECK(calls() == Calls{"read_bot " + tenant.key});
  (void)store.find_installation({tenant.enterprise_id, tenant.team_id, "U1", tenant.is_enterprise_install});
  CHECK(calls() == Calls{"read_installation " + tenant.key + " U1"});
  (void)store.find_installation({.enterprise_id = tenant.enterprise_id,
                                 .team_id = tenant.team_id,
                                 .is_enterprise_install = tenant.is_enterprise_install});
  CHECK(calls() == Calls{"read_installation " + tenant.key + " -"});

  store.save({.enterprise_id = owned(tenant.enterprise_id),
              .team_id = owned(tenant.team_id),
              .user_id = "U1",
              .is_enterprise_install = tenant.is_enterprise_install});
  CHECK(calls() == Calls{"write " + tenant.key});
  store.save_bot({.enterprise_id = owned(tenant.enterprise_id),
                  .team_id = owned(tenant.team_id),
                  .is_enterprise_install = tenant.is_enterprise_install});
  CHECK(calls() == Calls{"write " + tenant.key});

  if (tenant.is_enterprise_install) return;
  store.delete_bot({tenant.enterprise_id, tenant.team_id});
  CHECK(calls() == Calls{"erase " + tenant.key + " bot"});
  store.delete_installation({tenant.enterprise_id, tenant.team_id, "U1"});
  CHECK(calls() == Calls{"erase " + tenant.key + " installations U1"});
  store.delete_installation({tenant.enterprise_id, tenant.team_id, std::nullopt});
  CHECK(calls() == Calls{"erase " + tenant.key + " installations"});
  const std::vector<std::string_view> user_ids{"U2", "", "U1"};
  store.delete_installations({tenant.enterprise_id, tenant.team_id}, user_ids);
  CHECK(calls() == Calls{"erase " + tenant.key + " installations U1 U2"});
  store.delete_all({tenant.enterprise_id, tenant.team_id});
  CHECK(calls() == Calls{"erase " + tenant.key + " bot installations"});
}

TEST_CASE("who names no tenant finds and deletes nothing, without asking the backend", "[backend]") {
  const auto tenant = GENERATE(values<Tenant>({
      {},
      {.enterprise_id = "", .team_id = ""},
      {.team_id = ""},
      {.team_id = "T1", .is_enterprise_install = true},
      {.enterprise_id = "", .team_id = "T1", .is_enterprise_install = true},
  }));
  Store store;
  store.backend().bot = test::full_bot();
  store.backend().stored = Stored{.installation = test::full_installation()};
  CHECK(store.find_bot({tenant.enterprise_id, tenant.team_id, tenant.is_enterprise_install}) == std::nullopt);
  CHECK(store.find_installation({tenant.enterprise_id, tenant.team_id, "U1", tenant.is_enterprise_install}) ==
        std::nullopt);
  if (!tenant.is_enterprise_install) {
    store.delete_bot({tenant.enterprise_id, tenant.team_id});
    store.delete_installation({tenant.enterprise_id, tenant.team_id, std::nullopt});
    store.delete_all({tenant.enterprise_id, tenant.team_id});
  }
  CHECK(store.backend().calls.empty());
}

TEST_CASE("an empty user id names nobody", "[backend]") {
  Store store;
  store.backend().stored = Stored{.installation = test::full_installation()};
  CHECK(store.find_installation({.team_id = "T1", .user_id = ""}) == std::nullopt);
  store.delete_installation({.team_id = "T1", .user_id = ""});
  CHECK(store.backend().calls.empty());
}

TEST_CASE("what belongs to nobody is not saved, and the error names the field", "[backend]") {
  Store store;
  const auto check_refused = [&](const std::optional<std::string>& id, bool is_enterprise_install,
                                 const std::string& subject, const std::string& text) {
    const Installation installation{.team_id = id, .user_id = "U1", .is_enterprise_install = is_enterprise_install};
    const auto error = thrown_by<InvalidArgumentError>([&] { store.save(installation); });
    CHECK(error.subject() == subject);
    CHECK(error.what() == text);
    const Bot bot{.team_id = id, .is_enterprise_install = is_enterprise_install};
    CHECK(thrown_by<InvalidArgumentError>([&] { store.save_bot(bot); }).what() == text);
  };
  const std::string neither = "team_id and enterprise_id are both missing; one of them has to be there";
  check_refused(std::nullopt, false, "team_id", neither);
  check_refused("", false, "team_id", neither);
  check_refused("T1", true, "enterprise_id",
                "enterprise_id is missing, but is_enterprise_install says it is an organisation's");
  CHECK(store.backend().calls.empty());
}

TEST_CASE("an installation is written whole, and its bot beside it", "[backend]") {
  Store store;
  store.save(test::full_installation());
  CHECK(store.backend().calls == Calls{"write 'E0KILN'/'T0FURNACE'"});
  CHECK(store.backend().written_installation == test::full_installation());
  CHECK(store.backend().written_bot == test::full_bot());
}

TEST_CASE("an installation without a bot token leaves the bot alone", "[backend]") {
  Store store;
  Installation installation = test::full_installation();
  installation.bot_token = GENERATE(values<std::optional<std::string>>({std::nullopt, ""}));
  store.save(installation);
  CHECK(store.backend().calls.size() == 1);
  CHECK(store.backend().written_installation == installation);
  CHECK(store.backend().written_bot == std::nullopt);
}

TEST_CASE("a bot is written alone", "[backend]") {
  Store store;
  store.save_bot(test::full_bot());
  CHECK(store.backend().calls == Calls{"write 'E0KILN'/'T0FURNACE'"});
  CHECK(store.backend().written_installation == std::nullopt);
  CHECK(store.backend().written_bot == test::full_bot());
}

TEST_CASE("an installation is found with the fields of the bot record", "[backend]") {
  Store store;
  Installation stale = test::full_installation();
  stale.bot_token = "xoxb-not-a-real-token-of-old";
  stale.bot_scopes = {"stale"};
  Bot bot = test::full_bot();
  bot.bot_id = "";

  SECTION("as that record says") {
    store.backend().stored = Stored{.installation = stale, .bot = bot};
    Installation expected = test::full_installation();
    expected.bot_id = std::nullopt;
    CHECK(store.find_installation({.team_id = "T1"}) == expected);
  }
  SECTION("or with none, where there is no bot") {
    store.backend().stored = Stored{.installation = stale};
    CHECK(store.find_installation({.team_id = "T1"}) == without_bot(test::full_installation()));
  }
  SECTION("also on a visit") {
    store.backend().stored = Stored{.installation = stale, .bot = test::full_bot()};
    std::vector<Installation> visited;
    store.for_each_installation([&](const Installation& installation) { visited.push_back(installation); });
    CHECK(visited == std::vector{test::full_installation()});
    CHECK(store.backend().calls == Calls{"for_each_installation"});
  }
}

TEST_CASE("what is not there is not found", "[backend]") {
  const Store store;
  CHECK(store.find_bot({.team_id = "T1"}) == std::nullopt);
  CHECK(store.find_installation({.team_id = "T1"}) == std::nullopt);
  CHECK(store.backend().calls.size() == 2);
}

TEST_CASE("bots are found and visited as they are stored", "[backend]") {
  Store store;
  store.backend().bot = test::full_bot();
  CHECK(store.find_bot({.team_id = "T1"}) == test::full_bot());
  std::vector<Bot> visited;
  store.for_each_bot([&](const Bot& bot) { visited.push_back(bot); });
  CHECK(visited == std::vector{test::full_bot()});
}

TEST_CASE("a backend that composes by itself is left to it", "[backend]") {
  BackendInstallationStore<ComposingBackend> store;
  const Installation expected{.bot_token = "xoxb-not-a-real-token-of-the-backend", .user_id = "U0COMPOSED"};
  const auto found = store.find_installation({.team_id = "T1", .user_id = "U1"});
  CHECK(found->user_id == expected.user_id);
  CHECK(found->bot_token == expected.bot_token);
  CHECK(store.find_installation({.team_id = "T1", .user_id = ""}) == std::nullopt);
  CHECK(store.find_installation({.user_id = "U1"}) == std::nullopt);
  CHECK(store.backend().calls == Calls{"read_installation ''/'T1' U1"});
  std::vector<std::string> visited;
  store.for_each_installation([&](const Installation& one) { visited.push_back(one.bot_token.value_or("")); });
  CHECK(visited == std::vector<std::string>{*expected.bot_token});
}

TEST_CASE("the moment until which a deletion goes reaches the backend", "[backend]") {
  Store store;
  const Timestamp moment = test::at(1767225600, 123456);
  const std::string until = " until " + format_timestamp(moment);
  const WorkspaceRef ref{.team_id = "T1", .installed_until = moment};
  const std::string_view user_ids[] = {"U1"};
  store.delete_bot(ref);
  store.delete_installation({.team_id = "T1", .user_id = "U1", .installed_until = moment});
  store.delete_installations(ref, user_ids);
  store.delete_all(ref);
  CHECK(store.backend().calls == Calls{"erase ''/'T1' bot" + until, "erase ''/'T1' installations U1" + until,
                                       "erase ''/'T1' installations U1" + until,
                                       "erase ''/'T1' bot installations" + until});
}

TEST_CASE("an erasure says which records it is of", "[backend]") {
  const std::string_view user_ids[] = {"U1", "U3"};
  const Timestamp moment = test::at(1767225600);
  const Bot old_bot{.installed_at = moment};
  const Bot new_bot{.installed_at = moment + std::chrono::microseconds{1}};
  const auto of_user = [&](const std::string& user_id) {
    return Installation{.user_id = user_id, .installed_at = moment};
  };
  CHECK(Erasure{.bot = true}.is_of(new_bot));
  CHECK_FALSE(Erasure{.bot = true}.is_of(of_user("U1")));
  CHECK_FALSE(Erasure{.installations = true}.is_of(old_bot));
  CHECK(Erasure{.installations = true}.is_of(of_user("")));
  const Erasure some{.bot = true, .installations = true, .user_ids = user_ids, .installed_until = moment};
  CHECK(some.is_of(old_bot));
  CHECK_FALSE(some.is_of(new_bot));
  CHECK(some.is_of(of_user("U3")));
  CHECK_FALSE(some.is_of(of_user("U2")));
}

TEST_CASE("a token is replaced by comparing the whole record, again where something else of it changed", "[backend]") {
  Store store;
  const RefreshedToken token{.access_token = "xoxb-not-a-real-token-2", .refresh_token = "xoxe-1-not-a-real-token-2"};
  SECTION("of the bot") {
    store.backend().bot = test::full_bot();
    store.backend().replacements_that_lose = 2;
    CHECK(store.replace_tokens(
        {.team_id = "T1", .used_refresh_token = *test::full_bot().bot_refresh_token, .token = token}));
    const std::string look = "read_bot ''/'T1'";
    const std::string replace = "replace_bot ''/'T1'";
    CHECK(store.backend().calls == Calls{look, replace, look, replace, look, replace});
    CHECK(store.backend().compared_bot == test::full_bot());
    Bot expected = test::full_bot();
    expected.bot_token = token.access_token;
    expected.bot_refresh_token = token.refresh_token;
    expected.bot_token_expires_at.reset();
    CHECK(store.backend().written_bot == expected);
  }
  SECTION("of a user") {
    store.backend().stored = Stored{.installation = test::full_installation(), .bot = test::full_bot()};
    store.backend().replacements_that_lose = 1;
    CHECK(store.replace_tokens({.team_id = "T1",
                                .user_id = "U0ADA",
                                .used_refresh_token = *test::full_installation().user_refresh_token,
                                .token = token}));
    CHECK(store.backend().calls.size() == 4);
    CHECK(store.backend().written_installation->user_token == token.access_token);
    CHECK(store.backend().written_installation->bot_token == test::full_bot().bot_token);
  }
  SECTION("but not where another token was used") {
    store.backend().bot = test::full_bot();
    CHECK_FALSE(
        store.replace_tokens({.team_id = "T1", .used_refresh_token = "xoxe-1-not-a-real-token-0", .token = token}));
    CHECK(store.backend().calls == Calls{"read_bot ''/'T1'"});
  }
}

TEST_CASE("a record that replaces another is of the same workspace and user", "[backend]") {
  Store store;
  const auto subject_of = [](const auto& replace) {
    return std::string(thrown_by<InvalidArgumentError>([&] { static_cast<void>(replace()); }).subject());
  };
  const Bot bot = test::full_bot();
  Bot elsewhere = bot;
  elsewhere.team_id = "T0OTHER";
  CHECK(subject_of([&] { return store.replace_bot(std::nullopt, std::nullopt); }) == "stored");
  CHECK(subject_of([&] { return store.replace_bot(bot, elsewhere); }) == "team_id");
  CHECK(subject_of([&] { return store.replace_bot(std::nullopt, Bot{}); }) == "team_id");
  const Installation installation = test::full_installation();
  Installation of_another = installation;
  of_another.user_id = "U0GRACE";
  CHECK(subject_of([&] { return store.replace_installation(installation, of_another); }) == "user_id");
  CHECK(store.backend().calls.empty());
  CHECK(store.replace_bot(bot, std::nullopt));
  CHECK(store.replace_installation(std::nullopt, installation));
  CHECK(store.backend().calls ==
        Calls{"replace_bot 'E0KILN'/'T0FURNACE'", "replace_installation 'E0KILN'/'T0FURNACE'"});
}
