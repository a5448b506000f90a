// What a store may do wrong about replacements, deletions until a moment, and old bot tokens.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "faults_of_rules_1_to_7.hpp"
#include "faulty_store.hpp"
#include "slack/oauth/models/refreshed_token.hpp"

namespace kit_tests {

inline so::BotQuery bot_of(const so::TokenReplacement& replacement) {
  return {replacement.enterprise_id, replacement.team_id, replacement.is_enterprise_install};
}
inline so::InstallationQuery user_of(const so::TokenReplacement& replacement) {
  return {replacement.enterprise_id, replacement.team_id, replacement.user_id, replacement.is_enterprise_install};
}

/// A store that changes the record whose tokens it has replaced.
inline MakeStore changing_after(std::function<void(so::Bot&, const so::RefreshedToken&)> change_bot,
                                std::function<void(so::Installation&, const so::RefreshedToken&)> change_user) {
  return hooked([=](HookedStore& store, SimpleStore& simple) {
    store.on_replace_tokens = [=, &simple](const so::TokenReplacement& replacement) {
      if (!simple.replace_tokens(replacement)) return false;
      if (replacement.user_id) {
        const auto found = simple.find_installation(user_of(replacement));
        auto changed = found;
        change_user(*changed, replacement.token);
        return simple.replace_installation(found, changed);
      }
      const auto found = simple.find_bot(bot_of(replacement));
      auto changed = found;
      change_bot(*changed, replacement.token);
      return simple.replace_bot(found, changed);
    };
  });
}

/// A store that hands on another replacement than the one that was asked for.
inline MakeStore replacing_tokens(std::function<bool(SimpleStore&, so::TokenReplacement)> replace) {
  return hooked([=](HookedStore& store, SimpleStore& simple) {
    store.on_replace_tokens = [=, &simple](const so::TokenReplacement& replacement) {
      return replace(simple, replacement);
    };
  });
}

inline std::vector<Fault> faults_of_replaced_tokens() {
  const auto leave_bot = [](so::Bot&, const so::RefreshedToken&) {};
  const auto leave_user = [](so::Installation&, const so::RefreshedToken&) {};
  return {
      {"rule 13: replace_tokens puts a new pair in place of a bot's, and changes nothing else",
       "replaces the whole record",
       changing_after(
           [](so::Bot& bot, const so::RefreshedToken& token) {
             bot = {.enterprise_id = bot.enterprise_id,
                    .team_id = bot.team_id,
                    .bot_token = token.access_token,
                    .bot_scopes = bot.bot_scopes,
                    .bot_refresh_token = token.refresh_token,
                    .bot_token_expires_at = token.expires_at,
                    .bot_refresh_token_expires_at = token.refresh_token_expires_at};
           },
           leave_user)},
      {"rule 13: replace_tokens puts a new pair in place of a bot's, and changes nothing else",
       "forgets where the refresh token ends",
       changing_after([](so::Bot& bot, const auto&) { bot.bot_refresh_token_expires_at.reset(); }, leave_user)},
      {"rule 13: a new pair without scopes leaves those that are stored, and one without an end has none",
       "leaves the end of the old refresh token",
       changing_after(leave_bot,
                      [](so::Installation& installation, const auto&) {
                        if (!installation.user_refresh_token_expires_at) {
                          installation.user_refresh_token_expires_at = std::chrono::sys_seconds{};
                        }
                      })},
      {"rule 13: replace_tokens puts a new pair in place of a user's, and changes nothing else",
       "changes custom values",
       changing_after(leave_bot, [](so::Installation& installation,
                                    const auto&) { installation.set_custom_value("refreshed", true); })},
      {"rule 13: replace_tokens puts a new pair in place of a user's, and changes nothing else",
       "takes the moment for that of an installation",
       changing_after(leave_bot,
                      [](so::Installation& installation, const auto&) { installation.installed_at = so::now(); })},
      {"rule 13: a new pair without scopes leaves those that are stored, and one without an end has none",
       "empties the scopes",
       changing_after([](so::Bot& bot, const auto& token) { bot.bot_scopes = token.scopes; }, leave_user)},
      {"rule 13: tokens are replaced only where the stored refresh token is the one that was used",
       "ignores the refresh token", replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         const auto bot = simple.find_bot(bot_of(replacement));
         if (bot && bot->bot_refresh_token && !replacement.user_id) {
           replacement.used_refresh_token = *bot->bot_refresh_token;
         }
         return simple.replace_tokens(replacement);
       })},
      {"rule 13: tokens are replaced only where the stored refresh token is the one that was used",
       "compares the beginning of it", replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         const auto user = simple.find_installation(user_of(replacement));
         if (user && replacement.user_id && user->user_refresh_token &&
             user->user_refresh_token->starts_with(replacement.used_refresh_token)) {
           replacement.used_refresh_token = *user->user_refresh_token;
         }
         return simple.replace_tokens(replacement);
       })},
      {"rule 13: a record without a refresh token has none that could be used", "takes none for an empty one",
       replacing_tokens([](SimpleStore& simple, const so::TokenReplacement& replacement) {
         auto bot = simple.find_bot(bot_of(replacement));
         if (!bot || bot->bot_refresh_token || replacement.user_id) return simple.replace_tokens(replacement);
         so::put_bot_token(*bot, replacement.token);
         simple.save_bot(*bot);
         return true;
       })},
      {"rule 13: tokens of what is not there are not replaced, and nothing is made", "makes it",
       replacing_tokens([](SimpleStore& simple, const so::TokenReplacement& replacement) {
         if (replacement.user_id || !replacement.team_id || simple.find_bot(bot_of(replacement))) {
           return simple.replace_tokens(replacement);
         }
         simple.save_bot({.team_id = std::string(*replacement.team_id), .bot_token = replacement.token.access_token});
         return true;
       })},
      {"rule 13: a refresh token is used up by the first, and the new one is the next", "says true again",
       hooked([](HookedStore& store, SimpleStore& simple) {
         const auto last = std::make_shared<std::string>();
         store.on_replace_tokens = [&simple, last](const so::TokenReplacement& replacement) {
           if (!simple.replace_tokens(replacement)) return *last == replacement.used_refresh_token;
           *last = replacement.used_refresh_token;
           return true;
         };
       })},
      {"rule 13: custom values that somebody changed meanwhile stay", "puts back those it saw first",
       hooked([](HookedStore& store, SimpleStore& simple) {
         const auto seen = std::make_shared<std::map<std::string, so::CustomValues>>();
         store.on_save = [&simple, seen](const so::Installation& installation) {
           seen->emplace(installation.bot_refresh_token.value_or(""), installation.custom_values);
           simple.save(installation);
         };
         store.on_replace_tokens = [&simple, seen](const so::TokenReplacement& replacement) {
           if (!simple.replace_tokens(replacement)) return false;
           auto bot = simple.find_bot(bot_of(replacement));
           const auto values = seen->find(std::string(replacement.used_refresh_token));
           if (values != seen->end()) bot->custom_values = values->second;
           simple.save_bot(*bot);
           return true;
         };
       })},
      {"rule 13: replace_tokens puts a pair in place of a token that was exchanged, once", "knows refresh tokens alone",
       replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         replacement.exchanged_token = {};
         return simple.replace_tokens(replacement);
       })},
      {"rule 13: a token is exchanged only where it is the stored one, and has no refresh token",
       "takes any token that has none", replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         const auto bot = simple.find_bot(bot_of(replacement));
         if (bot && !replacement.user_id && !replacement.exchanged_token.empty() && !bot->bot_refresh_token) {
           replacement.exchanged_token = bot->bot_token;
         }
         return simple.replace_tokens(replacement);
       })},
      {"rule 13: a token is exchanged only where it is the stored one, and has no refresh token",
       "exchanges one that has a refresh token",
       replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         const auto user = simple.find_installation(user_of(replacement));
         if (user && replacement.user_id && user->user_token == replacement.exchanged_token &&
             user->user_refresh_token) {
           replacement.exchanged_token = {};
           replacement.used_refresh_token = *user->user_refresh_token;
         }
         return simple.replace_tokens(replacement);
       })},
      {"rule 13: an organisation's tokens are replaced, whatever the team_id", "looks for the organisation's team",
       replacing_tokens([](SimpleStore& simple, so::TokenReplacement replacement) {
         replacement.is_enterprise_install = replacement.is_enterprise_install && !replacement.team_id;
         return simple.replace_tokens(replacement);
       })},
  };
}

using OptionalBot = std::optional<so::Bot>;
using OptionalInstallation = std::optional<so::Installation>;

inline MakeStore replacing_bots(std::function<bool(SimpleStore&, OptionalBot, OptionalBot)> replace) {
  return hooked([=](HookedStore& store, SimpleStore& simple) {
    store.on_replace_bot = [=, &simple](const OptionalBot& stored, const OptionalBot& bot) {
      return replace(simple, stored, bot);
    };
  });
}

inline MakeStore replacing_installations(
    std::function<bool(SimpleStore&, OptionalInstallation, OptionalInstallation)> replace) {
  return hooked([=](HookedStore& store, SimpleStore& simple) {
    store.on_replace_installation = [=, &simple](const OptionalInstallation& stored,
                                                 const OptionalInstallation& installation) {
      return replace(simple, stored, installation);
    };
  });
}

inline OptionalInstallation found_of(const SimpleStore& simple, const so::Installation& installation) {
  return simple.find_installation(
      {installation.enterprise_id, installation.team_id, installation.user_id, installation.is_enterprise_install});
}

inline std::vector<Fault> faults_of_replaced_records() {
  return {
      {"rule 13: replace_bot puts a bot in place of the one that was seen, and changes nothing else",
       "puts its token alone", replacing_bots([](SimpleStore& simple, const OptionalBot& stored, OptionalBot bot) {
         if (stored && bot) {
           const std::string token = bot->bot_token;
           bot = stored;
           bot->bot_token = token;
         }
         return simple.replace_bot(stored, bot);
       })},
      {"rule 13: replace_bot changes nothing where the bot is another one by now", "compares the tokens alone",
       replacing_bots([](SimpleStore& simple, OptionalBot stored, const OptionalBot& bot) {
         if (stored) {
           const auto found = simple.find_bot({stored->enterprise_id, stored->team_id, stored->is_enterprise_install});
           if (found && found->bot_token == stored->bot_token) stored = found;
         }
         return simple.replace_bot(stored, bot);
       })},
      {"rule 13: replace_bot puts a bot where none was seen only where none is", "puts it over another one",
       replacing_bots([](SimpleStore& simple, const OptionalBot& stored, const OptionalBot& bot) {
         if (stored || !bot) return simple.replace_bot(stored, bot);
         simple.save_bot(*bot);
         return true;
       })},
      {"rule 13: replace_bot removes a bot where it is the one that was seen, and leaves the users",
       "removes the users too",
       replacing_bots([](SimpleStore& simple, const OptionalBot& stored, const OptionalBot& bot) {
         if (!simple.replace_bot(stored, bot)) return false;
         if (!bot) simple.delete_all({stored->enterprise_id, stored->team_id});
         return true;
       })},
      {"rule 13: replace_bot changes nothing where the bot is another one by now", "removes whatever is there",
       replacing_bots([](SimpleStore& simple, const OptionalBot& stored, const OptionalBot& bot) {
         if (!stored || bot) return simple.replace_bot(stored, bot);
         simple.delete_bot({stored->enterprise_id, stored->team_id});
         return true;
       })},
      {"rule 13: replace_installation puts one in place of the one that was seen, and changes nothing else",
       "saves its bot too",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, const OptionalInstallation& installation) {
             if (!simple.replace_installation(stored, installation)) return false;
             if (installation) simple.save(*installation);
             return true;
           })},
      {"rule 13: replace_installation changes nothing where it is another one by now", "compares the token alone",
       replacing_installations(
           [](SimpleStore& simple, OptionalInstallation stored, const OptionalInstallation& installation) {
             if (stored) {
               const auto found = found_of(simple, *stored);
               if (found && found->user_token == stored->user_token) stored = found;
             }
             return simple.replace_installation(stored, installation);
           })},
      {"rule 13: replace_installation puts one where none was seen only where none is", "puts it over another one",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, const OptionalInstallation& installation) {
             return simple.replace_installation(stored || !installation ? stored : found_of(simple, *installation),
                                                installation);
           })},
      {"rule 13: replace_installation removes one where it is the one that was seen, and leaves the others",
       "removes every user's",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, const OptionalInstallation& installation) {
             if (!simple.replace_installation(stored, installation)) return false;
             if (!installation) simple.delete_installation({stored->enterprise_id, stored->team_id});
             return true;
           })},
      {"rule 13: replace_installation changes nothing where it is another one by now", "removes whatever is there",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, const OptionalInstallation& installation) {
             if (!stored || installation) return simple.replace_installation(stored, installation);
             simple.delete_installation({stored->enterprise_id, stored->team_id, stored->user_id});
             return true;
           })},
      {"rule 13: the bot's fields of an installation are not compared, and the bot stays", "compares them",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, const OptionalInstallation& installation) {
             if (stored && found_of(simple, *stored) != stored) return false;
             return simple.replace_installation(stored, installation);
           })},
      {"rule 13: the newest is found by the installed_at of what was put", "goes by what it knows from saves",
       hooked([](HookedStore& store, SimpleStore& simple) {
         const auto newest = std::make_shared<so::Installation>(so::Installation{.installed_at = {}});
         store.on_save = [&simple, newest](const so::Installation& installation) {
           simple.save(installation);
           if (installation.team_id == "T1" && installation.installed_at >= newest->installed_at) {
             *newest = installation;
           }
         };
         store.on_find_installation = [&simple, newest](so::InstallationQuery query) {
           if (!query.user_id && query.team_id == "T1") query.user_id = newest->user_id;
           return simple.find_installation(query);
         };
       })},
      {"rule 13: an organisation's records are replaced, whatever their team_id", "files them under it",
       replacing_bots([](SimpleStore& simple, OptionalBot stored, const OptionalBot& bot) {
         if (stored && stored->team_id) stored->is_enterprise_install = false;
         try {
           return simple.replace_bot(stored, bot);
         } catch (const so::InvalidArgumentError&) {
           return false;
         }
       })},
      {"rule 13: replacing nothing by nothing, or a record by another owner's, is refused", "says false",
       replacing_bots([](SimpleStore& simple, const OptionalBot& stored, const OptionalBot& bot) {
         return (stored || bot) && simple.replace_bot(stored, bot);
       })},
      {"rule 13: replacing nothing by nothing, or a record by another owner's, is refused", "moves it to another user",
       replacing_installations(
           [](SimpleStore& simple, const OptionalInstallation& stored, OptionalInstallation installation) {
             if (stored && installation) installation->user_id = stored->user_id;
             return simple.replace_installation(stored, installation);
           })},
  };
}

/// A store that deletes until another moment than the one that was asked for.
inline MakeStore deleting_until(std::function<void(std::optional<so::Timestamp>&)> change) {
  return hooked([=](HookedStore& store, SimpleStore& simple) {
    store.on_delete_bot = [=, &simple](so::WorkspaceRef ref) {
      change(ref.installed_until);
      simple.delete_bot(ref);
    };
    store.on_delete_installation = [=, &simple](so::InstallationRef ref) {
      change(ref.installed_until);
      simple.delete_installation(ref);
    };
    store.on_delete_installations = [=, &simple](so::WorkspaceRef ref, std::span<const std::string_view> user_ids) {
      change(ref.installed_until);
      simple.delete_installations(ref, user_ids);
    };
    store.on_delete_all = [=, &simple](so::WorkspaceRef ref) {
      change(ref.installed_until);
      simple.delete_all(ref);
    };
  });
}

inline std::vector<Fault> faults_of_moments() {
  const std::vector<std::string> checks{
      "rule 14: delete_bot leaves a bot that was installed later",
      "rule 14: delete_all leaves a bot that was installed later",
      "rule 14: deleting one user's installation leaves one that was installed later",
      "rule 14: deleting every user's installation leaves those that were installed later",
      "rule 14: deleting several users' installations leaves those that were installed later",
      "rule 14: delete_all leaves the installations that were installed later"};
  std::vector<Fault> faults;
  for (const auto& check : checks) {
    faults.push_back({check, "ignores the moment", deleting_until([](auto& moment) { moment.reset(); })});
    faults.push_back({check, "leaves what was installed at that moment", deleting_until([](auto& moment) {
                        if (moment) *moment -= std::chrono::microseconds{1};
                      })});
    faults.push_back({check, "compares whole seconds", deleting_until([](auto& moment) {
                        if (moment) moment = std::chrono::ceil<std::chrono::seconds>(*moment);
                      })});
  }
  faults.push_back({"rule 14: delete_all looks at the bot and at each installation for itself", "goes by the bot alone",
                    hooked([](HookedStore& store, SimpleStore& simple) {
                      store.on_delete_all = [&simple](so::WorkspaceRef ref) {
                        const auto bot = simple.find_bot({ref.enterprise_id, ref.team_id});
                        if (bot && ref.installed_until && bot->installed_at > *ref.installed_until) return;
                        ref.installed_until.reset();
                        simple.delete_all(ref);
                      };
                    })});
  const std::string several = "rule 6: delete_installations removes these users' installations, and no other's";
  faults.push_back({several, "takes no users for every user", hooked([](HookedStore& store, SimpleStore& simple) {
                      store.on_delete_installations = [&simple](const so::WorkspaceRef& ref,
                                                                std::span<const std::string_view> user_ids) {
                        if (user_ids.empty()) simple.delete_installation({ref.enterprise_id, ref.team_id});
                        simple.delete_installations(ref, user_ids);
                      };
                    })});
  faults.push_back({several, "stops at one that is not there", hooked([](HookedStore& store, SimpleStore& simple) {
                      store.on_delete_installations = [&simple](const so::WorkspaceRef& ref,
                                                                std::span<const std::string_view> user_ids) {
                        for (const auto user_id : user_ids) {
                          if (!simple.find_installation({ref.enterprise_id, ref.team_id, user_id})) return;
                          simple.delete_installation({ref.enterprise_id, ref.team_id, user_id, ref.installed_until});
                        }
                      };
                    })});
  return faults;
}

inline std::vector<Fault> faults_of_old_tokens() {
  return {
      {"rule 15: no look-up and no visit shows an old bot token", "shows the one a user installed",
       hooked([](HookedStore& store, SimpleStore& simple) { remember_bots(store, simple, true); })},
      {"rule 15: no look-up and no visit shows an old bot token", "visits it after a deletion",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_for_each_installation = [&simple](const std::function<void(const so::Installation&)>& visit) {
           simple.for_each_installation([&visit](so::Installation installation) {
             if (!installation.bot_token) installation.bot_token = "xoxb-not-a-real-token-of-old";
             visit(installation);
           });
         };
       })},
      {"rule 15: nothing that is stored holds an old bot token", "keeps it in the users' records",
       flawed({.keeps_old_bot_tokens = true})},
  };
}

}  // namespace kit_tests
