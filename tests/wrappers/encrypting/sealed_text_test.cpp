// What a sealed text opens under, and what becomes of one that was changed, moved, or sealed with another key.
#include <cstddef>
#include <set>
#include <slack/oauth/errors.hpp>
#include <slack/oauth/models/installation.hpp>
#include <slack/oauth/wrappers/encrypting.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "catch.hpp"
#include "support/sample_values.hpp"
#include "support/thrown.hpp"
#include "wrappers/encrypting/keys.hpp"

using namespace slack::oauth;
using test::key_bytes;
using test::one_key;
using test::SealedMemory;

namespace {

Bot stored_bot(const SealedMemory& sealed, std::string_view team_id = "T1") {
  return sealed.inner->find_bot({.team_id = team_id}).value();
}

/// What find_bot() says of the bot of T1.
InvalidDataError fault(const SealedMemory& sealed, std::string_view team_id = "T1") {
  return test::thrown_by<InvalidDataError>([&] { static_cast<void>(sealed.store.find_bot({.team_id = team_id})); });
}

const Bot sample{.team_id = "T1", .bot_token = "xoxb-not-a-real-token-1", .bot_refresh_token = "xoxe-1-not-a-real-1"};

}  // namespace

TEST_CASE("every secret field is sealed, and nothing else", "[encrypting]") {
  SealedMemory sealed;
  const Installation saved = test::full_installation();
  sealed.store.save(saved);
  const InstallationQuery query{.enterprise_id = "E0KILN", .team_id = "T0FURNACE", .user_id = "U0ADA"};
  const auto stored = sealed.inner->find_installation(query).value();
  std::set<std::string> texts;
  for_each_field<Installation>([&](const auto& field) {
    if (!field.is_secret) {
      CHECK(stored.*field.member == saved.*field.member);
      return;
    }
    if constexpr (requires { (stored.*field.member)->starts_with("x"); }) {
      CHECK((stored.*field.member)->starts_with("sealed:v1:2026-11::"));
      texts.insert(*(stored.*field.member));
    } else {
      FAIL("a secret that is no text");
    }
  });
  CHECK(texts.size() == 5);
  CHECK(sealed.store.find_installation(query) == saved);
  CHECK(sealed.store.find_bot({.enterprise_id = "E0KILN", .team_id = "T0FURNACE"}) == saved.to_bot());
}

TEST_CASE("the form of a sealed text is kept: what an earlier version sealed opens", "[encrypting]") {
  SealedMemory sealed;
  sealed.inner->save_bot({.team_id = "T1",
                          .bot_token = "sealed:v1:2026-11::"
                                       "d28mCRhV0v16yWSO53YfJK75k7eeGWiL53xVLwW47dZEPWLIl4faHl87MQDzkiTEocal2ehF-bl"
                                       "anTUHXFopY0KWheegTDv3GKpnq_ztf4EVTpE"});
  CHECK(sealed.store.find_bot({.team_id = "T1"})->bot_token == "xoxb-not-a-real-token-1");
}

TEST_CASE("the longest text that can be sealed can be opened", "[encrypting]") {
  // No test seals one, since it is of a gigabyte.
  CHECK(detail::longest_sealed_digits * 3 / 4 == detail::longest_sealed);
  CHECK((detail::longest_sealed_digits + 1) * 3 / 4 > detail::longest_sealed);
}

TEST_CASE("what is sealed twice is two texts", "[encrypting]") {
  SealedMemory sealed;
  std::set<std::string> texts;
  for (int i = 0; i < 50; ++i) {
    sealed.store.save_bot(sample);
    texts.insert(stored_bot(sealed).bot_token);
  }
  CHECK(texts.size() == 50);
}

TEST_CASE("no character of a sealed text can be changed", "[encrypting]") {
  SealedMemory sealed(one_key(), {.client_id = "111.222", .refuse_plain = true});
  sealed.store.save_bot(sample);
  const Bot stored = stored_bot(sealed);
  for (std::size_t i = 0; i < stored.bot_token.size(); ++i) {
    for (const char other : {'A', 'B', ':', '\0', '='}) {
      if (stored.bot_token[i] == other) continue;
      Bot changed = stored;
      changed.bot_token[i] = other;
      sealed.inner->save_bot(changed);
      INFO(changed.bot_token);
      CHECK(fault(sealed).subject() == "bot_token");
    }
    Bot cut = stored;
    cut.bot_token.resize(i);
    sealed.inner->save_bot(cut);
    if (i > 0) CHECK(fault(sealed).subject() == "bot_token");
  }
  Bot longer = stored;
  longer.bot_token += "AAAA";
  sealed.inner->save_bot(longer);
  CHECK(fault(sealed).subject() == "bot_token");
}

TEST_CASE("errors name the field and the key, and show no secret", "[encrypting]") {
  SealedMemory sealed;
  sealed.store.save_bot(sample);
  Bot changed = stored_bot(sealed);
  changed.bot_token.back() = changed.bot_token.back() == 'A' ? 'Q' : 'A';  // both hold two bits, or neither
  changed.bot_token[120] = changed.bot_token[120] == 'A' ? 'B' : 'A';
  sealed.inner->save_bot(changed);
  const std::string shown = fault(sealed).what();
  CHECK(shown.starts_with("bot_token cannot be opened: its key \"2026-11\" "));
  CHECK(shown.find("xoxb") == std::string::npos);

  const SealedMemory of_another(one_key("2026-12", '2'));
  of_another.inner->save_bot(stored_bot(sealed));
  CHECK(std::string(fault(of_another).what()) ==
        "bot_token cannot be opened: its key \"2026-11\" is not in the key ring");
  const SealedMemory of_same_name(one_key("2026-11", '2'));
  of_same_name.inner->save_bot(stored_bot(sealed));
  CHECK(std::string(fault(of_same_name).what()) ==
        "bot_token cannot be opened: its key \"2026-11\" is another one than it was sealed with");
  changed = stored_bot(of_another);
  changed.bot_token.back() = '!';
  sealed.inner->save_bot(changed);
  CHECK(std::string(fault(sealed).what()) == "bot_token cannot be opened: it is not base64url");
  sealed.inner->save_bot({.team_id = "T1", .bot_token = "sealed:v2:2026-11:whatever"});
  CHECK(std::string(fault(sealed).what()) == "bot_token is no sealed value of a version that is known");
}

TEST_CASE("a secret opens in its place alone", "[encrypting]") {
  SealedMemory sealed;
  sealed.store.save_bot(sample);
  const std::string moved =
      "bot_token cannot be opened: its key \"2026-11\" does not open it: it was changed, or was "
      "sealed for another record or field";

  SECTION("not in another workspace or organisation") {
    for (const auto& [enterprise, team, is_enterprise_install] :
         {std::tuple("", "T2", false), std::tuple("E1", "T1", false), std::tuple("T1", "", true)}) {
      Bot bot = stored_bot(sealed);
      bot.enterprise_id = enterprise;
      bot.team_id = team;
      bot.is_enterprise_install = is_enterprise_install;
      sealed.inner->save_bot(bot);
      const auto error = test::thrown_by<InvalidDataError>([&] {
        static_cast<void>(sealed.store.find_bot({enterprise, team, is_enterprise_install}));
      });
      CHECK(error.what() == moved);
    }
  }
  SECTION("not in another field") {
    Bot bot = stored_bot(sealed);
    std::swap(bot.bot_token, *bot.bot_refresh_token);
    sealed.inner->save_bot(bot);
    CHECK(fault(sealed).what() == moved);
  }
  SECTION("not in another app") {
    const SealedMemory other(one_key(), {.client_id = "333.444"});
    other.inner->save_bot(stored_bot(sealed));
    CHECK(fault(other).what() == moved);
  }
  SECTION("not for another user") {
    const auto of_user = [](const char* user_id) {
      return Installation{.team_id = "T1", .user_id = user_id, .user_token = "xoxp-not-a-real-token-1"};
    };
    sealed.store.save(of_user("U1"));
    Installation stolen = sealed.inner->find_installation({.team_id = "T1", .user_id = "U1"}).value();
    stolen.user_id = "U2";
    sealed.inner->save(stolen);
    const auto find = [&](const char* user_id) {
      return sealed.store.find_installation({.team_id = "T1", .user_id = user_id});
    };
    CHECK(find("U1")->user_token == "xoxp-not-a-real-token-1");
    CHECK_THROWS_AS(find("U2"), InvalidDataError);
  }
  SECTION("not where the storage gives the record of another workspace") {
    struct Confused : ForwardingInstallationStore {
      using ForwardingInstallationStore::ForwardingInstallationStore;
      std::optional<Bot> find_bot(const BotQuery&) const override { return wrapped().find_bot({.team_id = "T1"}); }
    };
    const EncryptingInstallationStore store(std::make_shared<Confused>(sealed.inner), one_key(),
                                            {.client_id = "111.222"});
    CHECK(store.find_bot({.team_id = "T1"})->bot_token == sample.bot_token);
    CHECK_THROWS_AS(store.find_bot({.team_id = "T2"}), InvalidDataError);
  }
}

TEST_CASE("a secret opens under the id of its key alone", "[encrypting]") {
  KeyRing keys = one_key();
  keys.add("2026-12", key_bytes('1'));  // the same bytes
  SealedMemory sealed(keys);
  sealed.store.save_bot(sample);
  Bot renamed = stored_bot(sealed);
  renamed.bot_token.replace(std::string("sealed:v1:").size(), std::string("2026-12").size(), "2026-12");
  sealed.inner->save_bot(renamed);
  CHECK(std::string(fault(sealed).what())
            .starts_with("bot_token cannot be opened: its key \"2026-12\" does not open it"));
  CHECK(detail::associated_with_key("a") == std::string("\0\0\0\x0b"
                                                        "sealed:v1:a",
                                                        15));
}

TEST_CASE("ids that read the same when joined are places apart", "[encrypting]") {
  const auto data = [](std::string_view client, std::string_view enterprise, std::string_view team,
                       std::string_view user, std::string_view field) {
    detail::AssociatedData made(detail::record_kind, client, {.enterprise_id = enterprise, .team_id = team});
    return std::string(made.of(user, field));
  };
  CHECK(data("1", "E1", "T1", "U1", "f") == std::string("\0\0\0\x06"
                                                        "record"
                                                        "\0\0\0\x01"
                                                        "1"
                                                        "\0\0\0\x02"
                                                        "E1"
                                                        "\0\0\0\x02"
                                                        "T1"
                                                        "\0\0\0\x02"
                                                        "U1"
                                                        "\0\0\0\x01"
                                                        "f",
                                                        38));
  const std::set<std::string> all{data("1", "E1", "T1", "U1", "f"), data("1", "E1T", "1", "U1", "f"),
                                  data("1E", "1", "T1", "U1", "f"), data("1", "E1", "T1U", "1", "f"),
                                  data("1", "E1", "T1", "U1f", ""), data("1", "", "E1T1", "U1", "f"),
                                  data("", "1E1", "T1", "U1", "f")};
  CHECK(all.size() == 7);
}
