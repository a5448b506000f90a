// Rule 8: every field comes back as it was saved, and ids are data.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "slack/oauth/models/fields.hpp"
#include "slack/oauth/models/json.hpp"
#include "slack/oauth/testing/installation_store/trial.hpp"
#include "slack/oauth/timestamp.hpp"

namespace slack::oauth::inline v0::testing::detail {

/// Ids that would be paths, patterns, SQL, separators or the storage's own names, were they not data. All differ.
[[nodiscard]] inline std::vector<std::string> hostile_ids(std::size_t longest) {
  std::vector<std::string> ids{"T1",
                               "t1",
                               "T",
                               "T11",
                               "T1 ",
                               " T1",
                               ".",
                               "..",
                               "../T1",
                               "/",
                               "/T1",
                               "T1/",
                               "a/b",
                               "a\\b",
                               "~",
                               "*",
                               "T*",
                               "?",
                               "T?",
                               "[a-z]*",
                               "**/*",
                               "%",
                               "T%",
                               "_",
                               "T_",
                               "%2F",
                               "%25",
                               "T%31",
                               ":",
                               "a:b",
                               "{T1}",
                               "$1",
                               "${T1}",
                               "-",
                               "--",
                               "none",
                               "None",
                               "null",
                               "NULL",
                               "latest",
                               "undef",
                               "true",
                               "0",
                               "-1",
                               "'",
                               "''",
                               "\"",
                               "`",
                               ";",
                               "'; DROP TABLE slack_bots; --",
                               "\\",
                               "\\0",
                               "#",
                               "&",
                               "|",
                               "<T1>",
                               ",",
                               "a,b",
                               "=",
                               "bot-latest",
                               " ",
                               "\t",
                               "\n",
                               "\r\n",
                               "\x01",
                               "\x1b[0m",
                               "\x7f",
                               "T1\nT2",
                               "installer-latest",
                               "installer-T1-latest",
                               "CON",
                               "é",
                               "e\u0301",
                               "É",
                               "ß",
                               "日本語",
                               "🙂",
                               "\u202eT1",
                               "\ufeffT1",
                               "\u00a0"};
  ids.emplace_back(longest, 'T');
  ids.push_back(std::string(longest, 'T') + "1");
  return ids;
}

/// Text as people, editors and attackers write it.
[[nodiscard]] inline std::vector<std::string> awkward_texts() {
  return {"Zoë's “café” – naïve ☕",
          "日本語 العربية עברית हिन्दी 🙂🏳️‍🌈",
          "e\u0301 is not é; \u202e right to left; \ufeff and \u200b",
          "\U0010FFFF\uFFFD\uE000",
          "quotes: ' \" ` '' \\\" \\' $$ and a backslash at the end \\",
          "line one\nline two\r\nand a tab\tand \x01\x1f\x7f",
          "  white space around  ",
          "null",
          R"({"json": [1, 2]})",
          "'); DROP TABLE slack_installations; --",
          "%s %d ${HOME} {{x}} &amp; <b>",
          "0123",
          "1e5"};
}

template <class T>
inline constexpr bool is_text = std::same_as<T, std::string> || std::same_as<T, std::optional<std::string>>;

/// Puts `text` into every text field that says nothing about where the record belongs.
template <class T>
void fill_texts(T& value, const std::string& text) {
  for_each_field<T>([&](const auto& field) {
    if constexpr (is_text<typename std::remove_cvref_t<decltype(field)>::value_type>) {
      if (field.name == "enterprise_id" || field.name == "team_id" || field.name == "user_id") return;
      value.*field.member = text;
    }
  });
}

template <class InstallationT, class BotT>
void require_texts_kept(Trial<InstallationT, BotT>& t, const std::vector<std::string>& texts) {
  const Place place = workspace("T1");
  for (const std::string& text : texts) {
    auto saved = t.sample(place, "U1", 1);
    fill_texts(saved, text);
    saved.user_scopes = {text};
    t.save(saved);
    t.expect_only(place, saved);
  }
}

template <class InstallationT, class BotT>
void add_rule_8_values(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 8: every field of an installation and its bot comes back", {}, [](T& t) {
    std::int64_t version = 0;
    for (const Place& place : {workspace("T1"), workspace("E1", "T1"), organisation("E1")}) {
      const auto saved = t.sample(place, "U1", ++version);
      t.save(saved);
      t.expect_only(place, saved);
    }
  });

  checks.add("rule 8: every field of a bot that is saved alone comes back", {Method::save_bot}, [](T& t) {
    std::int64_t version = 0;
    for (const Place& place : {workspace("T1"), workspace("E1", "T1"), organisation("E1")}) {
      const auto bot = t.bot(place, ++version);
      t.save_bot(bot);
      t.expect_bot(place.bot(), bot);
    }
  });

  checks.add("rule 8: fields that are absent come back absent, also where they were not before", {}, [](T& t) {
    const Place place = workspace("T1");
    t.save(t.sample(place, "U1", 1));
    InstallationT sparse{};
    sparse.team_id = "T1";
    sparse.user_id = "U1";
    sparse.bot_token = "xoxb-contract-kit-000002";
    sparse.installed_at = sample_time(2);
    t.save(sparse);
    t.expect_only(place, sparse);
  });

  checks.add("rule 8: times come back to the microsecond", {}, [](T& t) {
    const Place place = workspace("T1");
    for (const char* text : {"2001-09-09T01:46:40Z", "2001-09-09T01:46:40.000001Z", "2024-02-29T23:59:59.999999Z",
                             "2026-06-30T12:00:00.123456Z", "2026-06-30T12:00:00.100000Z",
                             "2038-01-19T03:14:07.000010Z", "2037-12-31T23:59:59.999999Z"}) {
      auto saved = t.sample(place, "U1", 1);
      saved.installed_at = parse_timestamp(text).value();
      saved.bot_token_expires_at = std::chrono::floor<std::chrono::seconds>(saved.installed_at);
      saved.user_token_expires_at = *saved.bot_token_expires_at + std::chrono::hours{12};
      saved.bot_refresh_token_expires_at = *saved.user_token_expires_at;
      saved.user_refresh_token_expires_at = *saved.bot_token_expires_at + std::chrono::seconds{1};
      t.save(saved);
      t.expect_only(place, saved);
    }
  });

  checks.add("rule 8: scopes come back in their order, unknown ones too", {}, [](T& t) {
    const Place place = workspace("T1");
    auto saved = t.sample(place, "U1", 1);
    saved.bot_scopes = {"users:read", "chat:write", "scope:of-2040", "users:read", "with space", "日本:語", "'\""};
    saved.user_scopes = {"z", "a", "identity.basic"};
    t.save(saved);
    t.expect_only(place, saved);
  });

  checks.add("rule 8: scopes that hold a comma come back as they were", {}, [](T& t) {
    const Place place = workspace("T1");
    auto saved = t.sample(place, "U1", 1);
    saved.bot_scopes = {"one,two", "three"};
    saved.user_scopes = {","};
    t.save(saved);
    t.expect_only(place, saved);
  });

  checks.add("rule 8: custom values come back, nested and of every kind", {}, [](T& t) {
    const Place place = workspace("T1");
    auto saved = t.sample(place, "U1", 1);
    saved.custom_values = CustomValues(nlohmann::json::parse(R"({
        "text": "quotes ' \" and\nlines, 日本語 🙂 \\", "": "a name may be empty", "team_id": "as a field's name",
        "yes": true, "no": false, "nothing": null, "zero": 0, "negative": -7, "fraction": 0.1, "tiny": -2.5e-7,
        "past 2^53": 9007199254740993, "largest": 9223372036854775807, "empty list": [], "empty object": {},
        "nested": {"list": [1, "two", [3, {"four": [[[["deep"]]]]}]], "a.b/c": {"'": "\""}}})"));
    t.save(saved);
    t.expect_only(place, saved);
    saved.custom_values = {};
    t.save(saved);
    t.expect_only(place, saved);
  });

  checks.add("rule 8: text comes back in any script, with quotes, newlines and control characters", {},
             [](T& t) { require_texts_kept(t, awkward_texts()); });

  checks.add("rule 8: very long text comes back", {}, [](T& t) {
    const std::size_t longest = t.options().longest_text;
    require_texts_kept(t, {std::string(longest, 'x'), std::string(longest, '\n') + "x"});
  });

  checks.add(
      "rule 8: text that holds U+0000 comes back", {},
      [](T& t) {
        require_texts_kept(t, {std::string(1, '\0'), std::string("before\0after", 12), std::string("end\0", 4)});
      },
      [](const auto& options) { return options.holds_nul; });
}

// Files a record under each of these places, all at once, and lets none meet another.
template <class InstallationT, class BotT>
void require_places_apart(Trial<InstallationT, BotT>& t, const std::vector<Place>& places) {
  const auto record = [&](std::size_t i) { return t.sample(places[i], "U1", static_cast<std::int64_t>(i) + 1); };
  for (std::size_t i = 0; i < places.size(); ++i) {
    t.expect_nothing(places[i], "U1");
    t.save(record(i));
  }
  for (std::size_t i = 0; i < places.size(); ++i) t.expect_only(places[i], record(i));
  if (!t.can(Method::delete_all)) return;
  for (std::size_t i = 0; i < places.size(); i += 2) {
    t.delete_all(places[i].ref());
    t.expect_nothing(places[i], "U1");
  }
  for (std::size_t i = 1; i < places.size(); i += 2) t.expect_only(places[i], record(i));
}

template <class InstallationT, class BotT>
void require_users_apart(Trial<InstallationT, BotT>& t, const std::vector<std::string>& user_ids) {
  const Place place = workspace("E1", "T1");
  const auto record = [&](std::size_t i) {
    return t.without_bot(place, user_ids[i], static_cast<std::int64_t>(i) + 1);
  };
  for (std::size_t i = 0; i < user_ids.size(); ++i) {
    t.expect_installation(place.user(user_ids[i]), std::nullopt);
    t.save(record(i));
  }
  for (std::size_t i = 0; i < user_ids.size(); ++i) t.expect_installation(place.user(user_ids[i]), record(i));
  if (!t.can(Method::delete_installation)) return;
  for (std::size_t i = 0; i < user_ids.size(); i += 2) {
    t.delete_installation(place.user_ref(user_ids[i]));
    t.expect_installation(place.user(user_ids[i]), std::nullopt);
  }
  for (std::size_t i = 1; i < user_ids.size(); i += 2) t.expect_installation(place.user(user_ids[i]), record(i));
}

template <class InstallationT, class BotT>
void add_rule_8_ids(Definitions<InstallationT, BotT>& checks) {
  using T = Trial<InstallationT, BotT>;

  checks.add("rule 8: team ids are data, never paths, patterns or SQL", {}, [](T& t) {
    std::vector<Place> places;
    for (const auto& id : hostile_ids(t.options().longest_text)) places.push_back(workspace(id));
    require_places_apart(t, places);
  });

  checks.add("rule 8: enterprise ids are data, never paths, patterns or SQL", {}, [](T& t) {
    std::vector<Place> places;
    for (const auto& id : hostile_ids(t.options().longest_text)) {
      places.push_back(organisation(id));
      places.push_back(workspace(id, "T1"));
    }
    require_places_apart(t, places);
  });

  checks.add("rule 8: user ids are data, never paths, patterns or SQL", {Method::find_installation},
             [](T& t) { require_users_apart(t, hostile_ids(t.options().longest_text)); });

  checks.add("rule 8: pairs of ids that read the same when joined are kept apart", {}, [](T& t) {
    const std::string half(t.options().longest_text / 2, 'T');
    require_places_apart(t, {workspace("E1", "2T"),       workspace("E12", "T"),
                             workspace("a-b", "c"),       workspace("a", "b-c"),
                             workspace("a/b", "c"),       workspace("a", "b/c"),
                             workspace("a:b", "c"),       workspace("a", "b:c"),
                             workspace("none", "T"),      workspace("T"),
                             workspace("E", "none"),      organisation("E"),
                             workspace("none-none"),      workspace("none", "none"),
                             organisation("none"),        workspace("none"),
                             workspace("E12T"),           organisation("E12T"),
                             workspace(half + "x", half), workspace(half, "x" + half)});
  });

  checks.add(
      "rule 8: ids that hold U+0000 are data", {},
      [](T& t) {
        const std::vector<std::string> ids{"T1", std::string("T1\0", 3), std::string("T1\0T2", 5),
                                           std::string("\0T1", 3), std::string("\0", 1)};
        std::vector<Place> places;
        for (const std::string& id : ids) {
          places.push_back(workspace(id));
          places.push_back(organisation(id));
        }
        places.push_back(workspace("T1", std::string("\0", 1)));
        places.push_back(workspace(std::string("T1\0", 3), "T1"));
        places.push_back(workspace("T1", std::string("\0T1", 3)));
        require_places_apart(t, places);
        require_users_apart(t, ids);
      },
      [](const auto& options) { return options.holds_nul; });
}

template <class InstallationT, class BotT>
void add_rule_8(Definitions<InstallationT, BotT>& checks) {
  add_rule_8_values(checks);
  add_rule_8_ids(checks);
}

}  // namespace slack::oauth::inline v0::testing::detail
