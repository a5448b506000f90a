// What a store may do wrong about ids, records, saves and deletions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faulty_store.hpp"

namespace kit_tests {

inline std::vector<Fault> faults_of_ids() {
  return {
      {"rule 1: an absent id and an empty one are the same", "takes an empty id for another one than an absent one",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](const so::BotQuery& query) -> std::optional<so::Bot> {
           if (query.enterprise_id && query.enterprise_id->empty()) return std::nullopt;
           return simple.find_bot(query);
         };
       })},
      {"rule 1: an organisation's query ignores the team_id", "looks for the organisation's team",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](so::BotQuery query) {
           query.is_enterprise_install = query.is_enterprise_install && !query.team_id;
           return simple.find_bot(query);
         };
       })},
      {"rule 1: an organisation's query ignores the team_id", "swaps the organisation rule",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_installation = [&simple](so::InstallationQuery query) {
           query.is_enterprise_install = !query.is_enterprise_install;
           return simple.find_installation(query);
         };
       })},
      {"rule 1: an organisation's installation belongs to it, whatever its team_id", "files it under its team_id",
       saving([](so::Installation& installation) { installation.is_enterprise_install = false; })},
      {"rule 1: an organisation's bot belongs to it, whatever its team_id", "files it under its team_id",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save_bot = [&simple](so::Bot bot) {
           bot.is_enterprise_install = false;
           simple.save_bot(bot);
         };
       })},
      {"rule 1: an organisation and its workspaces are kept apart", "goes by the team_id alone",
       flawed({.ignores_enterprise = true})},
      {"rule 2: saving without an enterprise_id and a team_id is refused", "accepts it",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           if (installation.enterprise_id || installation.team_id) simple.save(installation);
         };
       })},
      {"rule 2: saving a bot without an enterprise_id and a team_id is refused", "throws another error",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save_bot = [&simple](const so::Bot& bot) {
           try {
             simple.save_bot(bot);
           } catch (const so::InvalidArgumentError& error) {
             throw so::InvalidDataError("bot", error.what());
           }
         };
       })},
      {"rule 2: finding without an enterprise_id and a team_id finds nothing", "finds any",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](const so::BotQuery& query) {
           if (query.enterprise_id || query.team_id) return simple.find_bot(query);
           return simple.find_bot({.team_id = "T1"});
         };
       })},
      {"rule 2: deleting without an enterprise_id and a team_id deletes nothing", "deletes everything",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_all = [&simple](const so::WorkspaceRef& ref) {
           simple.delete_all(ref.enterprise_id || ref.team_id ? ref : so::WorkspaceRef{.team_id = "T1"});
         };
       })},
      {"rule 2: an empty user_id finds nothing", "finds the newest",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_installation = [&simple](so::InstallationQuery query) {
           if (query.user_id && query.user_id->empty()) query.user_id.reset();
           return simple.find_installation(query);
         };
       })},
      {"rule 2: an empty user_id deletes nothing", "deletes every user's",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_installation = [&simple](so::InstallationRef ref) {
           if (ref.user_id && ref.user_id->empty()) ref.user_id.reset();
           simple.delete_installation(ref);
         };
       })},
      {"rule 7: two new stores never see each other", "shares a global",
       [] {
         static const auto storage = std::make_shared<Storage>();
         return std::make_shared<HookedStore>(std::make_shared<SimpleStore>(Flaws{}, storage));
       }},
      {"rule 7: stores of different client_id on one storage never see each other", "shares one client's data",
       [] {
         return std::make_shared<HookedStore>(
             std::make_shared<SimpleStore>(Flaws{}, std::make_shared<Storage>(), "another client"));
       }},
  };
}

// Gives the installation with the bot fields that it was saved with, not those of the bot record.
inline void remember_bots(HookedStore& store, SimpleStore& simple, bool only_when_there_is_a_bot) {
  auto saved = std::make_shared<std::map<std::string, so::Installation>>();
  store.on_save = [&simple, saved](const so::Installation& installation) {
    simple.save(installation);
    (*saved)[installation.user_id] = installation;
  };
  store.on_find_installation = [&simple, saved, only_when_there_is_a_bot](const so::InstallationQuery& query) {
    auto found = simple.find_installation(query);
    if (found && (found->bot_token || !only_when_there_is_a_bot)) {
      so::compose_installation(*found, (*saved)[found->user_id].to_bot());
    }
    return found;
  };
}

inline std::vector<Fault> faults_of_records() {
  return {
      {"rule 3: the bot saved last is the only one, whoever installed it", "keeps a bot for each user",
       hooked([](HookedStore& store, SimpleStore& simple) { remember_bots(store, simple, true); })},
      {"rule 3: the bot saved last wins, however old its installed_at", "keeps the bot with the newest installed_at",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](so::Installation installation) {
           const auto before = simple.find_bot({installation.enterprise_id, installation.team_id});
           simple.save(installation);
           if (before && before->installed_at > installation.installed_at) simple.save_bot(*before);
         };
       })},
      {"rule 3: a bot saved alone is seen with every user's installation", "shows a stale token after save_bot",
       hooked([](HookedStore& store, SimpleStore& simple) { remember_bots(store, simple, true); })},
      {"rule 3: every bot field of an installation is the bot record's, absent ones too", "leaves an old refresh token",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto last = std::make_shared<std::optional<std::string>>();
         store.on_save = [&simple, last](const so::Installation& installation) {
           simple.save(installation);
           *last = installation.bot_refresh_token;
         };
         store.on_find_installation = [&simple, last](const so::InstallationQuery& query) {
           auto found = simple.find_installation(query);
           if (found && !found->bot_refresh_token) found->bot_refresh_token = *last;
           return found;
         };
       })},
      {"rule 3: a bot saved alone needs no installation, and makes none", "makes an installation of nobody",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save_bot = [&simple](const so::Bot& bot) {
           simple.save(so::Installation{.enterprise_id = bot.enterprise_id, .team_id = bot.team_id});
           simple.save_bot(bot);
         };
       })},
      {"rule 3: a deleted bot's token is nowhere to be found", "shows a stale token after delete_bot",
       hooked([](HookedStore& store, SimpleStore& simple) { remember_bots(store, simple, false); })},
      {"rule 3: a bot saved after a deletion is seen by every user again", "strips the users' tokens for good",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto is_deleted = std::make_shared<bool>(false);
         store.on_delete_bot = [&simple, is_deleted](const so::WorkspaceRef& ref) {
           simple.delete_bot(ref);
           *is_deleted = true;
         };
         store.on_find_installation = [&simple, is_deleted](const so::InstallationQuery& query) {
           auto found = simple.find_installation(query);
           if (found && *is_deleted) so::compose_installation(*found, std::optional<so::Bot>());
           return found;
         };
       })},
      {"rule 4: a user has one installation in a workspace, and the last save wins", "lets the first save win",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           if (const auto bot = installation.to_bot()) simple.save_bot(*bot);
           if (!simple.find_installation({.team_id = "T1", .user_id = installation.user_id})) simple.save(installation);
         };
       })},
      {"rule 4: a user's last save wins, however old its installed_at", "refuses an older installed_at",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           const auto before = simple.find_installation({.team_id = "T1", .user_id = installation.user_id});
           if (!before || before->installed_at <= installation.installed_at) simple.save(installation);
         };
       })},
      {"rule 4: without a user the newest installed_at is found, in whatever order they were saved",
       "finds the one saved last", flawed({.ignores_installed_at = true})},
      {"rule 4: the newest is told to the microsecond", "compares seconds", flawed({.compares_seconds = true})},
      {"rule 4: between equal installed_at, the one saved last is found", "finds the first",
       flawed({.gives_ties_to_the_first = true})},
      {"rule 4: a user's record that is saved again with an older installed_at steps back", "leaves it the newest",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto newest = std::make_shared<so::Installation>(so::Installation{.installed_at = {}});
         store.on_save = [&simple, newest](const so::Installation& installation) {
           simple.save(installation);
           if (installation.installed_at >= newest->installed_at) *newest = installation;
         };
         store.on_find_installation = [&simple, newest](so::InstallationQuery query) {
           if (!query.user_id) query.user_id = newest->user_id;
           return simple.find_installation(query);
         };
       })},
      {"rule 4: after the newest is deleted, the next newest is found", "finds nothing any more",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto is_deleted = std::make_shared<bool>(false);
         store.on_delete_installation = [&simple, is_deleted](const so::InstallationRef& ref) {
           simple.delete_installation(ref);
           *is_deleted = true;
         };
         store.on_find_installation = [&simple, is_deleted](const so::InstallationQuery& query) {
           return *is_deleted && !query.user_id ? std::nullopt : simple.find_installation(query);
         };
       })},
  };
}

inline std::vector<Fault> faults_of_writes() {
  return {
      {"rule 5: an installation without a bot token leaves the bot alone", "wipes the bot",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           simple.save(installation);
           if (!installation.to_bot()) simple.delete_bot({installation.enterprise_id, installation.team_id});
         };
       })},
      {"rule 5: an installation without a bot token leaves the bot alone", "takes an empty token for one",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           simple.save(installation);
           if (installation.bot_token == "") simple.delete_bot({installation.enterprise_id, installation.team_id});
         };
       })},
      {"rule 5: an installation without a bot token makes no bot", "makes an empty one",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           simple.save(installation);
           if (!installation.to_bot()) simple.save_bot(so::Bot{.team_id = installation.team_id});
         };
       })},
      {"rule 5: save_bot leaves every user's installation alone", "makes the bot's moment the installation's",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save_bot = [&simple](const so::Bot& bot) {
           auto found = simple.find_installation({.team_id = "T1", .user_id = "U1"});
           if (found) {
             found->installed_at = bot.installed_at;
             simple.save(*found);
           }
           simple.save_bot(bot);
         };
       })},
      {"rule 6: delete_bot leaves the installations", "deletes them",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_bot = [&simple](const so::WorkspaceRef& ref) { simple.delete_all(ref); };
       })},
      {"rule 6: deleting in a workspace leaves those whose ids begin the same", "deletes by prefix",
       flawed({.erases_by_prefix = true})},
      {"rule 6: deleting one user's installation leaves users whose ids begin the same", "deletes by prefix",
       flawed({.erases_by_prefix = true})},
      {"rule 6: deleting one user's installation leaves the bot and the same user elsewhere", "deletes the bot",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_installation = [&simple](const so::InstallationRef& ref) {
           simple.delete_installation(ref);
           simple.delete_bot({ref.enterprise_id, ref.team_id});
         };
       })},
      {"rule 6: deleting without a user removes every user's installation and leaves the bot",
       "removes the newest only", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_installation = [&simple](so::InstallationRef ref) {
           const auto newest = simple.find_installation({ref.enterprise_id, ref.team_id});
           if (!ref.user_id && newest) ref.user_id = newest->user_id;
           simple.delete_installation(ref);
         };
       })},
      {"rule 6: delete_all removes the bot and every user's installation", "leaves the bot",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_all = [&simple](const so::WorkspaceRef& ref) {
           simple.delete_installation({.enterprise_id = ref.enterprise_id, .team_id = ref.team_id});
         };
       })},
      {"rule 6: nothing deleted comes back when the app is installed again", "hides it until the next save",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto is_hidden = std::make_shared<bool>(false);
         store.on_delete_all = [is_hidden](const so::WorkspaceRef&) { *is_hidden = true; };
         store.on_save = [&simple, is_hidden](const so::Installation& installation) {
           simple.save(installation);
           *is_hidden = false;
         };
         store.on_find_bot = [&simple, is_hidden](const so::BotQuery& query) {
           return *is_hidden ? std::nullopt : simple.find_bot(query);
         };
         store.on_find_installation = [&simple, is_hidden](const so::InstallationQuery& query) {
           return *is_hidden ? std::nullopt : simple.find_installation(query);
         };
       })},
      {"rule 6: deleting what is not there is no error", "throws", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_bot = [&simple](const so::WorkspaceRef& ref) {
           if (!simple.find_bot({ref.enterprise_id, ref.team_id})) throw std::out_of_range("no such bot");
           simple.delete_bot(ref);
         };
       })},
  };
}

}  // namespace kit_tests
