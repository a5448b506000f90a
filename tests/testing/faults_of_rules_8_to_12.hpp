// What a store may do wrong about values, copies, failures and visits.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "faulty_store.hpp"

namespace kit_tests {

inline void replace_all_texts(so::Installation& installation, const std::function<void(std::string&)>& change) {
  so::for_each_field<so::Installation>([&](const auto& field) {
    auto& member = installation.*field.member;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(member)>, std::optional<std::string>>) {
      if (member) change(*member);
    }
  });
}

inline std::vector<Fault> faults_of_values() {
  return {
      {"rule 8: every field of an installation and its bot comes back", "loses one",
       saving([](so::Installation& installation) { installation.incoming_webhook_configuration_url.reset(); })},
      {"rule 8: every field of a bot that is saved alone comes back", "loses one",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save_bot = [&simple](so::Bot bot) {
           bot.team_name.reset();
           simple.save_bot(bot);
         };
       })},
      {"rule 8: fields that are absent come back absent, also where they were not before", "merges with what was there",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](so::Installation installation) {
           const auto before = simple.find_installation({.team_id = "T1", .user_id = installation.user_id});
           if (before && !installation.user_token) installation.user_token = before->user_token;
           simple.save(installation);
         };
       })},
      {"rule 8: times come back to the microsecond", "cuts microseconds", saving([](so::Installation& installation) {
         installation.installed_at = std::chrono::floor<std::chrono::milliseconds>(installation.installed_at);
       })},
      {"rule 8: scopes come back in their order, unknown ones too", "sorts them",
       saving([](so::Installation& installation) { std::ranges::sort(installation.user_scopes); })},
      {"rule 8: scopes that hold a comma come back as they were", "joins them with commas",
       saving([](so::Installation& installation) {
         installation.bot_scopes = so::split_scopes(so::join_scopes(installation.bot_scopes));
       })},
      {"rule 8: custom values come back, nested and of every kind", "loses them",
       saving([](so::Installation& installation) { installation.custom_values = {}; })},
      {"rule 8: custom values come back, nested and of every kind", "keeps whole numbers as floating point",
       saving([](so::Installation& installation) {
         if (const auto* value = installation.custom_values.find("past 2^53")) {
           installation.set_custom_value("past 2^53", value->get<double>());
         }
       })},
      {"rule 8: text comes back in any script, with quotes, newlines and control characters", "trims it",
       saving([](so::Installation& installation) {
         replace_all_texts(installation, [](std::string& text) {
           while (text.ends_with(' ')) text.pop_back();
         });
       })},
      {"rule 8: very long text comes back", "cuts it at 4096 bytes", saving([](so::Installation& installation) {
         replace_all_texts(installation,
                           [](std::string& text) { text.resize(std::min<std::size_t>(text.size(), 4096)); });
       })},
      {"rule 8: text that holds U+0000 comes back", "cuts it there", saving([](so::Installation& installation) {
         replace_all_texts(installation, [](std::string& text) {
           text.resize(text.find('\0') < text.size() ? text.find('\0') : text.size());
         });
       })},
      {"rule 8: team ids are data, never paths, patterns or SQL", "ignores case", flawed({.folds_case_of_ids = true})},
      {"rule 8: enterprise ids are data, never paths, patterns or SQL", "ignores case",
       flawed({.folds_case_of_ids = true})},
      {"rule 8: user ids are data, never paths, patterns or SQL", "takes one for a pattern",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_installation = [&simple](so::InstallationQuery query) {
           if (query.user_id == "*") query.user_id.reset();
           return simple.find_installation(query);
         };
       })},
      {"rule 8: pairs of ids that read the same when joined are kept apart", "joins them with '-'",
       flawed({.joins_ids = true})},
      {"rule 8: ids that hold U+0000 are data", "cuts them there", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](so::BotQuery query) {
           if (query.team_id) query.team_id = query.team_id->substr(0, query.team_id->find('\0'));
           return simple.find_bot(query);
         };
       })},
      {"rule 9: what is saved is the store's own copy, and what is found the caller's", "keeps a pointer to it",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto last = std::make_shared<const so::Installation*>(nullptr);
         store.on_save = [&simple, last](const so::Installation& installation) {
           simple.save(installation);
           *last = &installation;
         };
         store.on_find_installation = [last](const so::InstallationQuery&) { return std::optional(**last); };
       })},
      {"rule 9: what was found stays as it is after a save, a deletion, and the store's end", "loses the bot's name",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](const so::BotQuery& query) {
           auto bot = simple.find_bot(query);
           if (bot) bot->team_name.reset();
           return bot;
         };
       })},
  };
}

inline std::vector<Fault> faults_of_failures() {
  return {
      {"rule 10: what is not there is absent, and no error", "throws",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](const so::BotQuery& query) {
           auto bot = simple.find_bot(query);
           if (!bot) throw std::out_of_range("no such bot");
           return bot;
         };
       })},
      {"rule 10: text that is not UTF-8 is kept as it is or refused, and a refused save changes nothing",
       "has deleted the record when it refuses", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_save = [&simple](const so::Installation& installation) {
           if (so::detail::is_valid_utf8(installation.team_name.value_or(" "))) return simple.save(installation);
           simple.delete_all({.team_id = "T1"});
           throw so::InvalidDataError("team_name", "is not valid UTF-8");
         };
       })},
      {"rule 10: a failing storage is a StorageError", "finds nothing when it fails",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_find_bot = [&simple](const so::BotQuery& query) -> std::optional<so::Bot> {
           try {
             return simple.find_bot(query);
           } catch (const so::StorageError&) {
             return std::nullopt;
           }
         };
       })},
      {"rule 10: a failing storage is a StorageError", "throws another error",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_delete_all = [&simple](const so::WorkspaceRef& ref) {
           try {
             simple.delete_all(ref);
           } catch (const so::StorageError& error) {
             throw std::runtime_error(error.what());
           }
         };
       })},
      {"rule 10: after a failed call the data is as it was", "has erased what it did not write",
       flawed({.erases_before_it_fails = true})},
  };
}

inline std::vector<Fault> faults_of_visits() {
  const auto with_visited_bots = [](std::function<void(std::vector<so::Bot>&)> change) {
    return hooked([change = std::move(change)](HookedStore& store, SimpleStore& simple) {
      store.on_for_each_bot = [&simple, change](const std::function<void(const so::Bot&)>& visit) {
        std::vector<so::Bot> bots;
        simple.for_each_bot([&bots](const so::Bot& bot) { bots.push_back(bot); });
        change(bots);
        for (const auto& bot : bots) visit(bot);
      };
    });
  };
  return {
      {"rule 12: an empty store visits nothing", "visits a blank record",
       with_visited_bots([](std::vector<so::Bot>& bots) { bots.emplace_back(); })},
      {"rule 12: for_each_bot visits every bot once", "visits one twice",
       with_visited_bots([](std::vector<so::Bot>& bots) { bots.push_back(bots.front()); })},
      {"rule 12: for_each_bot visits every bot once", "leaves out organisations",
       with_visited_bots([](std::vector<so::Bot>& bots) {
         std::erase_if(bots, [](const so::Bot& bot) { return bot.is_enterprise_install; });
       })},
      {"rule 12: for_each_installation visits every installation once, with its bot", "visits it without its bot",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_for_each_installation = [&simple](const std::function<void(const so::Installation&)>& visit) {
           simple.for_each_installation([&visit](so::Installation installation) {
             so::compose_installation(installation, std::optional<so::Bot>());
             visit(installation);
           });
         };
       })},
      {"rule 12: for_each_installation visits every installation once, with its bot",
       "visits one user of each workspace", hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_for_each_installation = [&simple](const std::function<void(const so::Installation&)>& visit) {
           simple.for_each_installation([&visit](const so::Installation& installation) {
             if (installation.user_id == "U0") visit(installation);
           });
         };
       })},
      {"rule 12: what was deleted or replaced is not visited", "visits what was replaced",
       hooked([](HookedStore& store, SimpleStore& simple) {
         auto history = std::make_shared<std::vector<so::Installation>>();
         store.on_save = [&simple, history](const so::Installation& installation) {
           simple.save(installation);
           history->push_back(installation);
         };
         store.on_for_each_installation = [history](const std::function<void(const so::Installation&)>& visit) {
           for (const auto& one : *history) visit(one);
         };
       })},
      {"rule 12: what a visitor throws ends the visit and reaches the caller", "swallows it",
       hooked([](HookedStore& store, SimpleStore& simple) {
         store.on_for_each_bot = [&simple](const std::function<void(const so::Bot&)>& visit) {
           try {
             simple.for_each_bot(visit);
           } catch (...) {  // NOLINT(bugprone-empty-catch): the fault
           }
         };
       })},
  };
}

}  // namespace kit_tests
